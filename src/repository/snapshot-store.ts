/** Snapshot objects: one small object each, which exists wholly or not at all. */
import type {Backend, PutOptions} from '../backend/backend.js'
import {hash} from '../crypto/blake3.js'
import {isPocketError, PocketError} from '../errors.js'
import {KIND} from '../format/head.js'
import {decodeSnapshot, encodeSnapshot, MAX_SNAPSHOT_BYTES, type SnapshotRecord} from '../format/snapshot-record.js'
import {type ObjectId, shortId} from '../id.js'
import {toHex} from '../util/bytes.js'
import {mapBounded} from '../util/concurrency.js'
import {idInName, snapshotName, SNAPSHOTS_PREFIX} from './names.js'
import {openRecord, sealRecord} from './record-object.js'
import type {SealingContext} from './sealing.js'

const PARALLEL_LOADS = 8

/** How to speak of a snapshot object that is damaged. */
export const SNAPSHOT_OBJECT = {
  what: 'snapshot',
  damaged: 'damaged-snapshot',
  hint: "'pocket repair snapshots' puts it back where this machine has a copy; other snapshots are not affected",
} as const

export interface SnapshotStoreContext {
  backend: Backend
  sealing: SealingContext
}

export interface StoredSnapshot {
  id: ObjectId
  record: SnapshotRecord
}

/** Stores a snapshot; everything that it refers to must be durable and indexed by now. */
export async function saveSnapshot(
  {backend, sealing}: SnapshotStoreContext,
  record: SnapshotRecord,
  options?: PutOptions,
): Promise<ObjectId> {
  const stored = sealRecord(sealing, KIND.snapshot, encodeSnapshot(record))
  const id = toHex(hash(stored)) as ObjectId
  await backend.put(snapshotName(id), stored, options)
  return id
}

/** Throws `snapshot-missing`, `damaged-snapshot`. */
export async function loadSnapshot(context: SnapshotStoreContext, id: ObjectId): Promise<SnapshotRecord> {
  return openSnapshot(context, id, await getSnapshot(context.backend, id))
}

/** What the stored bytes of snapshot `id` say. Throws `damaged-snapshot`, `format-too-new`. */
export function openSnapshot({sealing}: Pick<SnapshotStoreContext, 'sealing'>, id: ObjectId, stored: Uint8Array): SnapshotRecord {
  const record = openRecord(sealing, stored, {
    id,
    ...SNAPSHOT_OBJECT,
    kind: KIND.snapshot,
    limit: MAX_SNAPSHOT_BYTES,
  })
  return decodeSnapshot(record)
}

/** Ids of all snapshots. */
export async function listSnapshotIds(backend: Backend): Promise<ObjectId[]> {
  const ids: ObjectId[] = []
  for await (const {name} of backend.list(SNAPSHOTS_PREFIX)) {
    const id = idInName(name)
    if (id) ids.push(id)
  }
  return ids
}

/** Every snapshot that can be read, oldest first; the others are told to `onDamaged` and stepped over. */
export async function loadSnapshots(context: SnapshotStoreContext, onDamaged: (error: PocketError) => void): Promise<StoredSnapshot[]> {
  const found: StoredSnapshot[] = []
  const ids = await listSnapshotIds(context.backend)
  await mapBounded(ids, Math.max(PARALLEL_LOADS, context.backend.access.parallelCalls), async (id) => {
    try {
      found.push({id, record: await loadSnapshot(context, id)})
    } catch (error) {
      if (isPocketError(error, 'snapshot-missing')) return
      if (!isPocketError(error, 'damaged-snapshot') && !isPocketError(error, 'format-too-new')) throw error
      onDamaged(error)
    }
  })
  return found.sort((a, b) => compareNs(a.record.timeNs, b.record.timeNs) || (a.id < b.id ? -1 : 1))
}

async function getSnapshot(backend: Backend, id: ObjectId): Promise<Uint8Array> {
  try {
    return await backend.get(snapshotName(id))
  } catch (error) {
    if (!isPocketError(error, 'object-missing')) throw error
    throw new PocketError('snapshot-missing', `there is no snapshot '${shortId(id)}'`, {hint: "'pocket list' shows them", cause: error})
  }
}

/** Orders times. */
export function compareNs(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
