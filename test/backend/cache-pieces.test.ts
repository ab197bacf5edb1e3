import {existsSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {cachedBackend} from '../../src/backend/cache.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import {assertBytes, DAMAGES, everything, fixture, NAME, OBJECT, SIZE} from './cache-fixture.js'
import {testConformance} from './conformance.js'
import {faultyBackend} from './fault.js'
import {pattern, rejectsWith} from './objects.js'
import {temporaryFolder} from './temporary-folder.js'

testConformance('cache of which little is asked', async (t) => {
  const objects = new Map<string, Uint8Array>()
  const options = {...everything, directory: temporaryFolder(t), onWarning: (warning: PocketError) => t.fail(warning.message)}
  const backend = cachedBackend(createMemoryBackend(objects), options)
  const get = backend.get.bind(backend)
  backend.get = (name, asked) => get(name, {...asked, isSparse: true})
  return {backend, other: createMemoryBackend(objects)}
})

const PIECE = {start: 1000, length: 100_000}
const OF_PIECE = OBJECT.subarray(1000, 101_000)
const sparse = {range: PIECE, isSparse: true}

/** Files of pieces. */
function pieces(directory: string): string[] {
  const folder = join(directory, '.pieces', NAME)
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

test('cache: a sparse range is fetched alone, and once', async (t) => {
  const {backend, counted, directory, copy, warnings} = await fixture(t)
  for (let round = 0; round < 3; round++) assertBytes(t, await backend.get(NAME, sparse), OF_PIECE)
  // Whoever wants more of the object now still gets from the piece what is there.
  assertBytes(t, await backend.get(NAME, {range: PIECE}), OF_PIECE)
  t.like(counted.counts, {get: 1, bytesDown: PIECE.length})
  t.false(existsSync(copy))
  const empty = cachedBackend(createMemoryBackend(), {...everything, directory})
  assertBytes(t, await empty.get(NAME, sparse), OF_PIECE)
  t.deepEqual(warnings, [])
})

test('cache: pieces give way to a whole copy, however it comes', async (t) => {
  const ways: [string, (backend: Backend) => Promise<unknown>][] = [
    ['get', (backend) => backend.get(NAME)],
    ['range', (backend) => backend.get(NAME, {range: {start: 0, length: 1}})],
    ['put', (backend) => backend.put(NAME, OBJECT)],
  ]
  for (const [way, come] of ways) {
    const {backend, counted, directory, copy} = await fixture(t)
    await backend.get(NAME, sparse)
    t.is(pieces(directory).length, 1)
    await come(backend)
    t.deepEqual(pieces(directory), [], way)
    t.true(existsSync(copy))
    const before = counted.counts.get
    assertBytes(t, await backend.get(NAME, sparse), OF_PIECE)
    t.is(counted.counts.get, before)
  }
})

test('cache: many pieces of an object are rather all of it', async (t) => {
  const {backend, counted, directory, copy} = await fixture(t)
  for (let start = 0; start < 16; start++) await backend.get(NAME, {range: {start, length: 1}, isSparse: true})
  t.is(pieces(directory).length, 16)
  await backend.get(NAME, {range: {start: 16, length: 1}, isSparse: true})
  t.deepEqual(pieces(directory), [])
  t.true(existsSync(copy))
  t.is(counted.counts.bytesDown, SIZE + 16)
})

test('cache: a sparse range waits for all of the object when that is on its way', async (t) => {
  const stalling = faultyBackend(createMemoryBackend(new Map([[NAME, OBJECT]])), [{effect: 'stall'}])
  const backend = cachedBackend(stalling, {...everything, directory: temporaryFolder(t)})
  const whole = backend.get(NAME, {range: {start: 0, length: 1}})
  while (stalling.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  const range = backend.get(NAME, sparse)
  setTimeout(() => stalling.release(), 30)
  await whole
  assertBytes(t, await range, OF_PIECE)
  t.is(stalling.calls.length, 1)
})

test('cache: remove takes the pieces too', async (t) => {
  const {backend, directory} = await fixture(t)
  await backend.get(NAME, sparse)
  await backend.remove(NAME)
  t.deepEqual(pieces(directory), [])
  await rejectsWith(t, backend.get(NAME, sparse), 'object-missing')
})

for (const [title, harm] of DAMAGES) {
  if (title === 'another object') continue
  test(`cache: a piece that is ${title.replace('the object', 'it')} never hurts`, async (t) => {
    const {backend, counted, directory, warnings} = await fixture(t)
    await backend.get(NAME, sparse)
    const [piece] = pieces(directory)
    // The damages are made for a file of SIZE bytes: those beyond the end of this one make it longer.
    harm(piece)
    assertBytes(t, await backend.get(NAME, sparse), OF_PIECE)
    t.true(counted.counts.get <= 2)
    t.deepEqual(
      warnings.filter(({code}) => code !== 'io-failed' && code !== 'permission-denied').map(({message}) => message),
      [],
    )
    if (title !== 'a folder') {
      assertBytes(t, await backend.get(NAME, sparse), OF_PIECE)
      t.true(counted.counts.get <= 2, 'the piece is whole again')
    }
  })
}

test('cache: what is asked for afresh comes from the backend, and what may be damaged of it is dropped', async (t) => {
  const {backend, counted, directory} = await fixture(t)
  await backend.get(NAME, sparse)
  assertBytes(t, await backend.get(NAME, {range: PIECE, isFresh: true}), OF_PIECE)
  t.is(counted.counts.get, 2)
  t.deepEqual(pieces(directory), [])
  await backend.get(NAME)
  await backend.get(NAME, {range: PIECE, isFresh: true})
  assertBytes(t, await backend.get(NAME, sparse), OF_PIECE)
  t.is(counted.counts.get, 4, 'a whole copy that is right stays')
})

test('cache: a whole copy that is wrong is dropped when asked for afresh, though its checksums are right', async (t) => {
  const {backend, directory, counted, copy} = await fixture(t)
  const other = cachedBackend(createMemoryBackend(new Map([[NAME, pattern(SIZE, 9)]])), {...everything, directory})
  await other.get(NAME)
  assertBytes(t, await backend.get(NAME, {range: PIECE, isFresh: true}), OF_PIECE)
  t.false(existsSync(copy))
  assertBytes(t, await backend.get(NAME, {range: PIECE}), OF_PIECE)
  t.is(counted.counts.get, 2)
})
