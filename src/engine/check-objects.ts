/** Reads the small objects of a repository, past any copy of this machine: each is named by its hash, and must say something. */
import type {Backend} from '../backend/backend.js'
import {type Anticipated, readAhead} from '../backend/read-ahead.js'
import {type ErrorCode, isPocketError, PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {readForgotten} from '../repository/forgotten-store.js'
import {type IndexStoreContext, REPAIR_INDEX} from '../repository/index-store.js'
import {
  CHUNKS_PREFIX,
  FORGOTTEN_PREFIX,
  idInName,
  INDEX_PREFIX,
  KEYS_PREFIX,
  REMOVALS_PREFIX,
  SNAPSHOTS_PREFIX,
} from '../repository/names.js'
import {readRemoval} from '../repository/removal-store.js'
import type {Repository} from '../repository/repository.js'
import {compareNs, openSnapshot, type StoredSnapshot} from '../repository/snapshot-store.js'
import {areNamed} from '../repository/verifying.js'
import {mapBounded} from '../util/concurrency.js'
import {isDamageOfOne} from './check-packs.js'

interface ReadObject {
  id: ObjectId
  name: string
  stored: Uint8Array
  checked: CheckedObjects
}

interface ObjectKind {
  prefix: string
  /** Of an object that is not as it was written. */
  code: ErrorCode
  /** Whether one of a later version is told as damage. */
  takesNewer?: true
  /** Throws when nothing can be made of the bytes. */
  take: (repository: Repository, object: ReadObject) => void
}

/** In the order in which whoever reads goes through them: what a snapshot needs was indexed before it was there. */
const KINDS: readonly ObjectKind[] = [
  // What one holds only its password tells.
  {prefix: KEYS_PREFIX, code: 'damaged-key', take: (_repository, {name, stored}) => requireKeyNamed(name, stored)},
  {
    prefix: SNAPSHOTS_PREFIX,
    code: 'damaged-snapshot',
    takesNewer: true,
    take: (repository, {id, stored, checked}) => void checked.snapshots.push({id, record: openSnapshot(repository, id, stored)}),
  },
  {
    prefix: FORGOTTEN_PREFIX,
    code: 'damaged-snapshot',
    take: (repository, {id, stored}) => void readForgotten(repository, id, stored),
  },
  {
    prefix: REMOVALS_PREFIX,
    code: 'damaged-removal',
    take: ({sealing}, {id, stored}) => void readRemoval(sealing, id, stored),
  },
]

/** What was read of them. */
export interface CheckedObjects {
  /** Those that can be read in the repository itself, oldest first: neighbours share what is kept of trees. */
  snapshots: StoredSnapshot[]
  lostSnapshots: number
}

/** What a check reads first, none of which takes a key. */
const FIRST: Anticipated = {
  read: [KEYS_PREFIX, SNAPSHOTS_PREFIX, FORGOTTEN_PREFIX, REMOVALS_PREFIX, INDEX_PREFIX],
  listed: [CHUNKS_PREFIX],
  isWanted: (name) => idInName(name) !== undefined,
}

/** `backend`, which is being asked already for what a check reads first. */
export function readCheckAhead(backend: Backend): Backend {
  return readAhead(backend, FIRST)
}

export interface ObjectCheck {
  /** What is read and listed by. */
  backend: Backend
  onDamaged: (problem: PocketError) => void
  /** Told of an object that Pocket does not name so. */
  onAlien: (name: string, sizeBytes: number) => void
}

/** Each that is damaged or alien is told. Those of the index are read after this, by way of `freshIndexStore`. */
export async function checkObjects(repository: Repository, {backend, onDamaged, onAlien}: ObjectCheck): Promise<CheckedObjects> {
  const checked: CheckedObjects = {snapshots: [], lostSnapshots: 0}
  for (const kind of KINDS) {
    const names: string[] = []
    for await (const {name, sizeBytes} of backend.list(kind.prefix)) {
      if (name === kind.prefix + idInName(name)) names.push(name)
      else onAlien(name, sizeBytes)
    }
    await mapBounded(names, backend.access.parallelCalls, async (name) => {
      try {
        kind.take(repository, {id: idInName(name)!, name, stored: await backend.get(name, {isFresh: true}), checked})
      } catch (error) {
        // Merged with others, or removed, since it was listed.
        if (isPocketError(error, 'object-missing')) return
        if (!isPocketError(error, kind.code) && !(kind.takesNewer && isPocketError(error, 'format-too-new')) && !isDamageOfOne(error))
          throw error
        if (kind.prefix === SNAPSHOTS_PREFIX) checked.lostSnapshots++
        onDamaged(error)
      }
    })
  }
  for await (const {name, sizeBytes} of backend.list(INDEX_PREFIX)) {
    if (name !== INDEX_PREFIX + idInName(name)) onAlien(name, sizeBytes)
  }
  checked.snapshots.sort((a, b) => compareNs(a.record.timeNs, b.record.timeNs) || (a.id < b.id ? -1 : 1))
  return checked
}

/** The index as it is in the repository itself, past any copy of this machine; what cannot be read of it is told to `onDamaged`. */
export function freshIndexStore(
  repository: Repository,
  {backend, onDamaged}: Pick<ObjectCheck, 'backend' | 'onDamaged'>,
): IndexStoreContext {
  const read = async (name: string): Promise<Uint8Array> => {
    try {
      return await backend.get(name, {isFresh: true})
    } catch (error) {
      if (isPocketError(error, 'object-missing') || !isDamageOfOne(error)) throw error
      throw new PocketError('damaged-index', error.message, {hint: REPAIR_INDEX, cause: error})
    }
  }
  return {...repository.indexStore, onDamaged, read}
}

function requireKeyNamed(name: string, stored: Uint8Array): void {
  if (areNamed(name, stored)) return
  throw new PocketError('damaged-key', `'${name}' is not as it was written`, {
    hint: 'use another password or key file, and remove this one',
  })
}
