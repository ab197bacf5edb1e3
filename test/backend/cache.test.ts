import {chmodSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {hostname} from 'node:os'
import {join} from 'node:path'
import test from 'ava'
import {cachedBackend} from '../../src/backend/cache.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {ByteRange} from '../../src/backend/backend.js'
import type {PocketError} from '../../src/errors.js'
import {assertBytes, DAMAGES, everything, fixture, flip, NAME, OBJECT, SIZE} from './cache-fixture.js'
import {testConformance} from './conformance.js'
import {faultyBackend} from './fault.js'
import {pattern, rejectsWith} from './objects.js'
import {temporaryFolder} from './temporary-folder.js'

testConformance('cache that keeps everything', async (t) => {
  const objects = new Map<string, Uint8Array>()
  const options = {...everything, directory: temporaryFolder(t), onWarning: (warning: PocketError) => t.fail(warning.message)}
  return {backend: cachedBackend(createMemoryBackend(objects), options), other: createMemoryBackend(objects)}
})

testConformance('cache that keeps nothing', async (t) => {
  const objects = new Map<string, Uint8Array>()
  const options = {directory: temporaryFolder(t), isCached: () => false, verify: () => true}
  return {backend: cachedBackend(createMemoryBackend(objects), options), other: createMemoryBackend(objects)}
})

testConformance('cache that cannot be written', async (t) => {
  const objects = new Map<string, Uint8Array>()
  const directory = join(temporaryFolder(t), 'file')
  writeFileSync(directory, 'in the way')
  return {backend: cachedBackend(createMemoryBackend(objects), {...everything, directory}), other: createMemoryBackend(objects)}
})

test('cache: the second get of an object asks the backend for nothing', async (t) => {
  const {backend, counted, warnings} = await fixture(t)
  assertBytes(t, await backend.get(NAME), OBJECT)
  assertBytes(t, await backend.get(NAME), OBJECT)
  assertBytes(t, await backend.get(NAME, {range: {start: 100_000, length: 100_000}}), OBJECT.subarray(100_000, 200_000))
  t.like(counted.counts, {get: 1, stat: 0, bytesDown: SIZE})
  t.deepEqual(warnings, [])
})

test('cache: a range that is not there fetches the whole object once', async (t) => {
  const {backend, counted} = await fixture(t)
  const starts = [0, 65_536, 100_000, 250_000, 299_999]
  const ranges = await Promise.all(starts.map((start) => backend.get(NAME, {range: {start, length: 1}})))
  t.deepEqual(
    ranges.map(([byte]) => byte),
    starts.map((start) => OBJECT[start]),
  )
  assertBytes(t, await backend.get(NAME, {range: {suffix: 70_000}}), OBJECT.subarray(SIZE - 70_000))
  t.is(counted.counts.get, 1)
})

test('cache: a put object is in the cache at once', async (t) => {
  const {backend, counted} = await fixture(t)
  await backend.put(NAME, [OBJECT.subarray(0, 1000), OBJECT.subarray(1000)])
  assertBytes(t, await backend.get(NAME), OBJECT)
  t.is(counted.counts.get, 0)
})

test('cache: a copy survives for the next run', async (t) => {
  const {backend, directory} = await fixture(t)
  await backend.get(NAME)
  const empty = cachedBackend(createMemoryBackend(), {...everything, directory})
  assertBytes(t, await empty.get(NAME), OBJECT)
})

test('cache: a put that fails leaves no copy', async (t) => {
  const directory = temporaryFolder(t)
  const faulty = faultyBackend(createMemoryBackend(), [{effect: 'fail', verb: 'put'}])
  await t.throwsAsync(cachedBackend(faulty, {...everything, directory}).put(NAME, OBJECT))
  t.false(existsSync(join(directory, NAME)))
})

test('cache: other objects pass through', async (t) => {
  const {backend, counted, directory} = await fixture(t)
  await backend.put('config', pattern(10))
  await backend.get('config')
  await backend.get('config')
  t.is(counted.counts.get, 2)
  t.false(existsSync(join(directory, 'config')))
})

test('cache: bytes that are not what their name says are answered but not kept', async (t) => {
  const {backend, counted, copy} = await fixture(t, {verify: () => false})
  assertBytes(t, await backend.get(NAME), OBJECT)
  await backend.put(NAME, OBJECT)
  t.false(existsSync(copy))
  assertBytes(t, await backend.get(NAME, {range: {start: 5, length: 5}}), OBJECT.subarray(5, 10))
  t.is(counted.counts.bytesDown, SIZE + 5)
})

test('cache: remove takes the copy too', async (t) => {
  const {backend, copy} = await fixture(t)
  await backend.get(NAME)
  await backend.remove(NAME)
  t.false(existsSync(copy))
  await rejectsWith(t, backend.get(NAME), 'object-missing')
})

test('cache: copies are for their owner only, and nothing else is left', async (t) => {
  const {backend, copy, directory} = await fixture(t)
  await backend.get(NAME)
  t.deepEqual(readdirSync(join(directory, '.tmp')), [])
  if (process.platform === 'win32') return
  t.is(statSync(copy).mode & 0o777, 0o600)
  t.is(statSync(directory).mode & 0o777, 0o700)
})

const READS: [string, ByteRange | undefined, Uint8Array][] = [
  ['whole', undefined, OBJECT],
  ['from the start', {start: 0, length: SIZE}, OBJECT],
  ['by its end', {suffix: SIZE}, OBJECT],
]

for (const [title, harm] of DAMAGES) {
  for (const [way, range, expected] of READS) {
    test(`cache: a copy that is ${title} never hurts when read ${way}`, async (t) => {
      const {backend, counted, copy, warnings} = await fixture(t)
      await backend.get(NAME)
      harm(copy)
      // A checksum that is wrong does not touch the object, whose whole is checked by its name.
      const isHarmless = range === undefined && title === 'flipped in the checksums'
      assertBytes(t, await backend.get(NAME, {range}), expected)
      t.is(counted.counts.get, isHarmless ? 1 : 2)
      t.is(warnings.length >= 1, !isHarmless)
      t.deepEqual(
        warnings.map(({code}) => code).filter((code) => code !== 'io-failed' && code !== 'permission-denied'),
        [],
      )
      if (title === 'a folder' || isHarmless) return
      assertBytes(t, await backend.get(NAME, {range}), expected)
      t.is(counted.counts.get, 2, 'the copy is whole again')
    })
  }
}

test('cache: a range in blocks that are whole is answered from a copy damaged elsewhere', async (t) => {
  const {backend, counted, copy} = await fixture(t)
  await backend.get(NAME)
  flip(copy, 150_000)
  assertBytes(t, await backend.get(NAME, {range: {start: 0, length: 65_536}}), OBJECT.subarray(0, 65_536))
  t.is(counted.counts.get, 1)
  assertBytes(t, await backend.get(NAME, {range: {start: 140_000, length: 20_000}}), OBJECT.subarray(140_000, 160_000))
  t.is(counted.counts.get, 2)
})

test('cache: damage is told once', async (t) => {
  const {backend, copy, warnings} = await fixture(t)
  for (let round = 0; round < 3; round += 1) {
    await backend.get(NAME)
    flip(copy, 0)
  }
  t.deepEqual(
    warnings.map(({message}) => message),
    [`cannot read '${NAME}' from the cache: the cached copy is damaged`],
  )
})

test('cache: a folder that cannot be written is told once, and ranges stay ranges', async (t) => {
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, 'in the way')
  const {backend, counted, warnings} = await fixture(t, {directory: join(file, 'cache')})
  await backend.put(NAME, OBJECT)
  await backend.put('chunks/3f/b', OBJECT)
  assertBytes(t, await backend.get(NAME), OBJECT)
  const downBefore = counted.counts.bytesDown
  assertBytes(t, await backend.get(NAME, {range: {start: 10, length: 10}}), OBJECT.subarray(10, 20))
  t.is(counted.counts.bytesDown - downBefore, 10)
  await backend.remove(NAME)
  t.is(warnings.filter(({message}) => message.startsWith('the local cache: cannot write')).length, 1)
  t.deepEqual(
    warnings.map(({message}) => message.replace('the local cache: ', '').split(' ')[1]),
    [...new Set(warnings.map(({message}) => message.replace('the local cache: ', '').split(' ')[1]))],
  )
})

test('cache: a bug in verify is not taken for a damaged copy', async (t) => {
  let isBroken = false
  const {backend, copy} = await fixture(t, {
    verify: () => {
      if (isBroken) throw new TypeError('a bug')
      return true
    },
  })
  await backend.get(NAME)
  isBroken = true
  await t.throwsAsync(backend.get(NAME), {instanceOf: TypeError})
  t.true(existsSync(copy))
})

test("cache: ranges of one fetch are each their caller's own", async (t) => {
  const {backend, counted} = await fixture(t)
  const range = {start: 0, length: 1000}
  const [first, second] = await Promise.all([backend.get(NAME, {range}), backend.get(NAME, {range})])
  first.fill(0)
  assertBytes(t, second, OBJECT.subarray(0, 1000))
  t.is(counted.counts.get, 1)
})

test('cache: a copy that may not be read is fetched again', async (t) => {
  const {backend, copy, counted} = await fixture(t)
  await backend.get(NAME)
  chmodSync(copy, 0)
  assertBytes(t, await backend.get(NAME), OBJECT)
  t.true(counted.counts.get <= 2)
})

test('cache: unfinished copies of dead processes are removed after a day', async (t) => {
  const {backend, directory} = await fixture(t)
  mkdirSync(join(directory, '.tmp'), {recursive: true})
  const host = hostname().replace(/[^A-Za-z0-9]/g, '') || 'host'
  const stale = join(directory, '.tmp', `${host}_4194305_abc`)
  writeFileSync(stale, 'x')
  const time = new Date(Date.now() - 25 * 3_600_000)
  utimesSync(stale, time, time)
  await backend.get(NAME)
  t.deepEqual(readdirSync(join(directory, '.tmp')), [])
})
