/** What a backend promises of many objects: lists, removals, names, several clients. */
import {setImmediate} from 'node:timers/promises'
import {collect, pattern, rejectsWith} from './objects.js'
import type {Promises} from './promises.js'

export function testList(promise: Promises): void {
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
}

export function testRemove(promise: Promises): void {
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

export function testNames(promise: Promises): void {
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

export function testConcurrency(promise: Promises): void {
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
