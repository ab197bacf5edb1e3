import test from 'ava'
import fc from 'fast-check'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {hash} from '../../src/crypto/blake3.js'
import {HEAD_BYTES} from '../../src/format/head.js'
import {ChunkIndex, type ChunkKind} from '../../src/repository/chunk-index.js'
import {packName} from '../../src/repository/names.js'
import {ChunkVerifier, describeFrame, FrameOpener, readPackDirectory} from '../../src/repository/pack-reader.js'
import type {SealingContext} from '../../src/repository/sealing.js'
import {rejectsWith} from '../backend/objects.js'
import {buildPack, noise, SEALED, storePack, UNSEALED} from './material.js'

const FRAMES = [[noise(1000, 1), new Uint8Array(2000)], [noise(1, 2)]]

for (const [name, sealing] of [
  ['sealed', SEALED],
  ['not sealed', UNSEALED],
] as const) {
  for (const kind of ['data', 'tree'] as ChunkKind[]) {
    test(`pack reader: a ${kind} pack that is ${name} tells what it was made of`, async (t) => {
      const backend = createMemoryBackend()
      const told = await storePack(backend, {sealing, kind, frames: FRAMES})
      t.deepEqual(await readPackDirectory(backend, sealing, told.id), told)
    })
  }
}

test('pack reader: a directory longer than the first guess is read whole', async (t) => {
  const backend = createMemoryBackend()
  const chunks = Array.from({length: 4000}, (_, number) => noise(4, number))
  const told = await storePack(backend, {frames: [chunks.slice(0, 2500), chunks.slice(2500)]})
  t.true(told.sizeBytes > 100_000)
  t.deepEqual(await readPackDirectory(backend, SEALED, told.id), told)
})

test('pack reader: every chunk comes out of its frame as it went in', async (t) => {
  const frames = fc.array(fc.array(fc.uint8Array({minLength: 1, maxLength: 300}), {minLength: 1, maxLength: 8}), {
    minLength: 1,
    maxLength: 5,
  })
  await fc.assert(
    fc.asyncProperty(frames, fc.constantFrom(SEALED, UNSEALED), async (made, sealing) => {
      const backend = createMemoryBackend()
      const index = new ChunkIndex()
      index.add(await storePack(backend, {sealing, frames: made}))
      const opener = new FrameOpener(sealing)
      for (const chunk of made.flat()) {
        const location = index.locate(hash(chunk))
        if (!location) throw new Error('lost a chunk')
        const frame = index.frame(location.frame)
        const stored = await backend.get(packName(frame.pack.id))
        const raw = opener.openFrame(
          stored.subarray(0, HEAD_BYTES),
          stored.subarray(frame.offset, frame.offset + frame.storedLength),
          describeFrame(frame),
        )
        t.deepEqual(Uint8Array.from(raw.subarray(location.offset, location.offset + chunk.length)), Uint8Array.from(chunk))
      }
    }),
    {numRuns: 60},
  )
})

/** What may have happened to a stored pack. */
const DAMAGES: [what: string, damage: (bytes: Uint8Array) => Uint8Array][] = [
  ['empty', () => new Uint8Array(0)],
  ['cut within its head', (bytes) => bytes.slice(0, 20)],
  ['cut short', (bytes) => bytes.slice(0, -1)],
  ['without its directory', (bytes) => bytes.slice(0, 500)],
  ['longer than it was', (bytes) => Buffer.concat([bytes, Buffer.from('PDIR')])],
  ['flipped in its directory', (bytes) => flipped(bytes, bytes.length - 20)],
  ['flipped in the length of its directory', (bytes) => flipped(bytes, bytes.length - 7)],
  ['flipped in the salt of its head', (bytes) => flipped(bytes, 20)],
  ['of another kind', (bytes) => flipped(bytes, 5, 3)],
  ['without some of its frames', (bytes) => Buffer.concat([bytes.subarray(0, 100), bytes.subarray(140)])],
]

function flipped(bytes: Uint8Array, at: number, bits = 1): Uint8Array {
  const copy = bytes.slice()
  copy[at] ^= bits
  return copy
}

for (const [what, damage] of DAMAGES) {
  test(`pack reader: a pack that is ${what} is a damaged pack, by its name`, async (t) => {
    const backend = createMemoryBackend()
    const {id, bytes} = buildPack({frames: FRAMES})
    await backend.put(packName(id), damage(bytes))
    await rejectsWith(t, readPackDirectory(backend, SEALED, id), 'damaged-pack')
    t.regex((await t.throwsAsync(readPackDirectory(backend, SEALED, id)))?.message ?? '', new RegExp(id.slice(0, 8)))
  })
}

test('pack reader: a pack of a later format, or none at all, is not called damaged', async (t) => {
  const backend = createMemoryBackend()
  const {id, bytes} = buildPack({frames: FRAMES})
  await rejectsWith(t, readPackDirectory(backend, SEALED, id), 'object-missing')
  const later = bytes.slice()
  later[4] = 2
  await backend.put(packName(id), later)
  await rejectsWith(t, readPackDirectory(backend, SEALED, id), 'format-too-new')
})

test('pack reader: a pack does not open in another repository', async (t) => {
  const backend = createMemoryBackend()
  const {id} = await storePack(backend, {frames: FRAMES})
  const others: SealingContext[] = [{...SEALED, repositoryId: new Uint8Array(32)}, {...SEALED, sealingKey: new Uint8Array(32)}, UNSEALED]
  for (const other of others) await rejectsWith(t, readPackDirectory(backend, other, id), 'damaged-pack')
})

test('pack reader: a frame is opened only with its own head, place, bytes and length', (t) => {
  const {id, bytes, directory} = buildPack({frames: FRAMES})
  const opener = new FrameOpener(SEALED)
  const head = bytes.slice(0, HEAD_BYTES)
  const stored = bytes.slice(HEAD_BYTES, HEAD_BYTES + directory.frameStoredLengths[0])
  const frame = {packId: id, kind: 'data' as const, ordinal: 0, rawLength: 3000, isCompressed: true}
  t.is(opener.openFrame(head, stored, frame).length, 3000)
  const wrong: [Uint8Array, Uint8Array, object][] = [
    [buildPack({frames: FRAMES}).bytes.slice(0, HEAD_BYTES), stored, {}],
    [head, flipped(stored, 100), {}],
    [head, stored.subarray(1), {}],
    [head, stored, {ordinal: 1}],
    [head, stored, {rawLength: 2999}],
    [head, stored, {rawLength: 3001}],
    [head, stored, {isCompressed: false}],
    [head, stored, {kind: 'tree'}],
  ]
  for (const [otherHead, otherStored, change] of wrong) {
    const error = t.throws(() => opener.openFrame(otherHead, otherStored, {...frame, ...change}))
    t.like(error, {code: 'damaged-frame'}, JSON.stringify(change))
    t.true(error?.message.includes(id.slice(0, 8)))
  }
})

test('pack reader: a chunk is verified against the id at its place among others', (t) => {
  for (const key of [undefined, new Uint8Array(32).fill(5)]) {
    const verifier = new ChunkVerifier(key)
    const chunk = noise(100, 1)
    const ids = Buffer.concat([noise(32, 'other'), verifier.idOf(chunk)])
    const packId = 'a pack'
    t.notThrows(() => verifier.verify(chunk, ids, {offset: 32, packId}))
    t.like(
      t.throws(() => verifier.verify(chunk, ids, {packId})),
      {code: 'damaged-chunk'},
    )
    t.like(
      t.throws(() => verifier.verify(flipped(chunk, 99), ids, {offset: 32, packId})),
      {code: 'damaged-chunk'},
    )
    t.like(
      t.throws(() => verifier.verify(chunk.subarray(1), ids, {offset: 32, packId})),
      {code: 'damaged-chunk'},
    )
  }
})
