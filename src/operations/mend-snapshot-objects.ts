/** Snapshot objects that are not as they were written: put back where this machine has a copy, or removed. */
import {isDamageOfOne} from '../engine/check-packs.js'
import {isPocketError} from '../errors.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds} from '../repository/snapshot-store.js'
import {areNamed} from '../repository/verifying.js'
import {mapBounded} from '../util/concurrency.js'

export interface MendedObjects {
  /** How many there is a whole copy of on this machine: they were put back, unless in a dry run. */
  putBack: number
  /** Names of the others: nobody can read them. */
  spoilt: string[]
}

/** Looks at every snapshot object past any copy of this machine. Throws what the backend throws, but for damage. */
export async function mendSnapshotObjects(repository: Repository, {isDryRun}: {isDryRun: boolean}): Promise<MendedObjects> {
  const {backend} = repository
  const mended: MendedObjects = {putBack: 0, spoilt: []}
  await mapBounded(await listSnapshotIds(backend), backend.access.parallelCalls, async (id) => {
    const name = snapshotName(id)
    const stored = await readIfWhole(repository, name, {isFresh: true})
    if (stored !== 'spoilt') return
    const copy = await readIfWhole(repository, name, {isFresh: false})
    if (copy === 'gone') return
    if (copy === 'spoilt') return void mended.spoilt.push(name)
    if (!isDryRun) await backend.put(name, copy)
    mended.putBack++
  })
  return mended
}

async function readIfWhole({backend}: Repository, name: string, options: {isFresh: boolean}): Promise<Uint8Array | 'gone' | 'spoilt'> {
  try {
    const bytes = await backend.get(name, options)
    return areNamed(name, bytes) ? bytes : 'spoilt'
  } catch (error) {
    if (isPocketError(error, 'object-missing')) return 'gone'
    if (!isDamageOfOne(error)) throw error
    return 'spoilt'
  }
}
