/** Snapshot objects that are not as they were written: put back where this machine has a copy, or removed. */
import {isDamageOfOne} from '../engine/check-packs.js'
import {isDamage, isPocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {areNamed} from '../repository/verifying.js'
import {mapBounded} from '../util/concurrency.js'

export interface MendedObjects {
  /** How many there is a whole copy of on this machine: they were put back, unless in a dry run. */
  putBack: number
  /** The others that can be read and are not what was written: nobody can use them. */
  spoilt: ObjectId[]
}

/** `unread`: what cannot be read now may be another time. */
type Found = Uint8Array | 'gone' | 'spoilt' | 'unread'

/** Looks at these snapshot objects past any copy of this machine. Throws what the backend throws, but for damage. */
export async function mendSnapshotObjects(repository: Repository, ids: readonly ObjectId[], isDryRun: boolean): Promise<MendedObjects> {
  const {backend} = repository
  const mended: MendedObjects = {putBack: 0, spoilt: []}
  await mapBounded(ids, backend.access.parallelCalls, async (id) => {
    const stored = await readObject(repository, id, {isFresh: true})
    if (stored !== 'spoilt' && stored !== 'unread') return
    const copy = await readObject(repository, id, {isFresh: false})
    if (typeof copy === 'string') return void (stored === 'spoilt' && copy === 'spoilt' && mended.spoilt.push(id))
    if (!isDryRun) await backend.put(snapshotName(id), copy)
    mended.putBack++
  })
  return mended
}

/** Removes those of them that are still spoilt: another may have put one back. Gives how many. */
export async function removeSpoilt(repository: Repository, ids: readonly ObjectId[]): Promise<number> {
  const {backend} = repository
  let removed = 0
  await mapBounded(ids, backend.access.parallelCalls, async (id) => {
    if ((await readObject(repository, id, {isFresh: true})) !== 'spoilt') return
    await backend.remove(snapshotName(id))
    removed++
  })
  return removed
}

async function readObject({backend}: Repository, id: ObjectId, options: {isFresh: boolean}): Promise<Found> {
  const name = snapshotName(id)
  try {
    const bytes = await backend.get(name, options)
    return areNamed(name, bytes) ? bytes : 'spoilt'
  } catch (error) {
    if (isPocketError(error, 'object-missing')) return 'gone'
    if (!isDamageOfOne(error)) throw error
    return isDamage(error) ? 'spoilt' : 'unread'
  }
}
