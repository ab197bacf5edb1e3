import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {hash} from '../../src/crypto/blake3.js'
import {ChunkIndex, type ChunkKind} from '../../src/repository/chunk-index.js'
import {ChunkReader} from '../../src/repository/chunk-reader.js'
import type {SealingContext} from '../../src/repository/sealing.js'
import {nextTurn} from '../../src/util/concurrency.js'
import {packName} from '../../src/repository/names.js'
import {damage, type Fault, faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {noise, SEALED, storePack, UNSEALED} from './material.js'

const MIB = 1024 * 1024

/** A reader on a pack of these frames, whose chunks are named by their plain hashes. */
async function fixture({
  frames,
  faults = [],
  kind = 'tree',
  gapBytes,
  sealing = SEALED,
}: {
  frames: Uint8Array[][]
  faults?: Fault[]
  kind?: ChunkKind
  gapBytes?: number
  sealing?: SealingContext
}) {
  const backend = createMemoryBackend(new Map(), gapBytes === undefined ? {} : {gapBytes})
  const pack = await storePack(backend, {kind, sealing, frames, stored: true})
  const index = new ChunkIndex()
  index.add(pack)
  const counted = faultyBackend(backend, faults)
  const sparse: (boolean | undefined)[] = []
  const get = counted.get.bind(counted)
  counted.get = (name, options) => {
    sparse.push(options?.isSparse)
    return get(name, options)
  }
  const reader = new ChunkReader({backend: counted, sealing, index, kind, chunkKey: undefined})
  const read = async (chunk: Uint8Array): Promise<Uint8Array> => Uint8Array.from(await reader.read({id: hash(chunk), length: chunk.length}))
  return {backend, faulty: counted, pack, read, sparse, calls: counted.calls, unused: () => counted.unused()}
}

for (const kind of ['tree', 'data'] as const) {
  test(`chunk reader: gives each ${kind} chunk, and opens a frame once for all that are in it`, async (t) => {
    const frames = [[noise(100, 1), noise(5000, 2)], [noise(7, 3)]]
    const {read, calls} = await fixture({frames, kind})
    for (const chunk of [...frames.flat(), ...frames.flat()]) t.deepEqual(await read(chunk), chunk)
    t.is(calls.length, 2, 'the head comes with the first')
  })
}

test('chunk reader: those who ask for one frame at once wait for one request', async (t) => {
  const chunks = [noise(100, 1), noise(200, 2), noise(300, 3)]
  const {read, calls} = await fixture({frames: [chunks]})
  t.deepEqual(await Promise.all(chunks.map(read)), chunks)
  t.is(calls.length, 1)
})

test('chunk reader: a chunk that no pack has is missing, by its id', async (t) => {
  const {read} = await fixture({frames: [[noise(100, 1)]]})
  const lost = noise(100, 2)
  await rejectsWith(t, read(lost), 'chunk-missing')
  t.true((await t.throwsAsync(read(lost)))?.message.includes(Buffer.from(hash(lost)).toString('hex').slice(0, 8)))
})

for (const call of [1, 2]) {
  test(`chunk reader: a read that failed (request ${call}) can be tried again, also by those who waited for it`, async (t) => {
    const chunks = [noise(100, 1), noise(200, 2)]
    const {read, unused} = await fixture({frames: [chunks], faults: [{effect: 'fail', verb: 'get', call}], gapBytes: 0})
    const results = await Promise.allSettled(chunks.map(read))
    t.deepEqual(
      results.map(({status}) => status),
      ['rejected', 'rejected'],
    )
    t.deepEqual(await Promise.all(chunks.map(read)), chunks)
    t.deepEqual(unused(), [])
  })
}

test('chunk reader: a damaged frame is an error each time, and the other frames are read', async (t) => {
  const frames = [[noise(100, 1)], [noise(200, 2)]]
  const {backend, pack, read} = await fixture({frames})
  const bytes = await backend.get(packName(pack.id))
  bytes[100] ^= 1
  await backend.put(packName(pack.id), bytes)
  await rejectsWith(t, read(frames[0][0]), 'damaged-frame')
  await rejectsWith(t, read(frames[0][0]), 'damaged-frame')
  t.deepEqual(await read(frames[1][0]), frames[1][0])
})

test('chunk reader: a reference of another length is a damaged chunk', async (t) => {
  const backend = createMemoryBackend()
  const chunk = noise(100, 1)
  const index = new ChunkIndex()
  index.add(await storePack(backend, {kind: 'tree', frames: [[chunk, chunk]]}))
  const reader = new ChunkReader({backend, sealing: SEALED, index, kind: 'tree', chunkKey: undefined})
  for (const length of [99, 101, 5000]) await rejectsWith(t, reader.read({id: hash(chunk), length}), 'damaged-chunk')
})

test('chunk reader: a missing pack is a missing object', async (t) => {
  const {backend, pack, read} = await fixture({frames: [[noise(100, 1)]]})
  const bytes = await backend.get(packName(pack.id))
  await backend.remove(packName(pack.id))
  await rejectsWith(t, read(noise(100, 1)), 'object-missing')
  await backend.put(packName(pack.id), damage(bytes, 'truncate'))
  await t.throwsAsync(read(noise(100, 1)))
  await backend.put(packName(pack.id), bytes)
  t.deepEqual(await read(noise(100, 1)), noise(100, 1))
})

test('chunk reader: keeps the frames used last, and no more than its memory is to be', async (t) => {
  const frames = Array.from({length: 20}, (_, number) => [noise(32, number), new Uint8Array(MIB).fill(number + 1)])
  const {read, calls} = await fixture({frames})
  for (const [small] of frames) await read(small)
  t.is(calls.length, 20)
  const kept = 10
  // From the last to the first of those that must still be there, which makes them the ones used last again.
  for (const [small] of frames.slice(-kept).toReversed()) await read(small)
  t.is(calls.length, 20)
  for (const [small] of frames.slice(0, 3)) await read(small)
  t.is(calls.length, 23)
  await read(frames[20 - kept][0])
  t.is(calls.length, 23)
  for (const [small] of frames.slice(0, 20 - kept)) await read(small)
  t.true(calls.length > 29)
})

test('chunk reader: the head comes with a frame that is near it, and else at the same time', async (t) => {
  const chunks = [noise(1000, 1), noise(1000, 2), noise(1000, 3)]
  for (const [gapBytes, calls] of [
    [5000, [1, 1]],
    [0, [2, 1]],
  ] as const) {
    const stall = [1, 2, 3].map((call) => ({effect: 'stall' as const, call}))
    const {read, faulty} = await fixture({frames: chunks.map((chunk) => [chunk]), faults: stall, gapBytes})
    let before = 0
    for (const [place, chunk] of [chunks[1], chunks[2]].entries()) {
      const reading = read(chunk)
      for (let turn = 0; turn < 5; turn++) await nextTurn()
      t.is(faulty.calls.length - before, calls[place], `gap ${gapBytes}`)
      before = faulty.calls.length
      faulty.release()
      t.deepEqual(await reading, chunk)
    }
  }
})

test('chunk reader: a frame that cannot be had takes no other with it that waits for the head in its range', async (t) => {
  const chunks = [noise(1000, 1), noise(1000, 2)]
  const {read} = await fixture({frames: chunks.map((chunk) => [chunk]), faults: [{effect: 'fail-for-good'}], gapBytes: 100})
  const [failing, going] = [read(chunks[0]), read(chunks[1])]
  await rejectsWith(t, failing, 'io-failed')
  t.deepEqual(await going, chunks[1])
})

for (const sealing of [SEALED, UNSEALED]) {
  test(`chunk reader: what was damaged on the way is fetched once more (suite ${sealing.suite})`, async (t) => {
    const chunks = [noise(1000, 1), noise(1000, 2)]
    for (const [gapBytes, calls] of [
      [100, 1],
      [0, 2],
    ]) {
      for (let call = 1; call <= calls; call++) {
        const {read, faulty} = await fixture({frames: [chunks], faults: [{effect: 'flip', call}], gapBytes, sealing})
        // The last byte, which is of the second chunk where nothing authenticates the frame; of a head it may be of no account.
        t.deepEqual(await read(chunks[1]), chunks[1])
        t.deepEqual(await read(chunks[0]), chunks[0])
        t.deepEqual(faulty.unused(), [])
      }
    }
  })
}

test('chunk reader: what is damaged is fetched twice at each call, and no more', async (t) => {
  const {backend, pack, read, calls} = await fixture({frames: [[noise(100, 1)]]})
  await backend.put(packName(pack.id), damage(await backend.get(packName(pack.id)), 'flip'))
  const bytes = await backend.get(packName(pack.id))
  bytes[100] ^= 1
  await backend.put(packName(pack.id), bytes)
  await rejectsWith(t, read(noise(100, 1)), 'damaged-frame')
  t.is(calls.length, 3, 'a range with the head; then each fresh')
})

test('chunk reader: a cache is told that little is wanted of a pack, until more of it is', async (t) => {
  const frames = Array.from({length: 12}, (_, number) => [noise(50_000, number)])
  const {read, sparse} = await fixture({frames, gapBytes: 1000})
  for (const [chunk] of frames.slice(2, 10)) await read(chunk)
  t.deepEqual(sparse, [true, true, ...Array.from({length: 5}, () => true), false, false], 'a head and six frames, then the rest')
  const near = await fixture({frames, gapBytes: 600_000})
  await near.read(frames[0][0])
  t.deepEqual(near.sparse, [false], 'a pack that is hardly longer is rather read than asked around')
})
