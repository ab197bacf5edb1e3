import test from 'ava'
import {gearTable} from '../../src/chunker/gear.js'
import {gearOf} from './material.js'

test('gear: number i is little-endian word i % 4 of block i / 4', (t) => {
  const gear = gearTable((counter) => Uint8Array.from({length: 32}, (_, index) => (index === 8 ? counter : index === 15 ? 1 : 0)))
  t.is(gear.length, 256)
  t.is(gear[0], 0n)
  t.is(gear[4 * 63 + 1], (1n << 56n) + 63n)
  t.is(gear[4 * 63 + 2], 0n)
})

test('gear: each counter from 0 to 63 is asked for once, in order', (t) => {
  const counters: number[] = []
  gearTable((counter) => {
    counters.push(counter)
    return new Uint8Array(32)
  })
  t.deepEqual(
    counters,
    Array.from({length: 64}, (_, index) => index),
  )
})

test('gear: blocks that are views into a larger buffer are read where they lie', (t) => {
  const whole = new Uint8Array(64).fill(255)
  whole.fill(0, 7, 39)
  t.true(gearTable(() => whole.subarray(7, 39)).every((value) => value === 0n))
})

test('gear: the numbers of another key are other numbers', (t) => {
  const one = gearOf('one')
  const other = gearOf('other')
  t.is(new Set([...one, ...other]).size, 512)
})

test('gear: a block of another length is refused', (t) => {
  t.throws(() => gearTable(() => new Uint8Array(31)), {instanceOf: RangeError})
})
