/** Opens a repository: reads its config, unlocks its master key, and puts the local cache in front of its backend. */
import {join} from 'node:path'
import type {Backend} from '../backend/backend.js'
import {cachedBackend} from '../backend/cache.js'
import {loadZstd} from '../compression/zstd.js'
import {hash} from '../crypto/blake3.js'
import {isPocketError, PocketError} from '../errors.js'
import {type ConfigRecord, decodeConfig, type DecodedConfig} from '../format/config.js'
import {SUITE} from '../format/head.js'
import {equalBytes, toHex} from '../util/bytes.js'
import {inAdvance} from '../util/concurrency.js'
import {authenticateConfig} from './create.js'
import {deriveKeys, type RepositoryKeys} from './key-schedule.js'
import {listKeyIds, type Secret, unlock, type UnlockedKey} from './key-store.js'
import {knownKey, refuseDecrypted, rememberEncrypted} from './known-encrypted.js'
import {CHUNKS_PREFIX, CONFIG_NAME, idInName, INDEX_PREFIX, KEYS_PREFIX, SNAPSHOTS_PREFIX} from './names.js'
import {type OnWarning, Repository} from './repository.js'

/** Where a repository's objects lie. */
const PREFIXES = [KEYS_PREFIX, SNAPSHOTS_PREFIX, INDEX_PREFIX, CHUNKS_PREFIX]

export interface OpenOptions {
  /** Asked only when the repository is encrypted. */
  secret: () => Promise<Secret>
  /** The folder in which every repository has its cache; undefined for none. */
  cacheDirectory: string | undefined
  onWarning: OnWarning
}

/** Throws `repository-missing`, `not-a-repository`, `format-too-new`, `damaged-config`, `wrong-password`, and the backend's errors. */
export async function openRepositoryOn(backend: Backend, {secret, cacheDirectory, onWarning}: OpenOptions): Promise<Repository> {
  await loadZstd()
  // Where nothing can be known of the keys, they are listed while the config comes.
  const listed = cacheDirectory === undefined ? inAdvance(listKeyIds(backend)) : undefined
  const decoded = await readConfig(backend)
  const {config} = decoded
  const own = cacheDirectory === undefined ? undefined : join(cacheDirectory, toHex(config.repositoryId))
  let unlocked: UnlockedKey | undefined
  if (config.suite !== SUITE.none) {
    const known = own === undefined ? undefined : await knownKey(own)
    unlocked = await unlock(backend, {repositoryId: config.repositoryId, secret: await secret(), onDamaged: onWarning, known, listed})
  }
  const keys = deriveKeys(unlocked?.masterKey)
  checkConfig(decoded, keys)
  assumeConditionalCreate(backend, config)
  if (own !== undefined) await (unlocked ? rememberEncrypted(own, unlocked.keyId, onWarning) : refuseDecrypted(own, backend.location))
  const treePacks = new Set<string>()
  const cached = own === undefined ? backend : withCache(backend, own, treePacks, onWarning)
  return new Repository({backend: cached, config, keys, unlocked, cacheDirectory: own, treePacks, onWarning})
}

/** Snapshots, index objects and tree packs are kept locally: what is read again and again, and never data. */
function withCache(backend: Backend, directory: string, treePacks: ReadonlySet<string>, onWarning: OnWarning): Backend {
  return cachedBackend(backend, {
    directory,
    isCached: (name) => {
      if (name.startsWith(INDEX_PREFIX) || name.startsWith(SNAPSHOTS_PREFIX)) return true
      return name.startsWith(CHUNKS_PREFIX) && treePacks.has(idInName(name) ?? '')
    },
    verify: (name, bytes) => toHex(hash(bytes)) === idInName(name),
    onWarning,
  })
}

async function readConfig(backend: Backend): Promise<DecodedConfig> {
  let bytes: Uint8Array
  try {
    bytes = await backend.get(CONFIG_NAME)
  } catch (error) {
    if (!isPocketError(error, 'object-missing')) throw error
    throw await missing(backend, error)
  }
  try {
    return decodeConfig(bytes)
  } catch (error) {
    if (!isPocketError(error, 'damaged-config')) throw error
    throw new PocketError('damaged-config', `the object 'config' is damaged: ${error.message}`, {
      hint: 'put back a copy of it',
      cause: error,
    })
  }
}

/** A place that has lost its config is not an empty one: making a repository there would hide what is left of the old. */
async function missing(backend: Backend, cause: unknown): Promise<PocketError> {
  const remains = await findRemains(backend)
  if (remains !== undefined) {
    return new PocketError('damaged-config', `the repository at '${backend.location}' has lost its config, though '${remains}' is there`, {
      hint: "put back a copy of the object 'config'",
      cause,
    })
  }
  return new PocketError('repository-missing', `there is no repository at '${backend.location}'`, {
    hint: `check the path and that its disk is mounted, or make one with 'pocket init --repository ${backend.location}'`,
    cause,
  })
}

async function findRemains(backend: Backend): Promise<string | undefined> {
  try {
    for (const prefix of PREFIXES) for await (const {name} of backend.list(prefix)) return name
  } catch (error) {
    // The place itself is not there.
    if (!isPocketError(error, 'io-failed')) throw error
  }
  return undefined
}

/** Other clients need not find out again what the first one did. */
function assumeConditionalCreate({conditionalCreate}: Backend, {conditionalCreate: found}: ConfigRecord): void {
  if (found === 'supported' || found === 'refused' || found === 'ignored') conditionalCreate?.assume(found)
}

function checkConfig({config, authenticated, authentication}: DecodedConfig, keys: RepositoryKeys): void {
  if (config.suite === SUITE.none) return
  const expected = authenticateConfig(keys.configKey, authenticated)
  if (authentication && equalBytes(expected, authentication)) return
  throw new PocketError('damaged-config', "the object 'config' is not as this repository's key sealed it", {
    hint: "put back a copy of the object 'config'",
  })
}
