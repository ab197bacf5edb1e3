import {createMemoryBackend} from '../../src/backend/memory.js'
import {testConformance} from './conformance.js'

testConformance('memory', async () => {
  const objects = new Map<string, Uint8Array>()
  return {backend: createMemoryBackend(objects), other: createMemoryBackend(objects)}
})
