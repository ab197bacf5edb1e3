/** What a backend promises of single objects: put and get. */
import type {ByteRange} from '../../src/backend/backend.js'
import {collect, createSink, pattern, rejectsWith} from './objects.js'
import type {Promises} from './promises.js'

export function testPut(promise: Promises): void {
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
}

export function testIfAbsent(promise: Promises): void {
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

export function testGet(promise: Promises): void {
  for (const [title, range, start, end] of RANGES) {
    promise(`gives a range: ${title}`, async (t, {backend, other}) => {
      await backend.put('chunks/3f/a', pattern(SIZE))
      const expected = pattern(SIZE).subarray(start, end)
      for (const client of [backend, other, other]) {
        t.true(Buffer.compare(await client.get('chunks/3f/a', {range}), expected) === 0)
      }
    })
  }

  for (const [title, range, start, end] of RANGES) {
    if ('suffix' in range) continue
    promise(`gives a range to a sink and the rest of it as the answer: ${title}`, async (t, {backend, other}) => {
      await backend.put('chunks/3f/a', pattern(SIZE))
      for (const client of [backend, other, other]) {
        const sink = createSink()
        const rest = await client.get('chunks/3f/a', {range, sink})
        t.true(Buffer.compare(Buffer.concat([...sink.pieces, rest]), pattern(SIZE).subarray(start, end)) === 0)
      }
    })
  }

  promise('a range past the end is io-failed and never a short answer', async (t, {backend, other}) => {
    await backend.put('a', pattern(100))
    for (const client of [backend, other]) {
      await rejectsWith(t, client.get('a', {range: {start: 0, length: 101}}), 'io-failed')
      await rejectsWith(t, client.get('a', {range: {start: 0, length: 101}, sink: createSink()}), 'io-failed')
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
}

export function testMissing(promise: Promises): void {
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
