/** The sides of a comparison: a stored tree, or a live folder. */
import {accessSync, constants} from 'node:fs'
import type {Excluder} from '../engine/visit.js'
import {joinPath, nativePath} from '../filesystem/native-path.js'
import {listDirectory, readLink, statIfPresent, typeOfMode} from '../filesystem/scan.js'
import {fileError, isPocketError, type PocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import {CHANGED_WHILE_READ} from '../format/tree.js'
import type {ComparedEntry} from '../snapshot/compare.js'
import {readEntries, type TreeEntry, treeOf} from '../snapshot/entries.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, displayName} from '../util/bytes.js'

const PERMISSIONS = 0o7777

export interface StoredEntry extends ComparedEntry {
  stored: TreeEntry
}

export interface LiveEntry extends ComparedEntry {
  livePath: ByteString
  ctimeNs: bigint
}

/** The entries of a stored directory, an empty one unless `tree` is given. Of what could not be read nothing is known. */
export async function* storedSide(read: ReadTree, tree: ChunkReference | undefined): AsyncGenerator<StoredEntry, void> {
  if (!tree) return
  for await (const entry of readEntries(read, tree)) {
    const below = treeOf(entry)
    const {name, type, mode, uid, gid, sizeBytes, mtimeNs, target} = entry
    yield {
      name,
      type,
      mode,
      uid,
      gid,
      sizeBytes,
      mtimeNs,
      target,
      fingerprint: below?.id,
      list: () => storedSide(read, below),
      isUnknown: entry.error !== undefined && entry.error.code !== CHANGED_WHILE_READ,
      stored: entry,
    }
  }
}

export interface LiveFolder {
  path: ByteString
  /** Below the folder that is compared. */
  relative: ByteString
  excludes: Excluder | undefined
  /** Told what cannot be looked at or listed; nothing is said of it then. */
  onUnreadable: (error: PocketError) => void
}

/** The entries of a folder of this machine. Throws `permission-denied`, `io-failed` when it cannot be listed itself. */
export function liveSide(folder: LiveFolder): AsyncGenerator<LiveEntry, void> {
  return liveEntries(folder, listLive(folder.path))
}

function listLive(path: ByteString): ByteString[] {
  try {
    return listDirectory(path)
  } catch (error) {
    throw fileError(error, `cannot list '${displayName(path)}'`)
  }
}

async function* liveEntries(folder: LiveFolder, names: readonly ByteString[]): AsyncGenerator<LiveEntry, void> {
  for (const name of names) {
    const livePath = joinPath(folder.path, name)
    const relative = (folder.relative === '' ? name : `${folder.relative}/${name}`) as ByteString
    const entry = tell(folder, () => liveEntry({...folder, path: livePath, relative}, name))
    if (entry === undefined) yield {...UNKNOWN, name, livePath, ctimeNs: 0n}
    else if (entry !== 'none') yield entry
  }
}

/** Why the file at `path` cannot be read; undefined when it can. */
export function whyUnreadable(path: ByteString): PocketError | undefined {
  try {
    accessSync(nativePath(path), constants.R_OK)
    return undefined
  } catch (error) {
    const obstacle = fileError(error, `cannot read '${displayName(path)}'`)
    if (isPocketError(obstacle)) return obstacle
    throw error
  }
}

/** The entry at `place`, or none when nothing is there that a snapshot would hold. */
function liveEntry(place: LiveFolder, name: ByteString): LiveEntry | 'none' {
  const {path: livePath, relative, excludes} = place
  try {
    const stats = statIfPresent(livePath)
    if (!stats) return 'none'
    const type = typeOfMode(Number(stats.mode))
    const isStorable = type === ENTRY_TYPE.file || type === ENTRY_TYPE.directory || type === ENTRY_TYPE.link
    if (!isStorable || excludes?.(relative, type === ENTRY_TYPE.directory)) return 'none'
    return {
      name,
      type,
      mode: Number(stats.mode) & PERMISSIONS,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      sizeBytes: type === ENTRY_TYPE.file ? Number(stats.size) : 0,
      mtimeNs: stats.mtimeNs,
      target: type === ENTRY_TYPE.link ? readLink(livePath) : undefined,
      fingerprint: undefined,
      list: () => {
        const names = tell(place, () => listLive(livePath))
        return names && liveEntries(place, names)
      },
      livePath,
      ctimeNs: stats.ctimeNs,
    }
  } catch (error) {
    throw fileError(error, `cannot look at '${displayName(livePath)}'`)
  }
}

const UNKNOWN = {
  type: ENTRY_TYPE.unknown,
  mode: 0,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  mtimeNs: 0n,
  target: undefined,
  fingerprint: undefined,
  list: () => undefined,
  isUnknown: true,
}

/** What `work` gives, or undefined when it met a system's error, which is told. */
function tell<Value>({onUnreadable}: LiveFolder, work: () => Value): Value | undefined {
  try {
    return work()
  } catch (error) {
    if (!isPocketError(error)) throw error
    onUnreadable(error)
    return undefined
  }
}
