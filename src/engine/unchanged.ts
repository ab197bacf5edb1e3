/** Whether a file is the one that the parent snapshot holds, so that it need not be opened. */
import type {BigIntStats} from 'node:fs'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {TreeTable} from '../format/tree.js'
import type {ChunkIndex} from '../repository/chunk-index.js'

/**
 * A file that was written within this time before the parent's run began, or during it, may have been written again in the same tick
 * of the file system's clock after it was read, with nothing to tell: it is read once more. Covers the 4 to 10 ms of ext4 and xfs.
 */
const CLOCK_TICK_NS = 100_000_000n

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
export function isTooFresh(stats: BigIntStats, parentStartedNs: bigint): boolean {
  return stats.ctimeNs >= parentStartedNs - CLOCK_TICK_NS || stats.mtimeNs >= parentStartedNs - CLOCK_TICK_NS
}

/** Whether the repository has all that the entry refers to; what has been lost is then read and stored again. */
export function hasContent(table: TreeTable, entry: number, firstReference: number, index: ChunkIndex): boolean {
  const count = table.counts[entry]
  if (count === 0) return table.sizes[entry] === 0n
  for (let reference = firstReference; reference < firstReference + count; reference++) {
    if (!index.has(table.ids, reference * CHUNK_ID_BYTES)) return false
  }
  return true
}
