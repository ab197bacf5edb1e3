/** Reads the tables of stored directories, page by page. */
import {PocketError} from '../errors.js'
import {decodeChunkList} from '../format/chunk-list.js'
import {CHUNK_ID_BYTES, type ChunkReference, MAX_LEVEL} from '../format/reference.js'
import {decodeTreePage, type TreePage, type TreeTable} from '../format/tree.js'
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

/** The tables of the directory whose root page is `root`, in the order of names. `above`: the level of the page that refers to it. */
export async function* readTables(read: ReadTree, root: ChunkReference, above = MAX_LEVEL + 1): AsyncGenerator<TreeTable, void> {
  const page = await readPage(read, root, above)
  if (page.level === 0) {
    yield page.table
    return
  }
  for (let child = 0; child < page.lengths.length; child++) yield* readTables(read, referenceAt(page, child), page.level)
}

/** A page that must lie below level `above`: so no damaged tree leads in circles. */
async function readPage(read: ReadTree, reference: ChunkReference, above: number): Promise<TreePage> {
  const page = decodeTreePage(await read(reference))
  if (page.level < above) return page
  throw new PocketError('damaged-tree', `a page of a tree is of level ${page.level}, not below ${above}`)
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
    page = await readPage(read, referenceAt(page, child), page.level)
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
