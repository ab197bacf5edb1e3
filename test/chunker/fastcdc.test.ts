import {createHash} from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import {Chunker} from '../../src/chunker/fastcdc.js'
import type {ChunkerParameters} from '../../src/chunker/parameters.js'
import {cutByReference} from '../../src/chunker/reference.js'
import {gearOf, randomBytes, repetitiveBytes, SMALL} from './material.js'
import {PINNED_CUTS} from './pinned-cuts.js'

const gear = gearOf('tests')

function chunkerFor(parameters: ChunkerParameters, bufferBytes = 64 * 1024): Chunker {
  return new Chunker({parameters, gear, bufferBytes})
}

function cutWhole(chunker: Chunker, bytes: Uint8Array): number[] {
  chunker.buffer.set(bytes)
  return [...chunker.lengths.subarray(0, chunker.cut(0, bytes.length, true))]
}

/** Cuts as a reader of a file does: fills the buffer with reads of `sliceBytes` in turn, keeps the tail, goes on. */
function cutSliced(chunker: Chunker, bytes: Uint8Array, sliceBytes: readonly number[]): number[] {
  const lengths: number[] = []
  let filled = 0
  let read = 0
  for (let turn = 0; read < bytes.length || filled > 0; turn++) {
    const slice = bytes.subarray(read, read + Math.min(sliceBytes[turn % sliceBytes.length], chunker.buffer.length - filled))
    chunker.buffer.set(slice, filled)
    filled += slice.length
    read += slice.length
    let start = 0
    const found = chunker.cut(0, filled, read === bytes.length)
    for (const length of chunker.lengths.subarray(0, found)) {
      lengths.push(length)
      start += length
    }
    chunker.buffer.copyWithin(0, start, filled)
    filled -= start
  }
  return lengths
}

const parameterSets: ChunkerParameters[] = [
  SMALL,
  {minSize: 64, averageSize: 128, maxSize: 129, normalization: 2},
  {minSize: 127, averageSize: 128, maxSize: 4096, normalization: 2},
  {minSize: 1000, averageSize: 4096, maxSize: 9001, normalization: 2},
]
const parametersArbitrary = fc.constantFrom(...parameterSets)
const contentArbitrary = fc
  .record({
    seed: fc.string({maxLength: 8}),
    lengthBytes: fc.integer({min: 0, max: 40_000}),
    make: fc.constantFrom(randomBytes, repetitiveBytes),
  })
  .map(({seed, lengthBytes, make}) => make(seed, lengthBytes))

test('chunker: the cuts are those of the reference', (t) => {
  const property = fc.property(parametersArbitrary, contentArbitrary, fc.string({maxLength: 4}), (parameters, bytes, key) => {
    const keyed = gearOf(key)
    const chunker = new Chunker({parameters, gear: keyed, bufferBytes: 64 * 1024})
    t.deepEqual(cutWhole(chunker, bytes), cutByReference(bytes, parameters, keyed))
  })
  t.notThrows(() => fc.assert(property, {numRuns: 60}))
})

test('chunker: the cuts of every short content are those of the reference', (t) => {
  const chunker = chunkerFor(SMALL)
  const content = randomBytes('short', 1200)
  for (let lengthBytes = 0; lengthBytes <= content.length; lengthBytes += lengthBytes < 300 ? 1 : 7) {
    const bytes = content.subarray(0, lengthBytes)
    t.deepEqual(cutWhole(chunker, bytes), cutByReference(bytes, SMALL, gear), `${lengthBytes} bytes`)
  }
})

test('chunker: the cuts do not depend on how the reads are sliced', (t) => {
  const slices = fc.array(fc.integer({min: 1, max: 3000}), {minLength: 1, maxLength: 5})
  const spareBytes = fc.integer({min: 0, max: 2000})
  const property = fc.property(parametersArbitrary, contentArbitrary, slices, spareBytes, (parameters, bytes, sizes, spare) => {
    const whole = cutWhole(chunkerFor(parameters), bytes)
    t.deepEqual(cutSliced(chunkerFor(parameters, parameters.maxSize + spare), bytes, sizes), whole)
  })
  t.notThrows(() => fc.assert(property, {numRuns: 100}))
})

test('chunker: chunks concatenate to the content and keep to the sizes', (t) => {
  const property = fc.property(parametersArbitrary, contentArbitrary, (parameters, bytes) => {
    const lengths = cutWhole(chunkerFor(parameters), bytes)
    t.is(
      lengths.reduce((sum, length) => sum + length, 0),
      bytes.length,
    )
    t.true(lengths.every((length) => length > 0 && length <= parameters.maxSize))
    t.true(lengths.slice(0, -1).every((length) => length > parameters.minSize))
  })
  t.notThrows(() => fc.assert(property))
})

test('chunker: a content of equal bytes is cut at the maximum', (t) => {
  t.deepEqual(cutWhole(chunkerFor(SMALL), new Uint8Array(2500)), [1024, 1024, 452])
})

test('chunker: an insertion changes only the chunks around it', (t) => {
  const content = randomBytes('insertion', 60_000)
  const changed = Buffer.concat([content.subarray(0, 30_000), Buffer.from('inserted'), content.subarray(30_000)])
  const before = new Set(chunkHashes(content))
  const unseen = chunkHashes(changed).filter((hash) => !before.has(hash))
  t.true(unseen.length >= 1 && unseen.length <= 4, `${unseen.length} chunks changed`)
})

function chunkHashes(bytes: Uint8Array): string[] {
  let start = 0
  return cutWhole(chunkerFor(SMALL), bytes).map((length) => {
    start += length
    return createHash('sha256')
      .update(bytes.subarray(start - length, start))
      .digest('hex')
  })
}

test('chunker: a range inside the buffer is cut as a content of its own', (t) => {
  const chunker = chunkerFor(SMALL)
  const bytes = randomBytes('range', 5000)
  chunker.buffer.set(bytes, 1234)
  const found = chunker.cut(1234, 6234, true)
  t.deepEqual([...chunker.lengths.subarray(0, found)], cutByReference(bytes, SMALL, gear))
})

test('chunker: maxSize bytes always have a chunk, also when more may follow', (t) => {
  const chunker = chunkerFor(SMALL, SMALL.maxSize)
  t.is(chunker.cut(0, SMALL.maxSize - 1, false), 0)
  t.is(chunker.cut(0, SMALL.maxSize, false), 1)
})

test('chunker: wrong buffers, tables and ranges are refused', (t) => {
  t.throws(() => chunkerFor(SMALL, SMALL.maxSize - 1), {instanceOf: RangeError})
  t.throws(() => new Chunker({parameters: SMALL, gear: new BigUint64Array(255), bufferBytes: 4096}), {instanceOf: RangeError})
  const chunker = chunkerFor(SMALL)
  t.throws(() => chunker.cut(-1, 10, true), {instanceOf: RangeError})
  t.throws(() => chunker.cut(10, 9, true), {instanceOf: RangeError})
  t.throws(() => chunker.cut(0, chunker.buffer.length + 1, true), {instanceOf: RangeError})
})

test('chunker: the table of lengths has room for the most chunks a buffer can have', (t) => {
  const parameters: ChunkerParameters = {minSize: 64, averageSize: 128, maxSize: 129, normalization: 2}
  const alwaysCuts = new Chunker({parameters, gear: new BigUint64Array(256), bufferBytes: 65 * 1000 + 1})
  t.is(alwaysCuts.cut(0, 65 * 1000 + 1, true), 1001)
  t.is(alwaysCuts.lengths[999], 65)
  t.is(alwaysCuts.lengths[1000], 1)
})

for (const {title, parameters, content, lengths} of PINNED_CUTS) {
  test(`chunker: ${title} are cut where every release has cut them`, (t) => {
    const bytes = content()
    const chunker = new Chunker({parameters, gear: gearOf('pinned'), bufferBytes: bytes.length + parameters.maxSize})
    t.deepEqual(cutWhole(chunker, bytes), [...lengths])
    t.deepEqual(cutByReference(bytes, parameters, gearOf('pinned')), [...lengths])
  })
}
