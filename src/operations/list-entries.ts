/** Lists what a snapshot holds. */
import {fromUserPath, joinPath} from '../filesystem/native-path.js'
import type {ChunkReference} from '../format/reference.js'
import type {Repository} from '../repository/repository.js'
import {findPath, readEntries, treeOf} from '../snapshot/entries.js'
import {splitReference} from '../snapshot/find.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import {describeEntry, type EntryInfo} from './entry-info.js'
import {findSnapshot} from './find-snapshot.js'

export interface ListEntriesOptions {
  /** `ID` or `ID:path`. A folder's entries are listed, a file by itself. */
  reference: string
  /** Goes into folders. */
  recursive?: boolean
}

/** In the order of names, a folder before what is in it. Throws `snapshot-missing`, `path-missing`. */
export async function* listEntries(
  repository: Repository,
  {reference, recursive = false}: ListEntriesOptions,
): AsyncGenerator<EntryInfo, void> {
  const {snapshot, path} = splitReference(reference)
  const {record} = await findSnapshot(repository, snapshot)
  const trees = await repository.trees()
  const read: ReadTree = (chunk) => trees.read(chunk)
  const found = await findPath(read, record, path === undefined ? undefined : fromUserPath(path))
  if (found.isRoot) {
    yield* listTree(read, found.root, '' as ByteString, recursive)
    return
  }
  const own = [...found.parents, found.entry.name].join('/') as ByteString
  const tree = treeOf(found.entry)
  if (tree) yield* listTree(read, tree, own, recursive)
  else yield describeEntry(found.entry, own)
}

async function* listTree(read: ReadTree, tree: ChunkReference, path: ByteString, recursive: boolean): AsyncGenerator<EntryInfo, void> {
  for await (const entry of readEntries(read, tree)) {
    const own = path === '' ? entry.name : joinPath(path, entry.name)
    yield describeEntry(entry, own)
    const below = recursive ? treeOf(entry) : undefined
    if (below) yield* listTree(read, below, own, recursive)
  }
}
