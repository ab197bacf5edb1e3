import test from 'ava'
import fc from 'fast-check'
import {frameContentSize} from '../../src/compression/zstd-frame.js'
import {loadZstdLibrary} from '../../src/compression/zstd.js'
import {fromHex} from '../../src/util/bytes.js'

const zstd = await loadZstdLibrary('wasm')

test('zstd-frame: tells what a frame holds, however many bytes its length takes', (t) => {
  const compressor = zstd.createCompressor(1)
  for (const length of [0, 1, 255, 256, 257, 65_535, 65_791, 65_792, 3_000_000]) {
    t.is(frameContentSize(compressor.compress(new Uint8Array(length))), length)
  }
})

// Descriptors as RFC 8878, 3.1.1.1.1 has them, each with its window and dictionary id.
const HEADERS: readonly (readonly [string, string, number | undefined])[] = [
  ['no length, a window', '28b52ffd 00 58', undefined],
  ['one byte, one segment', '28b52ffd 20 07', 7],
  ['one byte behind a dictionary id of four', '28b52ffd 23 01020304 07', 7],
  ['two bytes behind a window', '28b52ffd 40 58 0100', 257],
  ['two bytes behind a window and a dictionary id of two', '28b52ffd 42 58 0102 0001', 512],
  ['four bytes', '28b52ffd a0 00000080', 2 ** 31],
  ['eight bytes', '28b52ffd e0 0000000001000000', 2 ** 32],
]

for (const [title, header, length] of HEADERS) {
  test(`zstd-frame: ${title}`, (t) => {
    const bytes = fromHex(header.replaceAll(' ', ''))
    t.is(frameContentSize(bytes), length)
    // What follows is not looked at; what is missing is missed.
    t.is(frameContentSize(Buffer.concat([bytes, Buffer.alloc(3, 0xff)])), length)
    if (length !== undefined) for (let end = 0; end < bytes.length; end++) t.throws(() => frameContentSize(bytes.subarray(0, end)))
  })
}

test('zstd-frame: anything else is an error', (t) => {
  t.throws(() => frameContentSize(fromHex('502a4d1804000000')), {message: /no zstd frame/})
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 20}), (bytes) => {
      t.throws(() => frameContentSize(bytes))
    }),
  )
})
