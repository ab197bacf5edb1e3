/** What a snapshot is of: the paths that were asked for, and the folder under which they all lie. */
import type {BigIntStats} from 'node:fs'
import {resolve} from 'node:path'
import {PocketError, systemCode} from '../errors.js'
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import {fromUserPath} from '../filesystem/native-path.js'
import {realPath, statEntry, typeOfMode} from '../filesystem/scan.js'
import {type ByteString, displayName} from '../util/bytes.js'

/** Which entries of a folder are wanted: all of them, or those named, each again wholly or in part. */
export type Selection = 'all' | Map<ByteString, Selection>

export interface Sources {
  /** The absolute path whose listing is the root of the snapshot. */
  base: ByteString
  /** The absolute paths that were asked for, without those that lie below another. */
  paths: ByteString[]
  selection: Selection
  /** The metadata of `base`, when it was asked for itself. */
  rootStats: BigIntStats | undefined
  /** What those of `paths` that are symbolic links lead to, which is not part of the snapshot. */
  behindLinks: ByteString[]
}

const STORED: ReadonlySet<EntryType> = new Set([ENTRY_TYPE.file, ENTRY_TYPE.directory, ENTRY_TYPE.link])

/** Throws `path-missing`, `source-unreadable`, `usage` for no path at all or none that can be stored. */
export function resolveSources(given: readonly string[]): Sources {
  if (given.length === 0) throw new PocketError('usage', 'no path to take a snapshot of', {hint: 'name a folder or a file'})
  if (given.includes('')) throw new PocketError('usage', 'a path is empty', {hint: 'name a folder or a file'})
  const absolute = [...new Set(given.map((path) => fromUserPath(resolve(path))))].sort()
  const stats = absolute.map(statSource)
  const folders = absolute.filter((_path, index) => typeOfMode(Number(stats[index].mode)) === ENTRY_TYPE.directory)
  // A link that is named is stored as a link: what lies behind it is not part of it.
  const paths = absolute.filter((path) => !folders.some((other) => other !== path && isBelow(path, other)))
  for (const path of absolute) if (!paths.includes(path)) refuseBehindLink(path, folders)
  const typeOf = (path: ByteString): EntryType => typeOfMode(Number(stats[absolute.indexOf(path)].mode))
  if (paths.every((path) => !STORED.has(typeOf(path)))) {
    throw new PocketError('usage', `'${displayName(paths[0])}' is neither file, folder nor link`, {
      hint: 'a snapshot is of files, folders and links; name one',
    })
  }
  const behindLinks = paths.filter((path) => typeOf(path) === ENTRY_TYPE.link).flatMap(leadsTo)
  const first = stats[absolute.indexOf(paths[0])]
  if (paths.length === 1 && typeOfMode(Number(first.mode)) === ENTRY_TYPE.directory) {
    return {base: paths[0], paths, selection: 'all', rootStats: first, behindLinks}
  }
  const base = commonFolder(paths)
  return {base, paths, selection: selectionOf(base, paths), rootStats: undefined, behindLinks}
}

/** Whether `path` lies somewhere below the folder `folder`. */
export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** A folder stores a link as a link, so a source that lies behind one in another source would not be stored at all. Throws `usage`. */
function refuseBehindLink(path: ByteString, folders: readonly ByteString[]): void {
  for (let above = folderOf(path); folders.some((folder) => isBelow(above, folder)); above = folderOf(above)) {
    if (typeOfMode(Number(statSource(above).mode)) !== ENTRY_TYPE.link) continue
    throw new PocketError('usage', `'${displayName(path)}' lies behind the link '${displayName(above)}', which is stored as a link`, {
      hint: `name '${displayName(realPath(path))}' instead`,
    })
  }
}

/** The place that a link leads to, unless it leads nowhere. */
function leadsTo(link: ByteString): ByteString[] {
  try {
    return [realPath(link)]
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}

function statSource(path: ByteString): BigIntStats {
  try {
    return statEntry(path)
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    const name = displayName(path)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new PocketError('path-missing', `there is nothing at '${name}'`, {hint: 'check the path', cause: error})
    }
    throw new PocketError('source-unreadable', `cannot look at '${name}': ${code}`, {cause: error})
  }
}

function commonFolder(paths: readonly ByteString[]): ByteString {
  let common = folderOf(paths[0])
  for (const path of paths) while (!isBelow(path, common)) common = folderOf(common)
  return common
}

function folderOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/')
  return (slash <= 0 ? '/' : path.slice(0, slash)) as ByteString
}

function selectionOf(base: ByteString, paths: readonly ByteString[]): Selection {
  const root = new Map<ByteString, Selection>()
  const prefix = base.endsWith('/') ? base : `${base}/`
  for (const path of paths) {
    let folder = root
    const names = path.slice(prefix.length).split('/') as ByteString[]
    const last = names.pop()
    for (const name of names) {
      let below = folder.get(name)
      if (!(below instanceof Map)) {
        below = new Map()
        folder.set(name, below)
      }
      folder = below
    }
    if (last !== undefined) folder.set(last, 'all')
  }
  return root
}
