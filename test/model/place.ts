/** The repositories of models: so small pieces that little data makes many objects. */
import type {Backend} from '../../src/backend/backend.js'
import {encodeConfig} from '../../src/format/config.js'
import {SUITE} from '../../src/format/head.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import type {Repository} from '../../src/repository/repository.js'
import type {Random} from './random.js'

export async function createModelRepository(backend: Backend, random: Random): Promise<void> {
  const config = {
    version: 2 as const,
    repositoryId: random.bytes(32),
    suite: SUITE.none,
    chunker: {minSize: 1024, averageSize: 4096, maxSize: 16_384, normalization: 2 as const},
    packTargetBytes: 8 * 1024,
    frameTargetBytes: 2 * 1024,
    createdNs: 0n,
    createdBy: 'a model',
  }
  await backend.put('config', encodeConfig(config))
}

export function openModel(backend: Backend, cacheDirectory?: string): Promise<Repository> {
  return openRepositoryOn(backend, {secret: () => Promise.reject(new Error('not encrypted')), cacheDirectory, onWarning: () => undefined})
}
