/** Walks the part of a stored tree that is to be restored, a folder before what is in it. */
import {isDamage, type PocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import {readEntries, type TreeEntry, treeOf} from '../snapshot/entries.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, displayName} from '../util/bytes.js'

export type PathMatcher = (relativePath: ByteString, isDirectory: boolean) => boolean

export interface RestoreSelection {
  /** What to restore, with everything below it; undefined for all. */
  includes: PathMatcher | undefined
  excludes: PathMatcher | undefined
}

/** An entry to be restored. */
export interface RestoreEntry {
  /** Relative to the target. */
  path: ByteString
  entry: TreeEntry
  damage?: undefined
}

/** A folder of which some or all entries cannot be read; it comes after those that can. */
export interface DamagedFolder {
  /** Relative to the target, which itself is empty. */
  path: ByteString
  damage: PocketError
}

export type RestoreItem = RestoreEntry | DamagedFolder

/** Where a walk begins: a folder's tree, or a single entry that is not a folder. */
export type RestoreRoot = {tree: ChunkReference} | {entry: TreeEntry}

/** Folders that only lead to something included come just before it. A damaged tree chunk costs only its folder, which is told. */
export async function* walkRestore(read: ReadTree, root: RestoreRoot, selection: RestoreSelection): AsyncGenerator<RestoreItem, void> {
  if ('tree' in root) yield* walkTree({read, selection, leading: []}, root.tree, '' as ByteString, selection.includes === undefined)
  else yield {path: root.entry.name, entry: root.entry}
}

/** `path` for people; `.` is the target itself. */
export function displayPath(path: ByteString): string {
  return path === '' ? '.' : displayName(path)
}

interface Walk {
  read: ReadTree
  selection: RestoreSelection
  /** Folders above, not restored so far, since nothing in them has been included. */
  leading: RestoreEntry[]
}

async function* walkTree(walk: Walk, tree: ChunkReference, path: ByteString, isIncluded: boolean): AsyncGenerator<RestoreItem, void> {
  try {
    yield* walkEntries(walk, tree, path, isIncluded)
  } catch (error) {
    if (!isDamage(error)) throw error
    yield {path, damage: error}
  }
}

async function* walkEntries(walk: Walk, tree: ChunkReference, path: ByteString, isIncluded: boolean): AsyncGenerator<RestoreItem, void> {
  const {includes, excludes} = walk.selection
  for await (const entry of readEntries(walk.read, tree)) {
    const own = (path === '' ? entry.name : `${path}/${entry.name}`) as ByteString
    const isDirectory = entry.type === ENTRY_TYPE.directory
    if (excludes?.(own, isDirectory)) continue
    const isWanted = isIncluded || (includes?.(own, isDirectory) ?? false)
    const item = {path: own, entry}
    if (isWanted) {
      yield* walk.leading.splice(0)
      yield item
    } else if (isDirectory) walk.leading.push(item)
    const below = treeOf(entry)
    if (below) yield* walkTree(walk, below, own, isWanted)
    if (walk.leading.at(-1) === item) walk.leading.pop()
  }
}
