/**
 * Removals: which packs are being removed. Whoever writes must not count on those packs from the moment that the object is there, and so
 * looks for removals after it has announced what it needs: docs/repository-format.md, "Removals".
 */
import {hostname} from 'node:os'
import type {Backend} from '../backend/backend.js'
import {hash} from '../crypto/blake3.js'
import {isPocketError, type PocketError} from '../errors.js'
import {KIND} from '../format/head.js'
import {decodeRemoval, encodeRemoval, MAX_REMOVAL_BYTES, type RemovalRecord} from '../format/removal-record.js'
import type {ObjectId} from '../id.js'
import {toHex} from '../util/bytes.js'
import {nowNs} from '../util/clock.js'
import {mapBounded} from '../util/concurrency.js'
import {PROGRAM} from '../util/version.js'
import {idInName, removalName, REMOVALS_PREFIX} from './names.js'
import {openRecord, sealRecord} from './record-object.js'
import type {SealingContext} from './sealing.js'

export interface RemovalStoreContext {
  backend: Backend
  sealing: SealingContext
  /** Told of each removal that is damaged, which is stepped over. */
  onWarning: (error: PocketError) => void
}

export interface StoredRemoval {
  id: ObjectId
  packs: readonly ObjectId[]
  /** When it was put, in ms since 1970: by the storage's clock where it has one, else by that of the machine that put it. */
  putMs: number
}

/** Ids of one object's packs, as many as fit with room to spare. */
const MOST_PACKS = 100_000

/** From when this resolves nobody may count on `packs`. Gives the ids of the objects. */
export async function saveRemovals({backend, sealing}: RemovalStoreContext, packs: readonly ObjectId[]): Promise<ObjectId[]> {
  const ids: ObjectId[] = []
  for (let start = 0; start < packs.length; start += MOST_PACKS) {
    const record = {packs: packs.slice(start, start + MOST_PACKS), timeNs: nowNs(), host: hostname(), program: PROGRAM}
    const stored = sealRecord(sealing, KIND.removal, encodeRemoval(record))
    const id = toHex(hash(stored)) as ObjectId
    await backend.put(removalName(id), stored, {isTransient: true})
    ids.push(id)
  }
  return ids
}

/** Names of all removals, whether they can be read or not. */
export async function listRemovals(backend: Backend): Promise<Map<string, number | undefined>> {
  const names = new Map<string, number | undefined>()
  for await (const {name, modifiedMs} of backend.list(REMOVALS_PREFIX)) if (idInName(name)) names.set(name, modifiedMs)
  return names
}

/** Those of the names that can be read. */
export async function loadRemovals(context: RemovalStoreContext, names: ReadonlyMap<string, number | undefined>): Promise<StoredRemoval[]> {
  const found: StoredRemoval[] = []
  await mapBounded(names, context.backend.access.parallelCalls, async ([name, modifiedMs]) => {
    const id = idInName(name)
    if (!id) return
    try {
      const {packs, timeNs} = readRemoval(context.sealing, id, await context.backend.get(name))
      found.push({id, packs, putMs: modifiedMs ?? Number(timeNs / 1_000_000n)})
    } catch (error) {
      // Over, since it was listed.
      if (isPocketError(error, 'object-missing')) return
      if (!isPocketError(error, 'damaged-removal')) throw error
      context.onWarning(error)
    }
  })
  return found
}

/** What the stored bytes of removal `id` say. Throws `damaged-removal`, `format-too-new`. */
export function readRemoval(sealing: SealingContext, id: ObjectId, stored: Uint8Array): RemovalRecord {
  const record = openRecord(sealing, stored, {
    id,
    what: 'removal',
    kind: KIND.removal,
    limit: MAX_REMOVAL_BYTES,
    damaged: 'damaged-removal',
    hint: `'pocket prune' goes on with what it had begun; then remove '${removalName(id)}' from the repository`,
  })
  return decodeRemoval(record)
}
