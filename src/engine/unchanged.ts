/** Whether a file is the one that the parent snapshot holds, so that it need not be opened. */
import type {BigIntStats} from 'node:fs'
import {isPocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {TreeTable} from '../format/tree.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {type ReadTree, readContent, type References} from '../snapshot/read-tables.js'

/**
 * A file that was written within this time before the parent's run began, or during it, may have been written again in the same tick
 * of the file system's clock after it was read, with nothing to tell: it is read once more. Covers the 4 to 10 ms of ext4 and xfs.
 */
const CLOCK_TICK_NS = 100_000_000n
/** Of file systems that know whole seconds only, or, as FAT, every second one: their times are whole seconds. */
const COARSE_TICK_NS = 2_000_000_000n
const SECOND_NS = 1_000_000_000n

/** Whether size, times and inode are those of the entry in the parent. */
export function hasSameMetadata(table: TreeTable, entry: number, stats: BigIntStats): boolean {
  return (
    table.types[entry] === ENTRY_TYPE.file &&
    table.mtimes[entry] === stats.mtimeNs &&
    table.ctimes[entry] === stats.ctimeNs &&
    table.sizes[entry] === stats.size &&
    table.inodes[entry] === stats.ino
  )
}

/** Whether a file with the metadata of its entry may have changed all the same, unseen. */
export function isTooFresh({ctimeNs, mtimeNs}: Pick<BigIntStats, 'ctimeNs' | 'mtimeNs'>, parentStartedNs: bigint): boolean {
  return ctimeNs >= parentStartedNs - tickOf(ctimeNs) || mtimeNs >= parentStartedNs - tickOf(mtimeNs)
}

function tickOf(timeNs: bigint): bigint {
  return timeNs % SECOND_NS === 0n ? COARSE_TICK_NS : CLOCK_TICK_NS
}

export interface ContentLookup {
  index: ChunkIndex
  /** Reads the lists of chunks that large files have. */
  readTree: ReadTree
}

/**
 * Whether the repository has all that the entry refers to, down to every chunk; what has been lost is then read and stored again.
 * A promise where lists have to be read; it rejects when one of them is damaged.
 */
export function hasContent(
  table: TreeTable,
  entry: number,
  firstReference: number,
  {index, readTree}: ContentLookup,
): boolean | Promise<boolean> {
  const count = table.counts[entry]
  if (count === 0) return table.sizes[entry] === 0n
  const end = firstReference + count
  if (!hasAll(index, table.ids, firstReference, end)) return false
  const depth = table.depths[entry]
  if (depth === 0) return true
  const ids = table.ids.subarray(firstReference * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES)
  return hasListed(index, readContent(readTree, {ids, lengths: table.lengths.subarray(firstReference, end)}, depth))
}

async function hasListed(index: ChunkIndex, lists: AsyncIterable<References>): Promise<boolean> {
  try {
    for await (const {ids, lengths} of lists) if (!hasAll(index, ids, 0, lengths.length)) return false
    return true
  } catch (error) {
    // A list that is in no index is stored anew with its file, as the chunks are.
    if (isPocketError(error, 'chunk-missing')) return false
    throw error
  }
}

function hasAll(index: ChunkIndex, ids: Uint8Array, start: number, end: number): boolean {
  for (let reference = start; reference < end; reference++) if (!index.has(ids, reference * CHUNK_ID_BYTES)) return false
  return true
}
