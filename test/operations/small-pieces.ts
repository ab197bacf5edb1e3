/** Makes a repository whose chunks, frames and packs are small, so that a few MB already make hundreds of objects. */
import {randomBytes} from 'node:crypto'
import type {Backend} from '../../src/backend/backend.js'
import {createLocalBackend} from '../../src/backend/local.js'
import {encodeConfig} from '../../src/format/config.js'
import {SUITE} from '../../src/format/head.js'
import {authenticateConfig} from '../../src/repository/create.js'
import {deriveKeys} from '../../src/repository/key-schedule.js'
import {saveKey} from '../../src/repository/key-store.js'
import {emptyPlace, KEY_FILE, type Place} from './repository-place.js'

export const SMALL_PACK_BYTES = 128 * 1024
export const SMALL_FRAME_BYTES = 32 * 1024

/** Opened by `KEY_FILE`. */
export async function createSmallPieces(backend: Backend, random: (length: number) => Uint8Array = randomBytes): Promise<void> {
  const repositoryId = random(32)
  const masterKey = random(32)
  const {configKey} = deriveKeys(masterKey)
  await saveKey(backend, {repositoryId, masterKey, secret: KEY_FILE})
  const config = {
    repositoryId,
    suite: SUITE.aes256Gcm,
    chunker: {minSize: 1024, averageSize: 4096, maxSize: 16_384, normalization: 2 as const},
    packTargetBytes: SMALL_PACK_BYTES,
    frameTargetBytes: SMALL_FRAME_BYTES,
    createdNs: 0n,
    createdBy: 'a test',
  }
  await backend.put(
    'config',
    encodeConfig(config, (bytes) => authenticateConfig(configKey, bytes)),
  )
}

/** As `createPlace`. */
export async function createSmallPlace(t: {teardown(remove: () => void): void}): Promise<Place> {
  const place = emptyPlace(t)
  const backend = await createLocalBackend(place.location)
  await createSmallPieces(backend)
  await backend.close()
  return place
}
