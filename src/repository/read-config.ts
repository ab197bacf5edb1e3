/** Reads the object that makes a place a repository, and says what is wrong where it cannot be read. */
import type {Backend} from '../backend/backend.js'
import {isPocketError, PocketError} from '../errors.js'
import {decodeConfig, type DecodedConfig} from '../format/config.js'
import {SUITE} from '../format/head.js'
import {equalBytes} from '../util/bytes.js'
import {authenticateConfig} from './create.js'
import type {RepositoryKeys} from './key-schedule.js'
import {CHUNKS_PREFIX, CONFIG_NAME, FORGOTTEN_PREFIX, INDEX_PREFIX, KEYS_PREFIX, SNAPSHOTS_PREFIX} from './names.js'

/** Where a repository's objects lie. */
const PREFIXES = [KEYS_PREFIX, SNAPSHOTS_PREFIX, INDEX_PREFIX, CHUNKS_PREFIX, FORGOTTEN_PREFIX]

/** The stored bytes. Throws `repository-missing`; `damaged-config` when only the config is missing. */
export async function readConfig(backend: Backend): Promise<Uint8Array> {
  try {
    return await backend.get(CONFIG_NAME)
  } catch (error) {
    if (!isPocketError(error, 'object-missing')) throw error
    throw await missing(backend, error)
  }
}

/** Throws `not-a-repository`, `damaged-config`, `format-too-new`. */
export function decodeStored(bytes: Uint8Array): DecodedConfig {
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
    hint: `check the location${backend.traffic ? '' : ' and that its disk is mounted'}, or make one with 'pocket init --repository ${backend.location}'`,
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

/** Throws `damaged-config` unless the config is as the repository's key has sealed it. */
export function checkConfig({config, authenticated, authentication}: DecodedConfig, keys: RepositoryKeys): void {
  if (config.suite === SUITE.none) return
  const expected = authenticateConfig(keys.configKey, authenticated)
  if (authentication && equalBytes(expected, authentication)) return
  throw new PocketError('damaged-config', "the object 'config' is not as this repository's key sealed it", {
    hint: "put back a copy of the object 'config'",
  })
}
