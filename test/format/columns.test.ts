import test from 'ava'
import fc from 'fast-check'
import {columnBytes, readColumn, turnedAround} from '../../src/format/columns.js'

test('columns: numbers are stored little-endian', (t) => {
  t.is(Buffer.from(columnBytes(Uint32Array.of(0x01020304, 5))).toString('hex'), '0403020105000000')
  t.is(Buffer.from(columnBytes(BigInt64Array.of(-2n))).toString('hex'), 'feffffffffffffff')
})

test('columns: are read from any offset, aligned or not', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff_ffff), {maxLength: 20}), fc.nat(9), (numbers, offset) => {
      const bytes = new Uint8Array(offset + numbers.length * 4)
      bytes.set(columnBytes(Uint32Array.from(numbers)), offset)
      t.deepEqual([...readColumn(Uint32Array, bytes, offset, numbers.length)], numbers)
    }),
  )
})

test('columns: an aligned column is a view and takes no memory', (t) => {
  const bytes = new Uint8Array(64)
  t.is(readColumn(BigUint64Array, bytes, 8, 4).buffer, bytes.buffer)
  t.not(readColumn(BigUint64Array, bytes, 9, 4).buffer, bytes.buffer)
})

test('columns: a host of the other byte order turns each number around, and leaves the given bytes alone', (t) => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  t.deepEqual([...turnedAround(bytes, 2)], [2, 1, 4, 3, 6, 5, 8, 7])
  t.deepEqual([...turnedAround(bytes, 4)], [4, 3, 2, 1, 8, 7, 6, 5])
  t.deepEqual([...turnedAround(bytes, 8)], [8, 7, 6, 5, 4, 3, 2, 1])
  t.deepEqual([...turnedAround(bytes, 1)], [...bytes])
  t.deepEqual([...bytes], [1, 2, 3, 4, 5, 6, 7, 8])
})
