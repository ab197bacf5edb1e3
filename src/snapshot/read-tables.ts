/** Reads the tables of stored directories, page by page. */
import {PocketError} from '../errors.js'
import {decodeChunkList} from '../format/chunk-list.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {decodeTreePage, type TreeBranch, type TreePage, type TreeTable} from '../format/tree.js'
import type {Totals} from '../format/totals.js'
import type {ByteString} from '../util/bytes.js'

/** Gives the bytes of a tree chunk, checked against its id. */
export type ReadTree = (reference: ChunkReference) => Promise<Uint8Array>

/** A stretch of the references of a table or list, by its columns. */
export interface References {
  ids: Uint8Array
  lengths: Uint32Array
}

/** The reference number `index`. Throws `damaged-tree` when there is none. */
export function referenceAt({ids, lengths}: References, index: number): ChunkReference {
  if (index >= lengths.length) throw new PocketError('damaged-tree', 'an entry refers beyond the references of its page')
  return {id: ids.subarray(index * CHUNK_ID_BYTES, (index + 1) * CHUNK_ID_BYTES), length: lengths[index]}
}

/** The references from number `start` to before number `end`: views. */
export function referencesBetween({ids, lengths}: References, start: number, end: number): References {
  return {ids: ids.subarray(start * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES), lengths: lengths.subarray(start, end)}
}

/** The entries of a table by number, each with what it refers to. */
export function* entriesOf(table: TreeTable): Generator<{entry: number; references: References}, void> {
  for (let entry = 0, start = 0; entry < table.length; entry++) {
    const end = start + table.counts[entry]
    yield {entry, references: referencesBetween(table, start, end)}
    start = end
  }
}

/**
 * The tables of the directory whose root page is `root`, in the order of names. Throws `damaged-tree`, before it gives the page, when a
 * page is not what the page above it says, or holds a name that is not above all names before: no name is ever given twice.
 */
export async function* readTables(read: ReadTree, root: ChunkReference): AsyncGenerator<TreeTable, void> {
  yield* tablesIn(read, decodeTreePage(await read(root)))
}

/** As `readTables`, of a root page that has been read. */
export function tablesIn(read: ReadTree, root: TreePage): AsyncGenerator<TreeTable, void> {
  return tablesOf(read, root, {last: ''})
}

async function* tablesOf(read: ReadTree, page: TreePage, order: {last: string}): AsyncGenerator<TreeTable, void> {
  if (page.level !== 0) {
    for (let child = 0; child < page.lengths.length; child++) yield* tablesOf(read, await readChild(read, page, child), order)
    return
  }
  const {names} = page.table
  if (names.length > 0) {
    if (names[0] <= order.last) throw new PocketError('damaged-tree', 'the pages of a folder have names that are twice there or not sorted')
    order.last = names[names.length - 1]
  }
  yield page.table
}

/** A page below a branch, which must be of the level below, so that no damaged tree leads in circles, and begin as the branch says. */
async function readChild(read: ReadTree, branch: TreeBranch, child: number): Promise<TreePage> {
  const page = decodeTreePage(await read(referenceAt(branch, child)))
  if (page.level !== branch.level - 1) {
    throw new PocketError('damaged-tree', `a page of a tree is of level ${page.level}, below one of level ${branch.level}`)
  }
  const first = page.level === 0 ? page.table.names[0] : page.firsts[0]
  if (first !== branch.firsts[child]) throw new PocketError('damaged-tree', 'a page of a tree does not begin as the page above it says')
  return page
}

/** Sums over everything at and below the directory whose root page is `root`. */
export async function readTotals(read: ReadTree, root: ChunkReference): Promise<Totals> {
  const page = decodeTreePage(await read(root))
  return page.level === 0 ? page.table.totals : page.totals
}

/** The table that would hold `name`, found through the pages above it. */
export async function findTable(read: ReadTree, root: ChunkReference, name: ByteString): Promise<TreeTable> {
  let page: TreePage = decodeTreePage(await read(root))
  while (page.level !== 0) {
    let child = 0
    while (child + 1 < page.firsts.length && page.firsts[child + 1] <= name) child++
    page = await readChild(read, page, child)
  }
  return page.table
}

/**
 * The references to the content of a file, in order: those of its entry, or of its chunk lists when `depth` is not 0, one list after
 * the other.
 */
export async function* readContent(read: ReadTree, references: References, depth: number): AsyncGenerator<References, void> {
  if (depth === 0) {
    yield references
    return
  }
  for (let index = 0; index < references.lengths.length; index++) {
    const list = decodeChunkList(await read(referenceAt(references, index)))
    if (list.level !== depth) throw new PocketError('damaged-tree', `a chunk list is of level ${list.level} instead of ${depth}`)
    yield* readContent(read, list, depth - 1)
  }
}
