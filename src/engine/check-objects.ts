/** Reads the small objects of a repository, past any copy of this machine: each is named by its hash, and must say something. */
import {type ErrorCode, isPocketError, PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {readForgotten} from '../repository/forgotten-store.js'
import {readIndexObject} from '../repository/index-store.js'
import {FORGOTTEN_PREFIX, idInName, INDEX_PREFIX, KEYS_PREFIX, REMOVALS_PREFIX, SNAPSHOTS_PREFIX} from '../repository/names.js'
import {readRemoval} from '../repository/removal-store.js'
import type {Repository} from '../repository/repository.js'
import {areNamed} from '../repository/verifying.js'
import {mapBounded} from '../util/concurrency.js'
import {isDamageOfOne} from './check-packs.js'

interface ObjectKind {
  prefix: string
  /** Of an object whose bytes are not those of its name. */
  code: ErrorCode
  hint: string
  /** Throws when nothing can be made of the bytes. Keys and snapshots are opened where they are used. */
  decode?: (repository: Repository, id: ObjectId, stored: Uint8Array) => unknown
}

/** In the order in which whoever reads goes through them: what a snapshot needs was indexed before it was there. */
const KINDS: readonly ObjectKind[] = [
  {prefix: KEYS_PREFIX, code: 'damaged-key', hint: 'use another password or key file, and remove this one'},
  {
    prefix: SNAPSHOTS_PREFIX,
    code: 'damaged-snapshot',
    hint: 'this snapshot is lost unless you have a copy of the object; others are not affected',
  },
  {
    prefix: FORGOTTEN_PREFIX,
    code: 'damaged-snapshot',
    hint: 'this forgotten snapshot can not be brought back; nothing else is affected',
    decode: (repository, id, stored) => readForgotten(repository, id, stored),
  },
  {
    prefix: REMOVALS_PREFIX,
    code: 'damaged-removal',
    hint: "'pocket prune' goes on with what it had begun; then remove the object from the repository",
    decode: ({sealing}, id, stored) => readRemoval(sealing, id, stored),
  },
  {
    prefix: INDEX_PREFIX,
    code: 'damaged-index',
    hint: "'pocket repair index' takes in again the packs that it named",
    decode: ({sealing}, id, stored) => readIndexObject(sealing, id, stored),
  },
]

/** Names of those that are damaged; each is told to `onDamaged`. */
export async function checkObjects(repository: Repository, onDamaged: (problem: PocketError) => void): Promise<Set<string>> {
  const spoilt = new Set<string>()
  for (const kind of KINDS) {
    const names: string[] = []
    for await (const {name} of repository.backend.list(kind.prefix)) if (idInName(name)) names.push(name)
    await mapBounded(names, repository.backend.access.parallelCalls, async (name) => {
      const problem = await problemOf(repository, kind, name)
      if (!problem) return
      spoilt.add(name)
      onDamaged(problem)
    })
  }
  return spoilt
}

async function problemOf(repository: Repository, {code, hint, decode}: ObjectKind, name: string): Promise<PocketError | undefined> {
  try {
    const stored = await repository.backend.get(name, {isFresh: true})
    if (!areNamed(name, stored)) return new PocketError(code, `'${name}' is not as it was written`, {hint})
    decode?.(repository, idInName(name)!, stored)
    return undefined
  } catch (error) {
    // Merged with others, or removed, since it was listed.
    if (isPocketError(error, 'object-missing')) return undefined
    if (isPocketError(error, code) || isDamageOfOne(error)) return error
    throw error
  }
}
