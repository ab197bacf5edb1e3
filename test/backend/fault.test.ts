import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {isPocketError, type PocketError} from '../../src/errors.js'
import {testConformance} from './conformance.js'
import {faultyBackend} from './fault.js'
import {collect, pattern, rejectsWith} from './objects.js'

testConformance('fault, with no faults', async () => {
  const objects = new Map<string, Uint8Array>()
  return {backend: faultyBackend(createMemoryBackend(objects), []), other: createMemoryBackend(objects)}
})

test('fault: die fails the chosen call without effect, and every later one', async (t) => {
  const memory = createMemoryBackend()
  const backend = faultyBackend(memory, [{effect: 'die', call: 2}])
  await backend.put('a', pattern(1))
  await rejectsWith(t, backend.put('b', pattern(1)), 'io-failed')
  await rejectsWith(t, backend.get('a'), 'io-failed')
  await rejectsWith(t, collect(backend.list('')), 'io-failed')
  t.deepEqual(await collect(memory.list('')), [{name: 'a', sizeBytes: 1}])
  t.deepEqual(backend.calls, ['put a', 'put b', 'get a', 'list '])
})

test('fault: die-after lets the chosen call take effect', async (t) => {
  const memory = createMemoryBackend()
  const backend = faultyBackend(memory, [{effect: 'die-after'}])
  await rejectsWith(t, backend.put('a', pattern(1)), 'io-failed')
  await rejectsWith(t, backend.stat('a'), 'io-failed')
  t.deepEqual(await memory.stat('a'), {sizeBytes: 1})
})

test('fault: fail and fail-for-good fail once; only the first may be tried again', async (t) => {
  const backend = faultyBackend(createMemoryBackend(), [
    {effect: 'fail', verb: 'put'},
    {effect: 'fail-for-good', verb: 'put', call: 2},
  ])
  t.like(await t.throwsAsync<PocketError>(backend.put('a', pattern(1))), {retryable: true})
  t.like(await t.throwsAsync<PocketError>(backend.put('a', pattern(1))), {retryable: false})
  await backend.put('a', pattern(1))
  t.deepEqual(backend.unused(), [])
})

test('fault: truncate and flip damage what is stored by put and what is answered by get', async (t) => {
  const memory = createMemoryBackend()
  const backend = faultyBackend(memory, [
    {effect: 'truncate', verb: 'put', name: 'a'},
    {effect: 'flip', verb: 'put', name: 'b'},
    {effect: 'flip', verb: 'get', name: 'c'},
  ])
  for (const name of ['a', 'b', 'c']) await backend.put(name, new Uint8Array([1, 2, 3, 4]))
  t.deepEqual([...(await memory.get('a'))], [1, 2])
  t.deepEqual([...(await memory.get('b'))], [1, 2, 3, 5])
  t.deepEqual([...(await backend.get('c'))], [1, 2, 3, 5])
  t.deepEqual([...(await backend.get('c'))], [1, 2, 3, 4])
})

test('fault: lost-answer takes effect and fails', async (t) => {
  const memory = createMemoryBackend()
  const backend = faultyBackend(memory, [{effect: 'lost-answer', name: 'keys/'}])
  await backend.put('config', pattern(1))
  const error = await t.throwsAsync(backend.put('keys/a', pattern(1)))
  t.true(isPocketError(error) && error.retryable)
  t.is((await collect(memory.list(''))).length, 2)
})

test('fault: stall waits for release', async (t) => {
  const backend = faultyBackend(createMemoryBackend(), [{effect: 'stall'}])
  let isDone = false
  const put = backend.put('a', pattern(1)).then(() => {
    isDone = true
  })
  await backend.stat('a')
  t.false(isDone)
  backend.release()
  await put
  t.true(isDone)
})

test('fault: names the faults that never happened', async (t) => {
  const backend = faultyBackend(createMemoryBackend(), [
    {effect: 'fail', verb: 'remove'},
    {effect: 'fail', call: 3},
  ])
  await backend.stat('a')
  t.deepEqual(backend.unused(), [
    {effect: 'fail', verb: 'remove'},
    {effect: 'fail', call: 3},
  ])
})
