import {once} from 'node:events'
import {Worker} from 'node:worker_threads'
import test from 'ava'
import fc from 'fast-check'
import {CODEC} from '../../src/format/directory.js'
import {HEAD_BYTES} from '../../src/format/head.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import {ChunkIndex} from '../../src/repository/chunk-index.js'
import {toHex} from '../../src/util/bytes.js'
import {chunkIds, toldPack} from './material.js'

interface Told {
  pack: IndexedPack
  ordinal: number
  frameStart: number
  offset: number
}

/** Where each chunk lies by the plainest reckoning: in the first pack that has it, at its first place there. */
function placesOf(packs: readonly IndexedPack[]): Map<string, Told> {
  const places = new Map<string, Told>()
  for (const pack of packs) {
    const {frameStoredLengths, frameChunkCounts, chunkLengths, chunkIds: ids} = pack.directory
    let chunk = 0
    let frameStart = HEAD_BYTES
    for (const [ordinal, count] of frameChunkCounts.entries()) {
      let offset = 0
      for (let index = 0; index < count; index++, chunk++) {
        const id = toHex(ids.subarray(chunk * 32, chunk * 32 + 32))
        if (!places.has(id)) places.set(id, {pack, ordinal, frameStart, offset})
        offset += chunkLengths[chunk]
      }
      frameStart += frameStoredLengths[ordinal]
    }
  }
  return places
}

function indexOf(packs: readonly IndexedPack[], storedBytes?: number): ChunkIndex {
  const index = new ChunkIndex(storedBytes)
  for (const pack of packs) index.add(pack)
  return index
}

/** Few values in each byte, zeros among them, so that ids share beginnings. */
const crowdedId = fc
  .uint8Array({minLength: 32, maxLength: 32})
  .map((bytes) => bytes.map((byte, index) => (index < 24 ? [0, 0, 255][byte % 3] : byte)))
const randomId = fc.uint8Array({minLength: 32, maxLength: 32})

for (const [what, id] of [
  ['any ids', randomId],
  ['ids that share their beginnings', crowdedId],
] as const) {
  test(`chunk index: finds every chunk where the packs say it lies: ${what}`, (t) => {
    const pack = fc.tuple(
      fc.uniqueArray(id, {minLength: 1, maxLength: 30, selector: (bytes) => toHex(bytes.subarray(0, 24))}),
      fc.integer({min: 1, max: 5}),
    )
    fc.assert(
      fc.property(fc.array(pack, {maxLength: 8}), (made) => {
        const packs = made.map(([ids, perFrame], number) => toldPack(`pack ${number}`, Buffer.concat(ids), perFrame))
        const index = indexOf(packs)
        const places = placesOf(packs)
        // 192 bits are compared: what differs only in the rest, no two real chunks do.
        const known = new Set([...places.keys()].map((hex) => hex.slice(0, 48)))
        if (index.size !== known.size) throw new Error(`${index.size} of ${known.size} chunks`)
        for (const [hex, {pack: told, ordinal, frameStart, offset}] of firstOfEach(places)) {
          const location = index.locate(Buffer.from(hex, 'hex'))
          if (!location) throw new Error(`lost ${hex}`)
          const frame = index.frame(location.frame)
          const {directory} = told
          t.deepEqual(
            [frame.pack.id, frame.ordinal, frame.offset, location.offset, frame.storedLength, frame.rawLength, frame.isCompressed],
            [
              told.id,
              ordinal,
              frameStart,
              offset,
              directory.frameStoredLengths[ordinal],
              directory.frameRawLengths[ordinal],
              directory.frameCodecs[ordinal] === CODEC.zstd,
            ],
          )
        }
      }),
      {numRuns: 200},
    )
  })
}

function firstOfEach(places: Map<string, Told>): [string, Told][] {
  const seen = new Set<string>()
  return [...places].filter(([hex]) => !seen.has(hex.slice(0, 48)) && seen.add(hex.slice(0, 48)))
}

test('chunk index: grows from nothing, loses none and invents none', (t) => {
  const packs = Array.from({length: 100}, (_, number) => toldPack(`pack ${number}`, chunkIds(number * 300, 300)))
  const index = indexOf(packs)
  t.is(index.size, 30_000)
  const known = chunkIds(0, 30_000)
  for (let chunk = 0; chunk < 30_000; chunk++) if (!index.has(known, chunk * 32)) t.fail(`lost chunk ${chunk}`)
  const unknown = chunkIds(30_000, 30_000)
  for (let chunk = 0; chunk < 30_000; chunk++) if (index.has(unknown, chunk * 32)) t.fail(`invented chunk ${chunk}`)
  t.pass()
})

test('chunk index: takes at most 40 bytes a chunk, guessed from the size of index objects or grown', (t) => {
  const count = 400_000
  const packs = Array.from({length: count / 200}, (_, number) => toldPack(`pack ${number}`, manyIds(number, 200)))
  for (const bytesPerChunk of [34.4, 36.9]) {
    const guessed = indexOf(packs, count * bytesPerChunk)
    t.is(guessed.size, count)
    t.true(guessed.memoryBytes / count < 40, `${guessed.memoryBytes / count} at ${bytesPerChunk}`)
  }
  const grown = indexOf(packs)
  t.true(grown.memoryBytes / count < 40, `${grown.memoryBytes / count} grown`)
})

/** Ids at less than the cost of hashing each. */
function manyIds(seed: number, count: number): Uint8Array {
  const ids = new Uint8Array(count * 32)
  const view = new DataView(ids.buffer)
  let state = (seed * 0x9e3779b9 + 1) >>> 0
  for (let at = 0; at < ids.length; at += 4) {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    view.setUint32(at, word ^ (word >>> 14), true)
  }
  return ids
}

test('chunk index: ids that all crowd at the end of the table are kept', (t) => {
  const count = 5000
  const ids = chunkIds(0, count)
  for (let chunk = 0; chunk < count; chunk++) ids.fill(255, chunk * 32 + 4, chunk * 32 + 8)
  const index = indexOf([toldPack('crowd', ids)])
  t.is(index.size, count)
  for (let chunk = 0; chunk < count; chunk++) if (!index.has(ids, chunk * 32)) t.fail(`lost chunk ${chunk}`)
  t.false(index.has(chunkIds(count, 1)))
  index.add(toldPack('more', chunkIds(count, 200_000 / 10)))
  for (let chunk = 0; chunk < count; chunk++) if (!index.has(ids, chunk * 32)) t.fail(`lost chunk ${chunk} when it grew`)
})

test('chunk index: an id of nothing but zeros is a chunk like any other', (t) => {
  const zeros = new Uint8Array(32)
  const index = indexOf([toldPack('pack', chunkIds(0, 10))])
  t.false(index.has(zeros))
  index.add(toldPack('zeros', zeros))
  t.true(index.has(zeros))
  t.is(index.frame(index.locate(zeros)?.frame ?? -1).pack.id, toldPack('zeros', zeros).id)
})

test('chunk index: a pack added again changes nothing; a chunk in two packs is found in the first', (t) => {
  const first = toldPack('first', chunkIds(0, 20))
  const second = toldPack('second', chunkIds(10, 20))
  const index = indexOf([first, second, first])
  t.deepEqual([index.size, index.chunkTotal, index.packs.length], [30, 40, 2])
  t.true(index.hasPack(first.id))
  t.false(index.hasPack(toldPack('third', chunkIds(0, 1)).id))
  t.is(index.frame(index.locate(chunkIds(15, 1))?.frame ?? -1).pack.id, first.id)
  t.is(index.frame(index.locate(chunkIds(25, 1))?.frame ?? -1).pack.id, second.id)
})

test('chunk index: another thread finds the same chunks in the shared table', async (t) => {
  const index = indexOf([toldPack('pack', chunkIds(0, 5000))])
  const ids = chunkIds(0, 10_000)
  const worker = new Worker(new URL('./index-worker.js', import.meta.url), {workerData: {table: index.sharedTable, ids}})
  const [found] = (await once(worker, 'message')) as [Uint8Array]
  await worker.terminate()
  t.deepEqual(
    found,
    Uint8Array.from({length: 10_000}, (_, chunk) => Number(chunk < 5000)),
  )
})
