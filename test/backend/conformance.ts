/** The promises of `Backend`, as tests: every implementation and every wrapper is held to all of them. */
import {setImmediate} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import type {Backend, ByteRange} from '../../src/backend/backend.js'
import {collect, pattern, rejectsWith} from './objects.js'

export interface Clients {
  backend: Backend
  /** Another client of the same storage. */
  other: Backend
}

/** Registers the suite for one kind of backend; `open` gives clients of fresh, empty storage. */
export function testConformance(kind: string, open: (t: ExecutionContext) => Promise<Clients>): void {
  const promise = (title: string, run: (t: ExecutionContext, clients: Clients) => Promise<void>) =>
    test(`${kind}: ${title}`, async (t) => {
      const clients = await open(t)
      await run(t, clients)
      await clients.backend.close()
    })
  testPut(promise)
  testGet(promise)
  testListAndRemove(promise)
  testNames(promise)
  testConcurrency(promise)
}

type Promises = (title: string, run: (t: ExecutionContext, clients: Clients) => Promise<void>) => void

function testPut(promise: Promises): void {
  for (const length of [0, 1, 65_536, 300_001]) {
    promise(`gives back the ${length} bytes that were put`, async (t, {backend, other}) => {
      await backend.put('chunks/3f/a', pattern(length))
      t.deepEqual(new Uint8Array(await backend.get('chunks/3f/a')), pattern(length))
      t.deepEqual(new Uint8Array(await other.get('chunks/3f/a')), pattern(length))
    })
  }

  promise('joins parts: thousands, empty ones, views, shared memory', async (t, {backend}) => {
    const shared = new Uint8Array(new SharedArrayBuffer(50_000))
    shared.set(pattern(50_000))
    const parts: Uint8Array[] = []
    for (let start = 0; start < 50_000; start += 10) parts.push(shared.subarray(start, start + 10), new Uint8Array(0))
    await backend.put('parts', [...parts, Buffer.from(shared.buffer, 100, 1000)])
    const expected = new Uint8Array(51_000)
    expected.set(pattern(50_000))
    expected.set(pattern(50_000).subarray(100, 1100), 50_000)
    t.deepEqual(new Uint8Array(await backend.get('parts')), expected)
  })

  promise('no parts make an empty object', async (t, {backend}) => {
    await backend.put('empty', [])
    t.deepEqual(await backend.stat('empty'), {sizeBytes: 0})
  })

  promise('replaces what was there', async (t, {backend}) => {
    await backend.put('a', pattern(1000))
    await backend.put('a', pattern(10, 7))
    t.deepEqual(new Uint8Array(await backend.get('a')), pattern(10, 7))
    t.deepEqual(await backend.stat('a'), {sizeBytes: 10})
  })

  promise('does not keep the array that it was given', async (t, {backend}) => {
    const bytes = pattern(1000)
    await backend.put('a', bytes)
    bytes.fill(0)
    t.deepEqual(new Uint8Array(await backend.get('a')), pattern(1000))
  })

  promise('with ifAbsent leaves the object as it is and says object-exists', async (t, {backend, other}) => {
    await backend.put('config', pattern(10), {ifAbsent: true})
    await rejectsWith(t, other.put('config', pattern(20), {ifAbsent: true}), 'object-exists')
    await rejectsWith(t, backend.put('config', pattern(20), {ifAbsent: true}), 'object-exists')
    t.deepEqual(new Uint8Array(await backend.get('config')), pattern(10))
    t.is((await collect(backend.list(''))).length, 1)
  })

  promise('with ifAbsent exactly one of many wins', async (t, {backend, other}) => {
    const puts = Array.from({length: 20}, (_, index) => (index % 2 ? backend : other).put('keys/a', pattern(100, index), {ifAbsent: true}))
    const results = await Promise.allSettled(puts)
    const winners = results.flatMap(({status}, index) => (status === 'fulfilled' ? [index] : []))
    t.is(winners.length, 1)
    t.deepEqual(new Uint8Array(await other.get('keys/a')), pattern(100, winners[0]))
  })
}

const SIZE = 200_000
const RANGES: [string, ByteRange, number, number][] = [
  ['the start', {start: 0, length: 10}, 0, 10],
  ['the middle', {start: 70_000, length: 100_000}, 70_000, 170_000],
  ['up to the end', {start: SIZE - 5, length: 5}, SIZE - 5, SIZE],
  ['all', {start: 0, length: SIZE}, 0, SIZE],
  ['nothing', {start: 65_536, length: 0}, 65_536, 65_536],
  ['nothing at the end', {start: SIZE, length: 0}, SIZE, SIZE],
  ['the last bytes', {suffix: 8}, SIZE - 8, SIZE],
  ['no last bytes', {suffix: 0}, SIZE, SIZE],
  ['more last bytes than there are', {suffix: SIZE + 1}, 0, SIZE],
]

function testGet(promise: Promises): void {
  for (const [title, range, start, end] of RANGES) {
    promise(`gives a range: ${title}`, async (t, {backend, other}) => {
      await backend.put('chunks/3f/a', pattern(SIZE))
      const expected = pattern(SIZE).subarray(start, end)
      for (const client of [backend, other, other]) {
        t.true(Buffer.compare(await client.get('chunks/3f/a', {range}), expected) === 0)
      }
    })
  }

  promise('a range past the end is io-failed and never a short answer', async (t, {backend, other}) => {
    await backend.put('a', pattern(100))
    for (const client of [backend, other]) {
      await rejectsWith(t, client.get('a', {range: {start: 0, length: 101}}), 'io-failed')
      await rejectsWith(t, client.get('a', {range: {start: 100, length: 1}}), 'io-failed')
      await rejectsWith(t, client.get('a', {range: {start: 5000, length: 0}}), 'io-failed')
    }
    t.is((await backend.get('a')).length, 100)
  })

  promise('a range that makes no sense is refused', async (t, {backend}) => {
    await backend.put('a', pattern(100))
    for (const range of [{start: -1, length: 5}, {start: 0, length: -1}, {start: 0.5, length: 1}, {suffix: -1}]) {
      await rejectsWith(t, backend.get('a', {range}), 'usage')
    }
  })

  promise('the caller owns what get gives', async (t, {backend}) => {
    await backend.put('a', pattern(1000))
    for (const range of [undefined, {start: 0, length: 1000}, {suffix: 1000}]) {
      const bytes = await backend.get('a', {range})
      bytes.fill(0)
      t.deepEqual(new Uint8Array(await backend.get('a', {range})), pattern(1000))
    }
  })

  promise('an object that is not there is object-missing, by name', async (t, {backend}) => {
    await rejectsWith(t, backend.get('chunks/3f/a'), 'object-missing')
    await rejectsWith(t, backend.get('chunks/3f/a', {range: {suffix: 4}}), 'object-missing')
    t.regex((await t.throwsAsync(backend.get('chunks/3f/a')))?.message ?? '', /chunks\/3f\/a/)
  })

  promise('a folder of objects is not an object', async (t, {backend}) => {
    await backend.put('chunks/3f/a', pattern(10))
    await rejectsWith(t, backend.get('chunks/3f'), 'object-missing')
    await rejectsWith(t, backend.get('chunks/3f/a/b'), 'object-missing')
    t.is(await backend.stat('chunks/3f'), undefined)
    t.is(await backend.stat('chunks/3f/a/b'), undefined)
    await backend.remove('chunks/3f')
    await backend.remove('chunks/3f/a/b')
    t.deepEqual(await backend.stat('chunks/3f/a'), {sizeBytes: 10})
  })

  promise('stat tells the size, and undefined when there is none', async (t, {backend, other}) => {
    await backend.put('snapshots/a', pattern(123))
    t.deepEqual(await other.stat('snapshots/a'), {sizeBytes: 123})
    t.is(await backend.stat('snapshots/b'), undefined)
  })
}

function testListAndRemove(promise: Promises): void {
  promise('lists all, or a folder, with sizes', async (t, {backend, other}) => {
    const objects = {'chunks/3f/a': 1, 'chunks/3f/b': 2, 'chunks/4e/a': 3, config: 4, 'chunks-2/a': 5}
    for (const [name, size] of Object.entries(objects)) await backend.put(name, pattern(size))
    const named = (names: (keyof typeof objects)[]) => names.map((name) => ({name, sizeBytes: objects[name]}))
    for (const client of [backend, other]) {
      t.deepEqual(await collect(client.list('')), named(['chunks-2/a', 'chunks/3f/a', 'chunks/3f/b', 'chunks/4e/a', 'config']))
      t.deepEqual(await collect(client.list('chunks/')), named(['chunks/3f/a', 'chunks/3f/b', 'chunks/4e/a']))
      t.deepEqual(await collect(client.list('chunks/3f/')), named(['chunks/3f/a', 'chunks/3f/b']))
    }
  })

  promise('an empty or missing folder lists as nothing', async (t, {backend}) => {
    t.deepEqual(await collect(backend.list('')), [])
    t.deepEqual(await collect(backend.list('chunks/3f/')), [])
    await backend.put('config', pattern(1))
    t.deepEqual(await collect(backend.list('config/')), [])
  })

  promise('lists hundreds of objects, each once', async (t, {backend}) => {
    const names = Array.from({length: 300}, (_, index) => `chunks/${(index % 3).toString()}/${index}`)
    await Promise.all(names.map((name) => backend.put(name, pattern(1))))
    t.deepEqual(
      (await collect(backend.list('chunks/'))).map(({name}) => name),
      [...names].sort(),
    )
  })

  promise('a list may be left early', async (t, {backend}) => {
    for (const name of ['a', 'b', 'c']) await backend.put(name, pattern(1))
    for await (const {sizeBytes} of backend.list('')) {
      t.is(sizeBytes, 1)
      break
    }
    t.is((await collect(backend.list(''))).length, 3)
  })

  promise('what is removed is gone for everyone', async (t, {backend, other}) => {
    await backend.put('index/a', pattern(10))
    await backend.put('index/b', pattern(10))
    await backend.remove('index/a')
    for (const client of [backend, other]) {
      await rejectsWith(t, client.get('index/a'), 'object-missing')
      t.is(await client.stat('index/a'), undefined)
      t.deepEqual(await collect(client.list('')), [{name: 'index/b', sizeBytes: 10}])
    }
  })

  promise('remove is idempotent', async (t, {backend}) => {
    await backend.remove('index/a')
    await backend.put('index/a', pattern(10))
    await backend.remove('index/a')
    await backend.remove('index/a')
    t.is(await backend.stat('index/a'), undefined)
  })

  promise('an object can be put again after it was removed', async (t, {backend}) => {
    await backend.put('index/a', pattern(10))
    await backend.remove('index/a')
    await backend.put('index/a', pattern(20, 3), {ifAbsent: true})
    t.deepEqual(new Uint8Array(await backend.get('index/a')), pattern(20, 3))
  })
}

const BAD_NAMES = [
  '',
  '/',
  '/etc/passwd',
  '..',
  '../a',
  'a/../b',
  'a/..',
  './a',
  'a//b',
  'a/',
  '.hidden',
  'a/.tmp/b',
  'A',
  'a\\b',
  'a\0b',
  'a b',
  'a\n',
  'ä',
  'a'.repeat(201),
]

function testNames(promise: Promises): void {
  promise('refuses names that are not relative paths of plain characters', async (t, {backend}) => {
    for (const name of BAD_NAMES) {
      await rejectsWith(t, backend.put(name, pattern(1)), 'usage')
      await rejectsWith(t, backend.get(name), 'usage')
      await rejectsWith(t, backend.stat(name), 'usage')
      await rejectsWith(t, backend.remove(name), 'usage')
    }
    t.deepEqual(await collect(backend.list('')), [])
  })

  promise('refuses prefixes that are not folders', async (t, {backend}) => {
    for (const prefix of ['a', 'chunks', '/', '../', 'a/../', './', 'a//', '.tmp/']) {
      await rejectsWith(t, collect(backend.list(prefix)), 'usage')
    }
  })

  promise('says where it is', async (t, {backend}) => {
    t.true(backend.location.length > 0)
  })
}

function testConcurrency(promise: Promises): void {
  promise('readers never see a part of an object that is being replaced', async (t, {backend, other}) => {
    const versions = [1, 2, 3].map((seed) => new Uint8Array(200_000 + seed).fill(seed))
    await backend.put('a', versions[0])
    let isDone = false
    const read = async () => {
      let reads = 0
      while (!isDone || reads < 5) {
        const bytes = await other.get('a')
        if (bytes.some((byte) => byte !== bytes[0]) || bytes.length !== 200_000 + bytes[0]) t.fail('a torn object')
        reads += 1
        // A client in memory never waits: without this the writer of the disk would never be heard.
        await setImmediate()
      }
    }
    const readers = [read(), read()]
    for (let round = 0; round < 10; round += 1) await Promise.all(versions.map((bytes) => backend.put('a', bytes)))
    isDone = true
    await Promise.all(readers)
    t.pass()
  })

  promise('lists what stays while other objects come and go', async (t, {backend, other}) => {
    for (let index = 0; index < 20; index += 1) await backend.put(`chunks/3f/stays-${index}`, pattern(1))
    let isDone = false
    const churn = async () => {
      for (let round = 0; round < 20; round += 1) {
        const names = [1, 2, 3].map((index) => `chunks/3f/goes-${index}`)
        await Promise.all(names.map((name) => backend.put(name, pattern(1))))
        await Promise.all(names.map((name) => backend.remove(name)))
      }
      isDone = true
    }
    const list = async () => {
      while (!isDone) {
        const stays = (await collect(other.list('chunks/'))).filter(({name}) => name.includes('stays'))
        if (stays.length !== 20) t.fail(`only ${stays.length} listed`)
        await setImmediate()
      }
    }
    await Promise.all([churn(), list()])
    t.pass()
  })
}
