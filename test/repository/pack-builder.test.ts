import test from 'ava'
import fc from 'fast-check'
import {createCompressor} from '../../src/compression/zstd.js'
import {hash} from '../../src/crypto/blake3.js'
import {CODEC, decodeDirectory, encodeDirectory} from '../../src/format/directory.js'
import {HEAD_BYTES} from '../../src/format/head.js'
import {MAX_FRAME_CHUNKS} from '../../src/repository/frame-buffer.js'
import {type FinishedPack, PackBuilder, type PackBuilderOptions, packCapacity} from '../../src/repository/pack-builder.js'
import {toHex} from '../../src/util/bytes.js'
import {buildPack, noise, SEALED, sum, UNSEALED} from './material.js'

const KIB = 1024

/** A builder in memory of a fixed size, as workers have it, that keeps copies of what it finished. */
function fixedBuilder(targetBytes: number, maxFrameBytes: number, options: Partial<PackBuilderOptions> = {}) {
  const memory = new Uint8Array(packCapacity(targetBytes, maxFrameBytes))
  const packs: FinishedPack[] = []
  const builder = new PackBuilder({
    kind: 'data',
    sealing: SEALED,
    compressor: createCompressor(1),
    targetBytes,
    allocate: () => memory,
    emit: (pack) => packs.push({...pack, bytes: pack.bytes.slice()}),
    ...options,
  })
  return {builder, packs, memory}
}

test('pack builder: a pack is named by the BLAKE3 of its bytes, and ends in its directory', (t) => {
  for (const sealing of [SEALED, UNSEALED]) {
    const {id, bytes, directory} = buildPack({sealing, frames: [[noise(1000, 1)], [noise(3, 2), noise(5000, 3)]]})
    t.is(String(id), toHex(hash(bytes)))
    t.is(Buffer.from(bytes.subarray(-4)).toString(), 'PDIR')
    t.is(Buffer.from(bytes.subarray(0, 4)).toString(), 'POCK')
    const end = bytes.length - 8 - Buffer.from(bytes).readUInt32LE(bytes.length - 8)
    t.is(HEAD_BYTES + sum(directory.frameStoredLengths), end)
    t.deepEqual([...directory.chunkLengths], [1000, 3, 5000])
    t.deepEqual(decodeDirectory(encodeDirectory(directory)), directory)
  }
})

test('pack builder: the same chunks make another pack each time, sealed or not: a name that was removed does not come back', (t) => {
  const frames = [[noise(1000, 1)]]
  t.not(buildPack({frames}).id, buildPack({frames}).id)
  t.not(buildPack({frames, sealing: UNSEALED}).id, buildPack({frames, sealing: UNSEALED}).id)
})

test('pack builder: a frame that compression would not make smaller is stored as it is', (t) => {
  const {directory} = buildPack({frames: [[noise(5000, 1)], [new Uint8Array(5000)], [Uint8Array.of(1)]]})
  t.deepEqual([...directory.frameCodecs], [CODEC.stored, CODEC.zstd, CODEC.stored])
  t.deepEqual(
    [...directory.frameStoredLengths].map((length) => length <= 5016),
    [true, true, true],
  )
  t.deepEqual([...buildPack({frames: [[new Uint8Array(5000)]], stored: true}).directory.frameCodecs], [CODEC.stored])
})

test('pack builder: a pack is finished at its target, and `finish` hands over the rest', (t) => {
  const {builder, packs} = fixedBuilder(64 * KIB, 16 * KIB)
  for (let frame = 0; frame < 9; frame++) builder.addFrame(noise(16 * KIB, frame), [16 * KIB], noise(32, frame))
  t.deepEqual(
    packs.map(({directory}) => directory.frameStoredLengths.length),
    [4, 4],
  )
  t.true(builder.pendingBytes > 16 * KIB)
  builder.finish()
  t.deepEqual(
    packs.map(({directory}) => directory.frameStoredLengths.length),
    [4, 4, 1],
  )
  t.is(builder.pendingBytes, 0)
  builder.finish()
  t.is(packs.length, 3)
})

test('pack builder: what it was given may be overwritten at once', (t) => {
  const {builder, packs} = fixedBuilder(64 * KIB, 16 * KIB, {compressor: undefined, sealing: UNSEALED})
  const [raw, ids, lengths] = [noise(100, 1), noise(32, 2), [100]]
  builder.addFrame(raw, lengths, ids)
  raw.fill(0)
  ids.fill(0)
  lengths.length = 0
  builder.finish()
  t.deepEqual(packs[0].bytes.slice(HEAD_BYTES, HEAD_BYTES + 100), noise(100, 1))
  t.deepEqual([packs[0].directory.chunkIds, [...packs[0].directory.chunkLengths]], [noise(32, 2), [100]])
})

const MAX_FRAME = 128 * KIB
const incompressible = noise(MAX_FRAME, 'raw')

/** Adds a frame of `count` chunks that compression does not make smaller, nor their ids. */
function addNoise(builder: PackBuilder, bytes: number, count: number): void {
  const lengths = new Array<number>(count).fill(Math.floor(bytes / count))
  lengths[0] += bytes - sum(lengths)
  builder.addFrame(incompressible.subarray(0, bytes), lengths, manyIds.subarray(0, count * 32))
}

const manyIds = noise(MAX_FRAME_CHUNKS * 32, 'ids')

test('pack builder: no frames whatever outgrow the memory of a pack', (t) => {
  const frame = fc.record({
    bytes: fc.integer({min: MAX_FRAME_CHUNKS, max: MAX_FRAME}),
    chunks: fc.oneof(fc.constant(1), fc.constant(MAX_FRAME_CHUNKS), fc.integer({min: 1, max: MAX_FRAME_CHUNKS})),
  })
  fc.assert(
    fc.property(fc.integer({min: 1, max: 512 * KIB}), fc.array(frame, {maxLength: 30}), (targetBytes, frames) => {
      const {builder, packs, memory} = fixedBuilder(targetBytes, MAX_FRAME)
      for (const {bytes, chunks} of frames) addNoise(builder, bytes, chunks)
      builder.finish()
      t.is(sum(packs.map(({directory}) => directory.chunkLengths.length)), sum(frames.map(({chunks}) => chunks)))
      t.true(packs.every(({bytes}) => bytes.length <= memory.length))
    }),
    {numRuns: 40},
  )
})

test('pack builder: frames that compress to almost nothing finish a pack before its directory has no room', (t) => {
  const {builder, packs, memory} = fixedBuilder(64 * KIB, 4 * KIB)
  const zeros = new Uint8Array(4 * KIB)
  for (let frame = 0; frame < 20_000; frame++) {
    builder.addFrame(zeros, [zeros.length], manyIds.subarray((frame % 1000) * 32, (frame % 1000) * 32 + 32))
  }
  builder.finish()
  t.is(sum(packs.map(({directory}) => directory.chunkLengths.length)), 20_000)
  t.true(packs.every(({bytes}) => bytes.length <= memory.length))
})

test('pack builder: frames of thousands of tiny chunks finish a pack before its directory has no room', (t) => {
  const {builder, packs} = fixedBuilder(64 * KIB, MAX_FRAME)
  for (let frame = 0; frame < 12; frame++) addNoise(builder, MAX_FRAME_CHUNKS, MAX_FRAME_CHUNKS)
  builder.finish()
  t.is(sum(packs.map(({directory}) => directory.chunkLengths.length)), 12 * MAX_FRAME_CHUNKS)
  t.true(packs.length > 1)
})
