import test from 'ava'
import fc from 'fast-check'
import {
  type ByteString,
  bytesToByteString,
  byteStringToBytes,
  concatBytes,
  displayName,
  equalBytes,
  fromHex,
  isUtf8,
  toByteString,
  toHex,
} from '../../src/util/bytes.js'

const anyBytes = fc.uint8Array({maxLength: 40})

test('bytes: hexadecimal and back is the same, for a view too', (t) => {
  fc.assert(fc.property(anyBytes, (bytes) => t.deepEqual(fromHex(toHex(bytes)), bytes)))
  t.is(toHex(Uint8Array.of(1, 2, 255).subarray(1)), '02ff')
})

test('bytes: parts are joined in their order, in memory of their own', (t) => {
  const part = Uint8Array.of(1, 2)
  const whole = concatBytes([part, new Uint8Array(0), Uint8Array.of(3)])
  part.fill(9)
  t.deepEqual(whole, Uint8Array.of(1, 2, 3))
  t.deepEqual(concatBytes([]), new Uint8Array(0))
})

test('bytes: equal means the same length and the same bytes', (t) => {
  t.true(equalBytes(Uint8Array.of(1, 2), Buffer.from([1, 2])))
  t.false(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)))
  t.false(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)))
})

test('names: any bytes come back from a byte string, and sort as bytes do', (t) => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      const [one, other] = [bytesToByteString(a), bytesToByteString(b)]
      t.deepEqual(Uint8Array.from(byteStringToBytes(one)), a)
      t.is(Math.sign(Buffer.compare(a, b)), one < other ? -1 : one > other ? 1 : 0)
    }),
  )
})

test('names: a text is held as the bytes of its UTF-8', (t) => {
  fc.assert(
    fc.property(fc.string({unit: 'grapheme'}), (text) => {
      const name = toByteString(text)
      t.deepEqual(Buffer.from(byteStringToBytes(name)), Buffer.from(text, 'utf8'))
      t.true(isUtf8(name))
    }),
  )
})

test('names: shown as text where they are UTF-8, and byte by byte where not', (t) => {
  const shown: [string | number[], string][] = [
    ['notes.txt', 'notes.txt'],
    ['Zo\u00eb \u{1f600}', 'Zo\u00eb \u{1f600}'],
    [[0x61, 0xff, 0x62], 'a\\xffb'],
    [[0xc3], '\\xc3'],
    [[0xc3, 0xab, 0xff], '\\xc3\\xab\\xff'],
    ['a\nb\u001b[31m\u007f', 'a\\x0ab\\x1b[31m\\x7f'],
    ['Zo\u00eb\t', 'Zo\u00eb\\x09'],
    ['', ''],
  ]
  for (const [name, text] of shown) {
    const bytes = typeof name === 'string' ? toByteString(name) : bytesToByteString(Uint8Array.from(name))
    t.is(displayName(bytes), text)
  }
})

test('names: what is not UTF-8 is told from what is', (t) => {
  t.true(isUtf8('abc' as ByteString))
  t.true(isUtf8(toByteString('\u00e9')))
  t.false(isUtf8('\u00e9' as ByteString))
})

test('names: no shown name holds a character that a terminal obeys', (t) => {
  fc.assert(fc.property(anyBytes, (bytes) => t.notRegex(displayName(bytesToByteString(bytes)), /[\u0000-\u001f\u007f]/)))
})
