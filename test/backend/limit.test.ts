import {limitedBackend} from '../../src/backend/limit.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {testConformance} from './conformance.js'

testConformance('limit', async () => {
  const objects = new Map<string, Uint8Array>()
  const limits = {uploadBytesPerSecond: 1e9, downloadBytesPerSecond: 1e9}
  return {backend: limitedBackend(createMemoryBackend(objects), limits), other: createMemoryBackend(objects)}
})
