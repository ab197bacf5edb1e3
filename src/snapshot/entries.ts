/** Entries of stored directories one by one, for what looks at each: ls, diff, restore. */
import {PocketError} from '../errors.js'
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {TreeTable} from '../format/tree.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {findTable, type ReadTree, readTables, type References} from './read-tables.js'

export interface TreeEntry {
  name: ByteString
  type: EntryType
  mode: number
  uid: number
  gid: number
  sizeBytes: number
  mtimeNs: bigint
  ctimeNs: bigint
  /** Content of a file, root page of a directory's tree. */
  references: References
  depth: number
  /** Of a symbolic link. */
  target: ByteString | undefined
  /** Why it could not be read when the snapshot was taken. */
  error: {code: string; message: string} | undefined
}

/** The entries of the directory whose root page is `root`, in the order of names. */
export async function* readEntries(read: ReadTree, root: ChunkReference): AsyncGenerator<TreeEntry, void> {
  for await (const table of readTables(read, root)) yield* entriesOf(table)
}

export function* entriesOf(table: TreeTable): Generator<TreeEntry, void> {
  const errors = new Map(table.errors.map((error) => [error.index, error]))
  let reference = 0
  let link = 0
  for (let index = 0; index < table.length; index++) {
    const end = reference + table.counts[index]
    const isLink = table.types[index] === ENTRY_TYPE.link
    yield {
      name: table.names[index],
      type: table.types[index] as EntryType,
      mode: table.modes[index],
      uid: table.uids[index],
      gid: table.gids[index],
      sizeBytes: Number(table.sizes[index]),
      mtimeNs: table.mtimes[index],
      ctimeNs: table.ctimes[index],
      references: {
        ids: table.ids.subarray(reference * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES),
        lengths: table.lengths.subarray(reference, end),
      },
      depth: table.depths[index],
      target: isLink ? table.targets[link++] : undefined,
      error: errors.get(index),
    }
    reference = end
  }
}

/** The root page of a directory's tree; undefined for one that could not be read. */
export function treeOf({type, references}: TreeEntry): ChunkReference | undefined {
  if (type !== ENTRY_TYPE.directory || references.lengths.length !== 1) return undefined
  return {id: references.ids, length: references.lengths[0]}
}

/** What a path in a snapshot names: its root, or an entry. */
export type Found = {isRoot: true; root: ChunkReference} | {isRoot: false; entry: TreeEntry; parents: ByteString[]}

/**
 * Finds `path` in a snapshot: relative to its base, or absolute and at or below the base. Throws `path-missing`, `not-a-directory`.
 */
export async function findPath(read: ReadTree, record: SnapshotRecord, path: ByteString | undefined): Promise<Found> {
  const names = namesOf(record, path ?? ('' as ByteString))
  let tree: ChunkReference | undefined = record.root
  let entry: TreeEntry | undefined
  for (const [depth, name] of names.entries()) {
    if (!tree) throw new PocketError('not-a-directory', `'${show(names.slice(0, depth))}' is not a folder in this snapshot`)
    entry = findName(await findTable(read, tree, name), name)
    if (!entry)
      throw new PocketError('path-missing', `there is no '${show(names.slice(0, depth + 1))}' in this snapshot`, {
        hint: "'pocket ls ID' shows what there is",
      })
    tree = treeOf(entry)
  }
  return entry ? {isRoot: false, entry, parents: names.slice(0, -1)} : {isRoot: true, root: record.root}
}

function findName(table: TreeTable, name: ByteString): TreeEntry | undefined {
  for (const entry of entriesOf(table)) if (entry.name === name) return entry
  return undefined
}

function namesOf({base}: SnapshotRecord, path: ByteString): ByteString[] {
  const names = splitNames(path)
  if (!path.startsWith('/')) return names
  const above = splitNames(base)
  if (above.every((name, index) => names[index] === name)) return names.slice(above.length)
  throw new PocketError('path-missing', `'${displayName(path)}' is not below '${displayName(base)}', which this snapshot is of`)
}

function splitNames(path: ByteString): ByteString[] {
  return path.split('/').filter((name) => name !== '' && name !== '.') as ByteString[]
}

function show(names: readonly ByteString[]): string {
  return displayName(names.join('/') as ByteString)
}
