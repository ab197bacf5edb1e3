/** Makes a new repository on an empty backend. */
import {randomBytes} from 'node:crypto'
import type {Backend} from '../backend/backend.js'
import {DEFAULT_CHUNKER} from '../chunker/parameters.js'
import {createHasher} from '../crypto/blake3.js'
import {isPocketError, PocketError} from '../errors.js'
import {type ConfigRecord, encodeConfig, REMOVAL_VERSION} from '../format/config.js'
import {SUITE} from '../format/head.js'
import type {ObjectId} from '../id.js'
import {nowNs} from '../util/clock.js'
import {PROGRAM} from '../util/version.js'
import {deriveKeys, KEY_BYTES} from './key-schedule.js'
import {saveKey, type Secret} from './key-store.js'
import {CHUNKS_PREFIX, CONFIG_NAME, INDEX_PREFIX, keyName, SNAPSHOTS_PREFIX} from './names.js'

/** Half as much again as 1 MiB stores a source tree 1.4 % smaller: docs/decisions/0005-frame-size.md. */
const FRAME_TARGET_BYTES = 1536 * 1024
const REPOSITORY_ID_BYTES = 32

export interface CreatedRepository {
  config: ConfigRecord
  /** The key object that the secret opens; none without encryption. */
  keyId: ObjectId | undefined
}

export interface CreateOptions {
  /** A name for the key, for people. */
  label?: string
  /** Called before the config is written: an error before says that there is no repository, one after it does not. */
  onCommit?: () => void
}

/**
 * Makes the repository: its first key, then its config, whose presence makes it one. `secret` of type `none` makes one without
 * encryption. Throws `repository-exists`, and the backend's errors.
 */
export async function createRepository(
  backend: Backend,
  secret: Secret,
  {label, onCommit}: CreateOptions = {},
): Promise<CreatedRepository> {
  await refuseExisting(backend)
  const isEncrypted = secret.type !== 'none'
  const config: ConfigRecord = {
    version: REMOVAL_VERSION,
    repositoryId: randomBytes(REPOSITORY_ID_BYTES),
    suite: isEncrypted ? SUITE.aes256Gcm : SUITE.none,
    chunker: {...DEFAULT_CHUNKER},
    packTargetBytes: backend.access.packBytes,
    frameTargetBytes: FRAME_TARGET_BYTES,
    createdNs: nowNs(),
    createdBy: PROGRAM,
    conditionalCreate: await backend.conditionalCreate?.probe(),
  }
  if (!isEncrypted) {
    onCommit?.()
    await putConfig(backend, encodeConfig(config))
    return {config, keyId: undefined}
  }
  const masterKey = randomBytes(KEY_BYTES)
  const keyId = await saveKey(backend, {repositoryId: config.repositoryId, masterKey, secret, label})
  const {configKey} = deriveKeys(masterKey)
  const bytes = encodeConfig(config, (unsigned) => authenticateConfig(configKey, unsigned))
  onCommit?.()
  try {
    await putConfig(backend, bytes)
  } catch (error) {
    // Another was faster: this key opens nothing, and must not be taken for one that does.
    if (isPocketError(error, 'repository-exists')) await backend.remove(keyName(keyId))
    throw error
  }
  return {config, keyId}
}

/** What authenticates a config: BLAKE3 of it under the repository's config key. */
export function authenticateConfig(configKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHasher(configKey).update(bytes).digest()
}

/** One list is left at the first object that tells. */
async function refuseExisting(backend: Backend): Promise<void> {
  if (await backend.stat(CONFIG_NAME)) throw alreadyThere(backend)
  for await (const {name} of backend.list('')) {
    if (![CHUNKS_PREFIX, INDEX_PREFIX, SNAPSHOTS_PREFIX].some((prefix) => name.startsWith(prefix))) continue
    throw new PocketError('damaged-config', `'${backend.location}' is a repository that has lost its config: '${name}' is there`, {
      hint: "put back a copy of the object 'config', or name another place",
    })
  }
}

async function putConfig(backend: Backend, bytes: Uint8Array): Promise<void> {
  try {
    await backend.put(CONFIG_NAME, bytes, {ifAbsent: true})
  } catch (error) {
    if (isPocketError(error, 'object-exists')) throw alreadyThere(backend, error)
    throw error
  }
}

function alreadyThere(backend: Backend, cause?: unknown): PocketError {
  return new PocketError('repository-exists', `there is a repository at '${backend.location}' already`, {
    hint: 'use it as it is, or name another place',
    cause,
  })
}
