/** Counts how often a restore will need each frame, before it begins: what it needs again need not be fetched again. */
import {isDamage} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {TreeEntry} from '../snapshot/entries.js'
import {readContent, type ReadTree} from '../snapshot/read-tables.js'
import {Pacer} from './pacer.js'
import type {TargetPlan} from './restore-target.js'
import type {RestoreItem} from './restore-walk.js'

export interface ReferenceCount {
  index: ChunkIndex
  read: ReadTree
  items: AsyncIterable<RestoreItem>
  plan: TargetPlan
  signal: AbortSignal | undefined
}

/** By the number of the frame: how many chunks of it are written to files. Files that are there already need none. Throws `interrupted`. */
export async function countReferences({index, read, items, plan, signal}: ReferenceCount): Promise<Uint32Array> {
  const counts = new Uint32Array(index.frameCount)
  const pacer = new Pacer({signal, backpressure: () => Promise.resolve()})
  for await (const item of items) {
    pacer.check()
    if (pacer.isDue()) await pacer.turn()
    if (item.damage || item.entry.type !== ENTRY_TYPE.file) continue
    if (plan.failed.has(item.path) || plan.present.get(item.path) === 'keep') continue
    await countFile(counts, item.entry, {index, read})
  }
  return counts
}

async function countFile(
  counts: Uint32Array,
  {references, depth}: TreeEntry,
  {index, read}: Pick<ReferenceCount, 'index' | 'read'>,
): Promise<void> {
  try {
    for await (const {ids, lengths} of readContent(read, references, depth)) {
      for (let chunk = 0; chunk < lengths.length; chunk++) {
        const location = index.locate(ids, chunk * CHUNK_ID_BYTES)
        if (location) counts[location.frame]++
      }
    }
  } catch (error) {
    // The restore itself meets it again, and tells.
    if (!isDamage(error)) throw error
  }
}
