import {setImmediate} from 'node:timers/promises'
import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {type Retry, retryingBackend} from '../../src/backend/retry.js'
import {PocketError} from '../../src/errors.js'
import {testConformance} from './conformance.js'
import {type Fault, faultyBackend} from './fault.js'
import {collect, pattern, rejectsWith} from './objects.js'

const sleep = async () => {}

testConformance('retry', async () => {
  const objects = new Map<string, Uint8Array>()
  return {backend: retryingBackend(createMemoryBackend(objects), {sleep}), other: createMemoryBackend(objects)}
})

testConformance('retry over a backend that loses the answer of every first call', async () => {
  const objects = new Map<string, Uint8Array>()
  const faults: Fault[] = (['put', 'get', 'stat', 'list', 'remove'] as const).map((verb) => ({effect: 'lost-answer', verb}))
  const backend = retryingBackend(faultyBackend(createMemoryBackend(objects), faults), {sleep})
  return {backend, other: createMemoryBackend(objects)}
})

test('retry: makes a call again until it succeeds', async (t) => {
  const faults: Fault[] = [1, 2, 3].map((call) => ({effect: 'fail', verb: 'put', call}))
  const faulty = faultyBackend(createMemoryBackend(), faults)
  await retryingBackend(faulty, {sleep}).put('a', pattern(1))
  t.is(faulty.calls.length, 4)
  t.deepEqual(faulty.unused(), [])
})

test('retry: gives up after the attempts it may make, with the last error', async (t) => {
  const faults: Fault[] = [1, 2, 3].map((call) => ({effect: 'fail', call}))
  const faulty = faultyBackend(createMemoryBackend(), faults)
  const error = await t.throwsAsync(retryingBackend(faulty, {sleep, attempts: 3}).get('a'))
  t.is(error?.message, 'call 3 fails on purpose')
  t.is(faulty.calls.length, 3)
})

test('retry: does not repeat what cannot succeed', async (t) => {
  const faulty = faultyBackend(createMemoryBackend(), [{effect: 'fail-for-good'}])
  const backend = retryingBackend(faulty, {sleep})
  await rejectsWith(t, backend.put('a', pattern(1)), 'io-failed')
  await rejectsWith(t, backend.get('a'), 'object-missing')
  t.is(faulty.calls.length, 2)
})

test('retry: a bug of the backend is thrown at once', async (t) => {
  let calls = 0
  const broken: Backend = {
    ...createMemoryBackend(),
    get: async () => {
      calls += 1
      throw new TypeError('a bug')
    },
  }
  await t.throwsAsync(retryingBackend(broken, {sleep}).get('a'), {instanceOf: TypeError})
  t.is(calls, 1)
})

test('retry: pauses double up to the longest, shortened at random by up to a half', async (t) => {
  const delays = async (random: number) => {
    const pauses: number[] = []
    const told: Retry[] = []
    const faults: Fault[] = [1, 2, 3, 4, 5, 6].map((call) => ({effect: 'fail', call}))
    const backend = retryingBackend(faultyBackend(createMemoryBackend(), faults), {
      attempts: 7,
      firstDelayMs: 100,
      longestDelayMs: 1000,
      random: () => random,
      sleep: async (delayMs) => pauses.push(delayMs),
      onRetry: (retry) => told.push(retry),
    })
    await backend.stat('a')
    t.deepEqual(
      told.map(({delayMs}) => delayMs),
      pauses,
    )
    t.deepEqual(
      told.map(({attempt}) => attempt),
      [1, 2, 3, 4, 5, 6],
    )
    return pauses
  }
  t.deepEqual(await delays(0), [100, 200, 400, 800, 1000, 1000])
  t.deepEqual(await delays(1), [50, 100, 200, 400, 500, 500])
})

test('retry: waits for the pause to end before the next attempt', async (t) => {
  const faulty = faultyBackend(createMemoryBackend(), [{effect: 'fail'}])
  let wake = (): void => undefined
  const pause = new Promise<void>((resolve) => {
    wake = resolve
  })
  const stat = retryingBackend(faulty, {sleep: () => pause}).stat('a')
  await setImmediate()
  t.is(faulty.calls.length, 1)
  wake()
  await stat
  t.is(faulty.calls.length, 2)
})

test('retry: pauses are of real time where no other is given', async (t) => {
  const backend = retryingBackend(faultyBackend(createMemoryBackend(), [{effect: 'fail'}]), {firstDelayMs: 60})
  const start = performance.now()
  await backend.stat('a')
  t.true(performance.now() - start >= 29)
})

test('retry: a put with ifAbsent whose answer was lost succeeds', async (t) => {
  const faulty = faultyBackend(createMemoryBackend(), [{effect: 'lost-answer', verb: 'put'}])
  await retryingBackend(faulty, {sleep}).put('config', [pattern(10), pattern(5)], {ifAbsent: true})
  t.is((await faulty.get('config')).length, 15)
})

test('retry: a put with ifAbsent that failed while another won says object-exists', async (t) => {
  const memory = createMemoryBackend()
  const faulty = faultyBackend(memory, [{effect: 'fail', verb: 'put'}])
  const backend = retryingBackend(faulty, {sleep: () => memory.put('config', pattern(10, 9))})
  await rejectsWith(t, backend.put('config', pattern(10), {ifAbsent: true}), 'object-exists')
})

test('retry: a put with ifAbsent of what is there already says object-exists, also with the same bytes', async (t) => {
  const memory = createMemoryBackend()
  await memory.put('config', pattern(10))
  await rejectsWith(t, retryingBackend(memory, {sleep}).put('config', pattern(10), {ifAbsent: true}), 'object-exists')
})

test('retry: a list that breaks in the middle gives every object once', async (t) => {
  const memory = createMemoryBackend()
  for (const name of ['a', 'b', 'c', 'd']) await memory.put(name, pattern(1))
  let lists = 0
  const breaking: Backend = {
    ...memory,
    location: 'breaking',
    async *list(prefix) {
      lists += 1
      let given = 0
      for await (const object of memory.list(prefix)) {
        if (lists <= 3 && given === lists) throw new PocketError('io-failed', 'broken', {retryable: true})
        given += 1
        yield object
      }
    },
  }
  t.deepEqual(
    (await collect(retryingBackend(breaking, {sleep}).list(''))).map(({name}) => name),
    ['a', 'b', 'c', 'd'],
  )
  t.is(lists, 4)
})

test('retry: once a call has succeeded, it is time that counts and not attempts', async (t) => {
  let time = 0
  const faults: Fault[] = Array.from({length: 20}, (_, index) => ({effect: 'fail', verb: 'get', call: index + 2}))
  const faulty = faultyBackend(createMemoryBackend(new Map([['a', pattern(1)]])), faults)
  const options = {
    attempts: 4,
    patienceMs: 60_000,
    now: () => time,
    sleep: async (delayMs: number) => void (time += delayMs),
    random: () => 0,
  }
  const backend = retryingBackend(faulty, {...options, longestDelayMs: 5000, firstDelayMs: 1000})
  await backend.get('a')
  const error = await t.throwsAsync(backend.get('a'))
  t.regex(error?.message ?? '', /fails on purpose/)
  // 1 + 2 + 4 seconds, then 5 each: the minute is over after the 15th.
  t.is(faulty.calls.length, 1 + 15)
})

test('retry: before any call has succeeded the attempts count, and each pause is told', async (t) => {
  const retries: Retry[] = []
  const faulty = faultyBackend(
    createMemoryBackend(),
    [1, 2, 3, 4, 5].map((call) => ({effect: 'fail', call})),
  )
  const backend = retryingBackend(faulty, {
    attempts: 4,
    patienceMs: 60_000,
    sleep,
    random: () => 0,
    onRetry: (retry) => retries.push(retry),
  })
  await t.throwsAsync(backend.get('a'), {message: 'call 4 fails on purpose'})
  t.deepEqual(
    retries.map(({attempt, attempts, delayMs}) => ({attempt, attempts, delayMs})),
    [250, 500, 1000].map((delayMs, index) => ({attempt: index + 1, attempts: 4, delayMs})),
  )
})

test('retry: an aborted signal ends the pause with the error that it was for', async (t) => {
  const controller = new AbortController()
  const faulty = faultyBackend(createMemoryBackend(), [{effect: 'fail'}])
  const backend = retryingBackend(faulty, {
    sleep: () => new Promise(() => undefined),
    signal: controller.signal,
    onRetry: () => controller.abort(),
  })
  await t.throwsAsync(backend.get('a'), {message: 'call 1 fails on purpose'})
  t.is(faulty.calls.length, 1)
})
