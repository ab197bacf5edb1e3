import test from 'ava'
import fc from 'fast-check'
import {compressRecord, decompressRecord} from '../../src/compression/record.js'
import {createCompressor, createDecompressor, loadZstd} from '../../src/compression/zstd.js'

await loadZstd()
const compressor = createCompressor(3)
const decompressor = createDecompressor()

test('record: what was compressed is given back, its length in front', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 3000}), (plain) => {
      const record = compressRecord(compressor, plain)
      t.is(Buffer.from(record).readUInt32LE(), plain.length)
      t.deepEqual([...decompressRecord(decompressor, record, 3000)], [...plain])
    }),
  )
})

test('record: one longer than the limit is damaged-frame before memory is taken', (t) => {
  const record = compressRecord(compressor, new Uint8Array(1001))
  t.is(decompressRecord(decompressor, record, 1001).length, 1001)
  t.throws(() => decompressRecord(decompressor, record, 1000), {code: 'damaged-frame'})
  const lie = Buffer.from(record)
  lie.writeUInt32LE(0xffff_ffff)
  const before = process.memoryUsage.rss()
  t.throws(() => decompressRecord(decompressor, lie, 1001), {code: 'damaged-frame'})
  t.true(process.memoryUsage.rss() - before < 16 * 1024 * 1024)
})

test('record: any bytes are a record or damaged-frame', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 60}), (bytes) => {
      try {
        t.true(decompressRecord(decompressor, bytes, 1000).length <= 1000)
      } catch (error) {
        t.is((error as {code?: string}).code, 'damaged-frame')
      }
    }),
  )
})

test('record: bytes inside a larger buffer are read from their own beginning', (t) => {
  const record = compressRecord(compressor, Buffer.from('inside'))
  const whole = Buffer.concat([Buffer.alloc(13, 0xff), record])
  t.is(decompressRecord(decompressor, whole.subarray(13), 100).toString(), 'inside')
})
