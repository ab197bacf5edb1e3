/** Packs that are stored but in no index: what a session that died had finished. They are as good as any, so they are indexed. */
import type {Backend} from '../backend/backend.js'
import {type ErrorCode, isPocketError, type PocketError} from '../errors.js'
import type {IndexedPack} from '../format/index-record.js'
import type {ObjectId} from '../id.js'
import {mapBounded} from '../util/concurrency.js'
import type {ChunkIndex} from './chunk-index.js'
import {idInName} from './names.js'
import type {StoredPacks} from './pack-listing.js'
import {readPackDirectory} from './pack-reader.js'
import type {SealingContext} from './sealing.js'

const PARALLEL_READS = 8
/** What is wrong with one pack: no other and no snapshot has to wait for it. */
const LEFT_ALONE: ReadonlySet<ErrorCode> = new Set(['damaged-pack', 'format-too-new', 'permission-denied', 'io-failed'])

export interface OrphanSearch {
  backend: Backend
  sealing: SealingContext
  index: ChunkIndex
  stored: StoredPacks
  /** Packs that are left where they are. */
  without?: ReadonlySet<ObjectId>
  /** Told of each pack that cannot be read, which is left alone. */
  onDamaged: (error: PocketError) => void
}

/** Finds packs among `stored` that `index` does not name and reads what they hold. */
export async function findOrphans({backend, sealing, index, stored, without, onDamaged}: OrphanSearch): Promise<IndexedPack[]> {
  const ids: ObjectId[] = []
  for (const name of stored.keys()) {
    const id = idInName(name)
    if (id && !index.hasPack(id) && !without?.has(id)) ids.push(id)
  }
  return readPacks({backend, sealing, ids, onDamaged})
}

export interface PackReading extends Pick<OrphanSearch, 'backend' | 'sealing'> {
  ids: readonly ObjectId[]
  /** Told of each pack that cannot be read, which is left out. */
  onDamaged: (error: PocketError, id: ObjectId) => void
}

/** What packs say that they hold; those that are gone are left out. */
export async function readPacks({backend, sealing, ids, onDamaged}: PackReading): Promise<IndexedPack[]> {
  const found: IndexedPack[] = []
  await mapBounded(ids, Math.max(PARALLEL_READS, backend.access.parallelCalls), async (id) => {
    try {
      found.push(await readPackDirectory(backend, sealing, id))
    } catch (error) {
      if (isPocketError(error, 'object-missing')) return
      if (!isPocketError(error) || error.retryable || !LEFT_ALONE.has(error.code)) throw error
      onDamaged(error, id)
    }
  })
  return found
}
