/** Saves directories and the chunk lists of large files as tree chunks, cut by the rules of format/split.ts. */
import {encodeChunkList} from '../format/chunk-list.js'
import {CHUNK_ID_BYTES, type ChunkReference, MAX_LEVEL} from '../format/reference.js'
import {branchBoundaries, chunkListBoundaries, leafBoundaries, MAX_INLINE_REFERENCES, splitTable} from '../format/split.js'
import {addTotals, NO_TOTALS, type Totals} from '../format/totals.js'
import {type BranchLevel, encodeBranch, encodeTreePage, type TreeTable} from '../format/tree.js'
import type {ByteString} from '../util/bytes.js'
import type {DirectoryBuilder, ReferenceRange} from './directory-builder.js'

export type SaveTree = (bytes: Uint8Array) => ChunkReference

export interface SavedDirectory {
  reference: ChunkReference
  totals: Totals
}

interface SavedPage {
  first: ByteString
  entries: number
  reference: ChunkReference
  totals: Totals
}

/** Saves a directory that is complete; returns the reference to its root page. */
export function saveDirectory(builder: DirectoryBuilder, save: SaveTree): SavedDirectory {
  return saveTable(builder.build(), (start, end) => builder.totals(start, end), save)
}

/** Saves the pages of a directory with these entries; `totalsOf` sums over a range of them. */
export function saveTable(table: TreeTable, totalsOf: (start: number, end: number) => Totals, save: SaveTree): SavedDirectory {
  const ends = leafBoundaries(table)
  if (ends.length <= 1) return {reference: save(encodeTreePage(table)), totals: table.totals}
  const tables = splitTable(table, ends, totalsOf)
  let pages: SavedPage[] = tables.map((part) => ({
    first: part.names[0],
    entries: part.length,
    reference: save(encodeTreePage(part)),
    totals: part.totals,
  }))
  for (let level = 1; pages.length > 1; level++) pages = saveBranches(pages, level, save)
  return pages[0]
}

function saveBranches(pages: readonly SavedPage[], level: number, save: SaveTree): SavedPage[] {
  if (level > MAX_LEVEL) throw new RangeError('a directory of more levels than the format has')
  const branches: SavedPage[] = []
  let start = 0
  for (const end of branchBoundaries(pages.map(({first}) => first))) {
    const children = pages.slice(start, end)
    const totals = children.reduce((sum, child) => addTotals(sum, child.totals), NO_TOTALS)
    const reference = save(
      encodeBranch({
        level: level as BranchLevel,
        firsts: children.map(({first}) => first),
        counts: Uint32Array.from(children, ({entries}) => entries),
        ids: joinIds(children.map((child) => child.reference)),
        lengths: Uint32Array.from(children, (child) => child.reference.length),
        totals,
      }),
    )
    const entries = children.reduce((sum, child) => sum + child.entries, 0)
    branches.push({first: children[0].first, entries, reference, totals})
    start = end
  }
  return branches
}

/** The references of a file as its entry is to hold them: as they are, or those of chunk lists when they are many. */
export function saveReferences(range: ReferenceRange, save: SaveTree): ReferenceRange {
  if (range.count <= MAX_INLINE_REFERENCES) return range
  let ids = range.ids.subarray(range.start * CHUNK_ID_BYTES, (range.start + range.count) * CHUNK_ID_BYTES)
  let lengths = range.lengths.subarray(range.start, range.start + range.count)
  let contents = BigUint64Array.from(lengths, BigInt)
  let depth = 0
  while (lengths.length > MAX_INLINE_REFERENCES) {
    depth++
    const references: ChunkReference[] = []
    const sums: bigint[] = []
    let start = 0
    for (const end of chunkListBoundaries(ids)) {
      const contentLengths = contents.slice(start, end)
      references.push(
        save(
          encodeChunkList({
            level: depth,
            ids: ids.slice(start * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES),
            lengths: lengths.slice(start, end),
            contentLengths,
          }),
        ),
      )
      sums.push(contentLengths.reduce((sum, length) => sum + length, 0n))
      start = end
    }
    ids = joinIds(references)
    lengths = Uint32Array.from(references, ({length}) => length)
    contents = BigUint64Array.from(sums)
  }
  return {ids, lengths, start: 0, count: lengths.length, depth}
}

function joinIds(references: readonly ChunkReference[]): Uint8Array {
  const ids = new Uint8Array(references.length * CHUNK_ID_BYTES)
  references.forEach(({id}, index) => ids.set(id, index * CHUNK_ID_BYTES))
  return ids
}
