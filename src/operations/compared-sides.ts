/** The sides of a comparison: a stored tree, or a live folder. */
import type {Excluder} from '../engine/snapshot-walk.js'
import {joinPath} from '../filesystem/native-path.js'
import {listDirectory, readLink, statIfPresent, typeOfMode} from '../filesystem/scan.js'
import {fileError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
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
}

/** The entries of a stored directory; undefined is a directory that could not be read, which counts as empty. */
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
      stored: entry,
    }
  }
}

function listLive(path: ByteString): ByteString[] {
  try {
    return listDirectory(path)
  } catch (error) {
    throw fileError(error, `cannot list '${displayName(path)}'`)
  }
}

export interface LiveFolder {
  path: ByteString
  /** Below the folder that is compared. */
  relative: ByteString
  excludes: Excluder | undefined
}

/** The entries of a folder of this machine. Throws `permission-denied`, `io-failed`. */
export async function* liveSide({path, relative, excludes}: LiveFolder): AsyncGenerator<LiveEntry, void> {
  for (const name of listLive(path)) {
    const livePath = joinPath(path, name)
    const stats = statIfPresent(livePath)
    if (!stats) continue
    const type = typeOfMode(Number(stats.mode))
    const own = (relative === '' ? name : `${relative}/${name}`) as ByteString
    const isStorable = type === ENTRY_TYPE.file || type === ENTRY_TYPE.directory || type === ENTRY_TYPE.link
    if (!isStorable || excludes?.(own, type === ENTRY_TYPE.directory)) continue
    yield {
      name,
      type,
      mode: Number(stats.mode) & PERMISSIONS,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      sizeBytes: type === ENTRY_TYPE.file ? Number(stats.size) : 0,
      mtimeNs: stats.mtimeNs,
      target: type === ENTRY_TYPE.link ? readLink(livePath) : undefined,
      fingerprint: undefined,
      list: () => liveSide({path: livePath, relative: own, excludes}),
      livePath,
    }
  }
}
