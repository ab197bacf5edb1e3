/** Forgotten snapshots, which can be brought back until a prune has removed what they need. docs/repository-format.md, "Forgotten object". */
import {hostname} from 'node:os'
import type {Backend} from '../backend/backend.js'
import {hash} from '../crypto/blake3.js'
import {isPocketError, type PocketError} from '../errors.js'
import {decodeForgotten, encodeForgotten, type ForgottenRecord, MAX_FORGOTTEN_BYTES} from '../format/forgotten-record.js'
import {KIND} from '../format/head.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import {toHex} from '../util/bytes.js'
import {nowNs} from '../util/clock.js'
import {mapBounded} from '../util/concurrency.js'
import {userName} from '../util/user-name.js'
import {PROGRAM} from '../util/version.js'
import {FORGOTTEN_PREFIX, forgottenName, idInName, snapshotName} from './names.js'
import {openRecord, requireNamed, sealRecord} from './record-object.js'
import {openSnapshot, SNAPSHOT_OBJECT, type SnapshotStoreContext} from './snapshot-store.js'

export interface ForgottenSnapshot {
  /** Of the forgotten object. */
  id: ObjectId
  snapshotId: ObjectId
  record: SnapshotRecord
  /** The stored bytes of the snapshot object. */
  object: Uint8Array
  /** When it was forgotten, in ms since 1970: by the storage's clock where it has one, else by that of the machine that did it. */
  forgottenMs: number
  host: string
  user: string
}

/**
 * Forgets a snapshot: it is no longer there when this resolves, and can be brought back. What it says is durable in the one place or the
 * other at any instant. Throws `object-missing` when it is gone already, and `damaged-snapshot` for one that is not as it was written.
 */
export async function forgetSnapshot({backend, sealing}: SnapshotStoreContext, snapshotId: ObjectId): Promise<void> {
  const object = await backend.get(snapshotName(snapshotId))
  requireNamed(object, {id: snapshotId, ...SNAPSHOT_OBJECT})
  const record: ForgottenRecord = {
    snapshotId,
    object,
    timeNs: nowNs(),
    host: hostname(),
    user: userName(),
    program: PROGRAM,
  }
  const stored = sealRecord(sealing, KIND.forgotten, encodeForgotten(record))
  await backend.put(forgottenName(toHex(hash(stored)) as ObjectId), stored, {isTransient: true})
  await backend.remove(snapshotName(snapshotId))
}

/** Ids of all forgotten objects, with when each was put where the storage knows. */
export async function listForgotten(backend: Backend): Promise<Map<ObjectId, number | undefined>> {
  const ids = new Map<ObjectId, number | undefined>()
  for await (const {name, modifiedMs} of backend.list(FORGOTTEN_PREFIX)) {
    const id = idInName(name)
    if (id) ids.set(id, modifiedMs)
  }
  return ids
}

/** Every forgotten snapshot that can be read, in no order, but for the objects `without`; the others are told to `onDamaged` and stepped over. */
export async function loadForgotten(
  context: SnapshotStoreContext,
  onDamaged: (error: PocketError) => void,
  without: ReadonlySet<ObjectId> = new Set(),
): Promise<ForgottenSnapshot[]> {
  const found: ForgottenSnapshot[] = []
  const {backend} = context
  await mapBounded(await listForgotten(backend), backend.access.parallelCalls, async ([id, modifiedMs]) => {
    if (without.has(id)) return
    try {
      const {snapshotId, object, timeNs, host, user, record} = readForgotten(context, id, await backend.get(forgottenName(id)))
      found.push({id, snapshotId, record, object, forgottenMs: modifiedMs ?? Number(timeNs / 1_000_000n), host, user})
    } catch (error) {
      if (isPocketError(error, 'object-missing')) return
      if (!isPocketError(error, 'damaged-snapshot') && !isPocketError(error, 'format-too-new')) throw error
      onDamaged(error)
    }
  })
  return found
}

/** What the stored bytes of forgotten object `id` say, and the snapshot in them. Throws `damaged-snapshot`, `format-too-new`. */
export function readForgotten(
  {sealing}: Pick<SnapshotStoreContext, 'sealing'>,
  id: ObjectId,
  stored: Uint8Array,
): ForgottenRecord & {record: SnapshotRecord} {
  const opened = openRecord(sealing, stored, {
    id,
    what: 'forgotten snapshot',
    kind: KIND.forgotten,
    limit: MAX_FORGOTTEN_BYTES,
    damaged: 'damaged-snapshot',
    hint: `this snapshot cannot be brought back; remove '${forgottenName(id)}' from the repository`,
  })
  const forgotten = decodeForgotten(opened)
  return {...forgotten, record: openSnapshot({sealing}, forgotten.snapshotId, forgotten.object)}
}
