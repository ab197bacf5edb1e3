import test from 'ava'
import {decodeHead, encodeHead, HEAD_BYTES, KIND, type Kind, SUITE} from '../../src/format/head.js'
import {exampleHead} from './examples.js'

const bytes = encodeHead(exampleHead)

function changed(position: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[position] = value
  return copy
}

test('head: is 40 bytes that begin with POCK and the version', (t) => {
  t.is(bytes.length, HEAD_BYTES)
  t.is(Buffer.from(bytes.subarray(0, 8)).toString('hex'), '504f434b01010100')
})

test('head: is read from the beginning of a longer object, its salt a copy', (t) => {
  const object = Buffer.concat([bytes, Buffer.alloc(100, 1)])
  const head = decodeHead(object)
  object.fill(0)
  t.deepEqual(head, exampleHead)
})

test('head: an object of another kind than expected has the code of the expected kind', (t) => {
  const codes: [Kind, string][] = [
    [KIND.treePack, 'damaged-pack'],
    [KIND.index, 'damaged-index'],
    [KIND.snapshot, 'damaged-snapshot'],
    [KIND.key, 'damaged-key'],
  ]
  for (const [kind, code] of codes) {
    t.throws(() => decodeHead(bytes, kind), {code})
    t.throws(() => decodeHead(bytes.subarray(0, 39), kind), {code})
  }
  t.is(decodeHead(bytes, KIND.dataPack).kind, KIND.dataPack)
})

test('head: a later version or another suite is format-too-new', (t) => {
  t.throws(() => decodeHead(changed(4, 2)), {code: 'format-too-new'})
  t.throws(() => decodeHead(changed(6, 2)), {code: 'format-too-new'})
})

test('head: a wrong magic, version 0, unknown kind or byte 7 is damaged-object', (t) => {
  for (const [position, value] of [
    [0, 0],
    [3, 0],
    [4, 0],
    [5, 0],
    [5, 8],
    [7, 1],
  ]) {
    t.throws(() => decodeHead(changed(position, value)), {code: 'damaged-object'}, `byte ${position} as ${value}`)
  }
})

test('head: a salt that is not 32 bytes is refused', (t) => {
  t.throws(() => encodeHead({kind: KIND.index, suite: SUITE.none, salt: new Uint8Array(31)}), {instanceOf: RangeError})
})
