/** Opens a repository: reads its config, unlocks its master key, and puts the local cache in front of its backend. */
import {join} from 'node:path'
import type {Backend} from '../backend/backend.js'
import {cachedBackend} from '../backend/cache.js'
import {loadZstd} from '../compression/zstd.js'
import {type ErrorCode, isPocketError} from '../errors.js'
import type {ConfigRecord} from '../format/config.js'
import {SUITE} from '../format/head.js'
import type {ObjectId} from '../id.js'
import {equalBytes, toHex} from '../util/bytes.js'
import {inAdvance} from '../util/concurrency.js'
import {deriveKeys, type RepositoryKeys} from './key-schedule.js'
import {listKeyIds, type Secret, unlock, type UnlockedKey} from './key-store.js'
import {knownKey, refuseDecrypted, rememberEncrypted} from './known-encrypted.js'
import {CHUNKS_PREFIX, idInName, INDEX_PREFIX, SNAPSHOTS_PREFIX} from './names.js'
import {checkConfig, decodeStored, readConfig} from './read-config.js'
import {type OnWarning, Repository} from './repository.js'
import {areNamed, verifyingBackend} from './verifying.js'

export interface OpenOptions {
  /** Asked only when the repository is encrypted. */
  secret: () => Promise<Secret>
  /** The folder in which every repository has its cache; undefined for none. */
  cacheDirectory: string | undefined
  onWarning: OnWarning
  /**
   * Called when there are a config and a secret, before the key is unlocked, which takes a while of a password: with the repository's objects as
   * they are stored. More than once when the config has to be read again.
   */
  whileUnlocking?: (backend: Backend) => void
}

/** What a config says, and what opens the repository that it is of. */
interface Opened {
  config: ConfigRecord
  keys: RepositoryKeys
  unlocked: UnlockedKey | undefined
  /** This repository's folder in the cache. */
  own: string | undefined
}

/** Errors that come of a config that is not as it was written; of other things too. */
const MAY_BE_THE_CONFIG: ReadonlySet<ErrorCode> = new Set(['damaged-config', 'format-too-new', 'wrong-password', 'authentication-failed'])

/** Throws `repository-missing`, `not-a-repository`, `format-too-new`, `damaged-config`, `wrong-password`, and the backend's errors. */
export async function openRepositoryOn(stored: Backend, options: OpenOptions): Promise<Repository> {
  await loadZstd()
  const {onWarning} = options
  // Of a disk, what is read again is the same.
  const backend = stored.access.isReadingDear ? verifyingBackend(stored) : stored
  const {config, keys, unlocked, own} = await openConfig(backend, options)
  assumeConditionalCreate(backend, config)
  const treePacks = new Set<string>()
  const cached = own === undefined ? backend : withCache(backend, own, treePacks, onWarning)
  return new Repository({backend: cached, config, keys, unlocked, cacheDirectory: own, treePacks, onWarning})
}

/** Reads the config, and once more when nothing can be made of it or it may be why nothing opens: it may have been damaged on the way. */
async function openConfig(backend: Backend, options: OpenOptions): Promise<Opened> {
  // Where nothing can be known of the keys, they are listed while the config comes.
  const listed = options.cacheDirectory === undefined ? inAdvance(listKeyIds(backend)) : undefined
  let asked: Promise<Secret> | undefined
  const secret = (): Promise<Secret> => (asked ??= options.secret())
  const bytes = await readConfig(backend)
  const tryOpen = (config: Uint8Array): Promise<Opened> => unlockConfig(backend, config, {...options, secret, listed})
  try {
    return await tryOpen(bytes)
  } catch (error) {
    if (!isPocketError(error) || !MAY_BE_THE_CONFIG.has(error.code)) throw error
    const again = await readConfig(backend)
    if (equalBytes(bytes, again)) throw error
    return tryOpen(again)
  }
}

type UnlockOptions = OpenOptions & {listed: Promise<ObjectId[]> | undefined}

async function unlockConfig(backend: Backend, bytes: Uint8Array, options: UnlockOptions): Promise<Opened> {
  const {secret, cacheDirectory, onWarning, listed} = options
  const decoded = decodeStored(bytes)
  const {config} = decoded
  const own = cacheDirectory === undefined ? undefined : join(cacheDirectory, toHex(config.repositoryId))
  const given = config.suite === SUITE.none ? undefined : await secret()
  // Not before: who types a password may take hours, and what was read by then would be as old.
  options.whileUnlocking?.(backend)
  let unlocked: UnlockedKey | undefined
  if (given) {
    const known = own === undefined ? undefined : await knownKey(own)
    unlocked = await unlock(backend, {repositoryId: config.repositoryId, secret: given, onDamaged: onWarning, known, listed})
  }
  const keys = deriveKeys(unlocked?.masterKey)
  checkConfig(decoded, keys)
  if (own !== undefined) await (unlocked ? rememberEncrypted(own, unlocked.keyId, onWarning) : refuseDecrypted(own, backend.location))
  return {config, keys, unlocked, own}
}

/** Snapshots, index objects and tree packs are kept locally: what is read again and again, and never data. */
function withCache(backend: Backend, directory: string, treePacks: ReadonlySet<string>, onWarning: OnWarning): Backend {
  return cachedBackend(backend, {
    directory,
    isCached: (name) => {
      if (name.startsWith(INDEX_PREFIX) || name.startsWith(SNAPSHOTS_PREFIX)) return true
      return name.startsWith(CHUNKS_PREFIX) && treePacks.has(idInName(name) ?? '')
    },
    verify: (name, bytes) => idInName(name) !== undefined && areNamed(name, bytes),
    onWarning,
  })
}

/** Other clients need not find out again what the first one did. */
function assumeConditionalCreate({conditionalCreate}: Backend, {conditionalCreate: found}: ConfigRecord): void {
  if (found === 'supported' || found === 'refused' || found === 'ignored') conditionalCreate?.assume(found)
}
