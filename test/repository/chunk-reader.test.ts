import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {hash} from '../../src/crypto/blake3.js'
import {ChunkIndex, type ChunkKind} from '../../src/repository/chunk-index.js'
import {ChunkReader} from '../../src/repository/chunk-reader.js'
import {packName} from '../../src/repository/names.js'
import {damage, type Fault, faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {noise, SEALED, storePack} from './material.js'

const MIB = 1024 * 1024

/** A reader on a pack of these frames, whose chunks are named by their plain hashes. */
async function fixture({frames, faults = [], kind = 'tree'}: {frames: Uint8Array[][]; faults?: Fault[]; kind?: ChunkKind}) {
  const backend = createMemoryBackend()
  const pack = await storePack(backend, {kind, frames, stored: true})
  const index = new ChunkIndex()
  index.add(pack)
  const counted = faultyBackend(backend, faults)
  const reader = new ChunkReader({backend: counted, sealing: SEALED, index, kind, chunkKey: undefined})
  const read = async (chunk: Uint8Array): Promise<Uint8Array> => Uint8Array.from(await reader.read({id: hash(chunk), length: chunk.length}))
  return {backend, pack, read, calls: counted.calls, unused: () => counted.unused()}
}

for (const kind of ['tree', 'data'] as const) {
  test(`chunk reader: gives each ${kind} chunk, and opens a frame once for all that are in it`, async (t) => {
    const frames = [[noise(100, 1), noise(5000, 2)], [noise(7, 3)]]
    const {read, calls} = await fixture({frames, kind})
    for (const chunk of [...frames.flat(), ...frames.flat()]) t.deepEqual(await read(chunk), chunk)
    t.is(calls.length, 3)
  })
}

test('chunk reader: those who ask for one frame at once wait for one request', async (t) => {
  const chunks = [noise(100, 1), noise(200, 2), noise(300, 3)]
  const {read, calls} = await fixture({frames: [chunks]})
  t.deepEqual(await Promise.all(chunks.map(read)), chunks)
  t.is(calls.length, 2)
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
    const {read, unused} = await fixture({frames: [chunks], faults: [{effect: 'fail', verb: 'get', call}]})
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
  t.is(calls.length, 21)
  const kept = 10
  // From the last to the first of those that must still be there, which makes them the ones used last again.
  for (const [small] of frames.slice(-kept).toReversed()) await read(small)
  t.is(calls.length, 21)
  for (const [small] of frames.slice(0, 3)) await read(small)
  t.is(calls.length, 24)
  await read(frames[20 - kept][0])
  t.is(calls.length, 24)
  for (const [small] of frames.slice(0, 20 - kept)) await read(small)
  t.true(calls.length > 30)
})
