import test from 'ava'
import {decodeDirectory, directoryLength, encodeDirectory, type PackDirectory, storedFrameBytes} from '../../src/format/directory.js'
import {exampleDirectory} from './examples.js'

const bytes = Buffer.from(encodeDirectory(exampleDirectory))

function withColumn(change: Partial<PackDirectory>): PackDirectory {
  return {...exampleDirectory, ...change}
}

test('directory: its length is known before it is encoded', (t) => {
  t.is(bytes.length, directoryLength(exampleDirectory))
  t.is(storedFrameBytes(exampleDirectory), 246)
})

test('directory: one without frames is eight zero bytes', (t) => {
  const empty = decodeDirectory(new Uint8Array(8))
  t.is(empty.chunkLengths.length, 0)
  t.is(Buffer.from(encodeDirectory(empty)).toString('hex'), '0000000000000000')
})

test('directory: aligned columns are views of the bytes, so that an index of many packs is not copied', (t) => {
  const decoded = decodeDirectory(bytes)
  for (const column of Object.values(decoded) as Uint8Array[]) t.is(column.buffer, bytes.buffer)
})

test('directory: counts that the bytes cannot hold are damaged-pack at once, without memory', (t) => {
  const before = process.memoryUsage.rss()
  for (const [frames, chunks] of [
    [0xffff_ffff, 0],
    [0, 0xffff_ffff],
    [0xffff_ffff, 0xffff_ffff],
    [3, 3],
    [2, 4],
  ]) {
    const lie = Buffer.from(bytes)
    lie.writeUInt32LE(frames, 0)
    lie.writeUInt32LE(chunks, 4)
    t.throws(() => decodeDirectory(lie), {code: 'damaged-pack'})
  }
  t.true(process.memoryUsage.rss() - before < 16 * 1024 * 1024)
})

test('directory: columns that do not agree are damaged-pack, written or read', (t) => {
  const wrong: Partial<PackDirectory>[] = [
    {frameRawLengths: Uint32Array.of(300, 81)},
    {frameRawLengths: Uint32Array.of(300)},
    {frameChunkCounts: Uint32Array.of(1, 2)},
    {frameChunkCounts: Uint32Array.of(2, 2)},
    {frameChunkCounts: Uint32Array.of(3, 0)},
    {frameChunkCounts: Uint32Array.of(2, 0xffff_ffff)},
    {frameCodecs: Uint32Array.of(1, 0, 0)},
    {chunkLengths: Uint32Array.of(100, 200, 80, 1)},
    {chunkLengths: Uint32Array.of(100, 200)},
    {chunkIds: new Uint8Array(95)},
    {chunkLengths: Uint32Array.of(100, 200, 80, 5), chunkIds: new Uint8Array(128)},
    {
      frameStoredLengths: Uint32Array.of(150, 96, 10),
      frameRawLengths: Uint32Array.of(300, 80, 0),
      frameChunkCounts: Uint32Array.of(2, 1, 0),
      frameCodecs: Uint32Array.of(1, 0, 0),
    },
  ]
  for (const change of wrong) t.throws(() => encodeDirectory(withColumn(change)), {code: 'damaged-pack'}, JSON.stringify(change))
  const shorterFrame = Buffer.from(bytes)
  shorterFrame.writeUInt32LE(299, 16)
  t.throws(() => decodeDirectory(shorterFrame), {code: 'damaged-pack'})
})

test('directory: sums beyond 32 bits are not taken for small ones', (t) => {
  const huge = withColumn({
    frameChunkCounts: Uint32Array.of(2, 1),
    chunkLengths: Uint32Array.of(0xffff_ffff, 301, 80),
  })
  t.throws(() => encodeDirectory(huge), {code: 'damaged-pack'})
})

test('directory: a codec of a later version is format-too-new', (t) => {
  t.throws(() => encodeDirectory(withColumn({frameCodecs: Uint32Array.of(1, 2)})), {code: 'format-too-new'})
})

test('directory: half a million chunks are encoded and decoded in well under a second', (t) => {
  const frames = 31_250
  const chunks = frames * 16
  const large: PackDirectory = {
    frameStoredLengths: new Uint32Array(frames).fill(500_000),
    frameRawLengths: new Uint32Array(frames).fill(16 * 65_536),
    frameChunkCounts: new Uint32Array(frames).fill(16),
    frameCodecs: new Uint32Array(frames).fill(1),
    chunkLengths: new Uint32Array(chunks).fill(65_536),
    chunkIds: new Uint8Array(chunks * 32).fill(7),
  }
  const start = performance.now()
  t.is(decodeDirectory(encodeDirectory(large)).chunkLengths.length, chunks)
  t.true(performance.now() - start < 1000)
})
