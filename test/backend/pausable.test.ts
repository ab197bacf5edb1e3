import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import {cachedBackend} from '../../src/backend/cache.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {pausableBackend} from '../../src/backend/pausable.js'
import {retryingBackend} from '../../src/backend/retry.js'
import {openBackend} from '../../src/operations/open-backend.js'
import {PauseGate} from '../../src/util/pause-gate.js'
import {testConformance} from './conformance.js'
import {type Fault, faultyBackend} from './fault.js'
import {collect, pattern} from './objects.js'
import {temporaryFolder} from './temporary-folder.js'

testConformance('pausable', async () => {
  const objects = new Map<string, Uint8Array>()
  return {backend: pausableBackend(createMemoryBackend(objects), new PauseGate()), other: createMemoryBackend(objects)}
})

/** Whether `work` has ended, soon after. */
async function hasEnded(work: Promise<unknown>): Promise<boolean> {
  return Promise.race([work.then(() => true), setTimeout(50, false)])
}

test('pausable: no call is begun while it is paused, and each is made when that is over', async (t) => {
  const gate = new PauseGate()
  const faulty = faultyBackend(createMemoryBackend(), [])
  const backend = pausableBackend(faulty, gate)
  await backend.put('a', pattern(1))
  gate.pause()
  const begun = faulty.calls.length
  const calls = [backend.put('b', pattern(2)), backend.get('a'), backend.stat('a'), collect(backend.list('')), backend.remove('none')]
  for (const call of calls) t.false(await hasEnded(call))
  t.is(faulty.calls.length, begun)
  gate.resume()
  await Promise.all(calls)
  t.is(faulty.calls.length, begun + 5)
})

test('pausable: a list that is under way goes no further', async (t) => {
  const gate = new PauseGate()
  const backend = pausableBackend(createMemoryBackend(), gate)
  for (const name of ['a', 'b', 'c']) await backend.put(name, pattern(1))
  const objects = backend.list('')[Symbol.asyncIterator]()
  t.is((await objects.next()).value?.name, 'a')
  gate.pause()
  const next = objects.next()
  t.false(await hasEnded(next))
  gate.resume()
  t.is((await next).value?.name, 'b')
})

test('pausable: protecting objects is held back, too', async (t) => {
  const gate = new PauseGate()
  const extended: string[] = []
  const retention = {
    days: 1,
    now: () => 5,
    until: () => Promise.resolve(undefined),
    extend: async (name: string) => void extended.push(name),
  }
  const backend = pausableBackend({...createMemoryBackend(), retention}, gate)
  gate.pause()
  t.is(backend.retention?.now(), 5)
  const extending = backend.retention?.extend('a', 1) ?? t.fail()
  t.false(await hasEnded(Promise.resolve(extending)))
  t.deepEqual(extended, [])
  gate.resume()
  await extending
  t.deepEqual(extended, ['a'])
})

test('pausable: what a cache could answer waits as well, and so does whoever asks the cache', async (t) => {
  const gate = new PauseGate()
  const directory = temporaryFolder(t)
  const backend = cachedBackend(pausableBackend(createMemoryBackend(), gate), {directory, isCached: () => true, verify: () => true})
  await backend.put('a', pattern(10))
  gate.pause()
  const waits = [backend.get('a'), backend.paused?.() ?? Promise.resolve()]
  for (const wait of waits) t.false(await hasEnded(wait))
  gate.resume()
  await Promise.all(waits)
})

test('pausable: what waits for its turn under a limit when the pause begins is not stored in it', async (t) => {
  const gate = new PauseGate()
  const backend = await openBackend(temporaryFolder(t), {reach: {pause: gate, limitUpload: 10_000}, onWarning: () => undefined})
  const put = backend.put('a', pattern(3000))
  await setTimeout(20)
  gate.pause()
  t.false(await Promise.race([put.then(() => true), setTimeout(500, false)]), 'its turn has come by now')
  gate.resume()
  await put
  t.is((await backend.get('a')).length, 3000)
})

test('pausable: a network that goes away in a pause costs no patience', async (t) => {
  const gate = new PauseGate()
  let nowMs = 0
  const faults: Fault[] = [2, 3].map((call) => ({effect: 'fail', call}))
  const faulty = faultyBackend(createMemoryBackend(), faults)
  const sleep = async (delayMs: number): Promise<void> => {
    nowMs += delayMs
    if (faulty.calls.length === 2) gate.pause()
  }
  const backend = retryingBackend(faulty, {attempts: 2, patienceMs: 1000, firstDelayMs: 100, sleep, pause: gate, now: () => nowMs})
  await backend.put('a', pattern(1))
  const put = backend.put('b', pattern(1))
  t.false(await hasEnded(put))
  t.is(faulty.calls.length, 2, 'nothing is tried in a pause')
  nowMs += 3_600_000
  gate.resume()
  await put
  t.is(faulty.calls.length, 4)
})
