import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {countedBackend} from '../../src/backend/count.js'
import {wrapBackend} from '../../src/backend/wrap.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {testConformance} from './conformance.js'
import {collect, createSink, pattern, rejectsWith} from './objects.js'

testConformance('count', async () => {
  const objects = new Map<string, Uint8Array>()
  return {backend: countedBackend(createMemoryBackend(objects)), other: createMemoryBackend(objects)}
})

test('count: counts calls by verb and bytes that went up and down', async (t) => {
  const backend = countedBackend(createMemoryBackend())
  await backend.put('a', [pattern(10), pattern(5)])
  await backend.put('b', pattern(100), {ifAbsent: true})
  await backend.get('a')
  await backend.get('b', {range: {start: 0, length: 30}})
  await backend.get('b', {range: {suffix: 2}})
  await backend.stat('a')
  await collect(backend.list(''))
  await backend.remove('a')
  t.deepEqual(backend.counts, {put: 2, get: 3, stat: 1, list: 1, remove: 1, bytesUp: 115, bytesDown: 47})
})

test('count: a call that fails counts, its bytes do not', async (t) => {
  const backend = countedBackend(createMemoryBackend())
  await backend.put('a', pattern(10))
  await rejectsWith(t, backend.put('a', pattern(10), {ifAbsent: true}), 'object-exists')
  await rejectsWith(t, backend.get('b'), 'object-missing')
  t.like(backend.counts, {put: 2, get: 1, bytesUp: 10, bytesDown: 0})
})

test('count: bytes that go to a sink are counted as those that are answered', async (t) => {
  const memory = createMemoryBackend()
  await memory.put('a', pattern(1000))
  const get: Backend['get'] = async (name, options) => {
    const bytes = await memory.get(name, options)
    options?.sink?.write(bytes.subarray(0, 600))
    return bytes.subarray(600)
  }
  const backend = countedBackend(wrapBackend(memory, {get}))
  await backend.get('a', {range: {start: 0, length: 1000}, sink: createSink()})
  t.is(backend.counts.bytesDown, 1000)
})
