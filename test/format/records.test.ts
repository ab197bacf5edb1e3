import test from 'ava'
import fc from 'fast-check'
import {decodeChunkList, encodeChunkList} from '../../src/format/chunk-list.js'
import {decodeConfig, encodeConfig} from '../../src/format/config.js'
import {decodeDirectory, encodeDirectory} from '../../src/format/directory.js'
import {decodeHead, encodeHead, KIND} from '../../src/format/head.js'
import {decodeIndex, encodeIndex} from '../../src/format/index-record.js'
import {decodeKey, encodeKey} from '../../src/format/key.js'
import {decodeSnapshot, encodeSnapshot} from '../../src/format/snapshot-record.js'
import {decodeTreePage, encodeBranch, encodeTreePage} from '../../src/format/tree.js'
import {isPocketError} from '../../src/errors.js'
import * as arbitrary from './arbitrary-records.js'
import * as example from './examples.js'
import {decodeForgotten, encodeForgotten} from '../../src/format/forgotten-record.js'
import {decodeRemoval, encodeRemoval} from '../../src/format/removal-record.js'
import {plain} from './plain.js'

const authenticate = (bytes: Uint8Array) => new Uint8Array(32).fill(bytes.length)
const encodeAnyConfig = (config: typeof example.exampleConfig) => encodeConfig(config, config.suite === 0 ? undefined : authenticate)

interface Codec<T> {
  values: fc.Arbitrary<T>
  sample: T
  encode: (value: T) => Uint8Array
  decode: (bytes: Uint8Array) => T
  /** The code for damaged bytes. */
  code: string
}

const codecs = {
  directory: codec({
    values: arbitrary.directories,
    sample: example.exampleDirectory,
    encode: encodeDirectory,
    decode: decodeDirectory,
    code: 'damaged-pack',
  }),
  index: codec({
    values: arbitrary.indexes,
    sample: example.exampleIndex,
    encode: encodeIndex,
    decode: decodeIndex,
    code: 'damaged-index',
  }),
  table: codec({
    values: arbitrary.tables.map((table) => ({level: 0 as const, table})),
    sample: {level: 0, table: example.exampleTable},
    encode: ({table}) => encodeTreePage(table),
    decode: (bytes) => decodeTreePage(bytes) as {level: 0; table: typeof example.exampleTable},
    code: 'damaged-tree',
  }),
  branch: codec({
    values: arbitrary.branches,
    sample: example.exampleBranch,
    encode: encodeBranch,
    decode: (bytes) => decodeTreePage(bytes) as typeof example.exampleBranch,
    code: 'damaged-tree',
  }),
  'chunk list': codec({
    values: arbitrary.chunkLists,
    sample: example.exampleChunkList,
    encode: encodeChunkList,
    decode: decodeChunkList,
    code: 'damaged-tree',
  }),
  config: codec({
    values: arbitrary.configs,
    sample: example.exampleConfig,
    encode: encodeAnyConfig,
    decode: (bytes) => decodeConfig(bytes).config,
    code: 'damaged-config',
  }),
  key: codec({
    values: arbitrary.keys,
    sample: example.exampleKey,
    encode: encodeKey,
    decode: decodeKey,
    code: 'damaged-key',
  }),
  snapshot: codec({
    values: arbitrary.snapshots,
    sample: example.exampleSnapshot,
    encode: encodeSnapshot,
    decode: decodeSnapshot,
    code: 'damaged-snapshot',
  }),
  forgotten: codec({
    values: arbitrary.forgottens,
    sample: example.exampleForgotten,
    encode: encodeForgotten,
    decode: decodeForgotten,
    code: 'damaged-snapshot',
  }),
  removal: codec({
    values: arbitrary.removals,
    sample: example.exampleRemoval,
    encode: encodeRemoval,
    decode: decodeRemoval,
    code: 'damaged-removal',
  }),
  head: codec({
    values: fc.record({
      kind: fc.constantFrom(...Object.values(KIND)),
      suite: fc.constantFrom(0, 1),
      salt: fc.uint8Array({minLength: 32, maxLength: 32}),
    }) as fc.Arbitrary<typeof example.exampleHead>,
    sample: example.exampleHead,
    encode: encodeHead,
    decode: (bytes) => decodeHead(bytes),
    code: 'damaged-object',
  }),
}

for (const [name, {values, sample, encode, decode, code}] of Object.entries(codecs)) {
  test(`${name}: decodes to what was encoded, wherever the bytes lie`, (t) => {
    fc.assert(
      fc.property(values, fc.nat(7), (value, shift) => {
        const bytes = encode(value)
        t.deepEqual(plain(decode(shifted(bytes, shift))), plain(value))
      }),
      {numRuns: 200},
    )
  })

  test(`${name}: encodes what was decoded to the same bytes`, (t) => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value)
        t.deepEqual(Buffer.from(encode(decode(bytes))), Buffer.from(bytes))
      }),
      {numRuns: 100},
    )
  })

  test(`${name}: what was decoded does not change when it is encoded again, nor do its bytes`, (t) => {
    const bytes = encode(sample)
    const copy = Buffer.from(bytes)
    const decoded = decode(bytes)
    encode(decoded)
    t.deepEqual(Buffer.from(bytes), copy)
    t.deepEqual(plain(decoded), plain(sample))
  })

  test(`${name}: any bytes give a value or ${code}`, (t) => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 200}), (bytes) => t.true(isValueOrError(() => decode(bytes), code))),
      {numRuns: 1000},
    )
  })

  test(`${name}: any bytes changed in a record give a value or ${code}`, (t) => {
    const change = fc.record({position: fc.nat(), bytes: fc.uint8Array({minLength: 1, maxLength: 5})})
    fc.assert(
      fc.property(values, fc.array(change, {minLength: 1, maxLength: 4}), (value, changes) => {
        const bytes = Buffer.from(encode(value))
        for (const {position, bytes: part} of changes) bytes.set(part.subarray(0, 1), position % bytes.length)
        t.true(isValueOrError(() => decode(bytes), code))
      }),
      {numRuns: 500},
    )
  })

  test(`${name}: every single byte changed to any of a few values gives a value or ${code}`, (t) => {
    const bytes = Buffer.from(encode(sample))
    for (let position = 0; position < bytes.length; position++) {
      const original = bytes[position]
      for (const value of [0, 1, 0x7f, 0x80, 0x93, 0xc1, 0xc7, 0xca, 0xd4, 0xdd, 0xdf, 0xff, original ^ 1, original + 1]) {
        bytes[position] = value
        if (!isValueOrError(() => decode(bytes), code)) t.fail(`byte ${position} as ${value}`)
      }
      bytes[position] = original
    }
    t.deepEqual(plain(decode(bytes)), plain(sample))
  })

  test(`${name}: cut short or made longer it is ${code}`, (t) => {
    const bytes = encode(sample)
    for (let length = 0; length < bytes.length; length++) {
      t.throws(() => decode(bytes.subarray(0, length)), {code}, `cut to ${length}`)
    }
    if (name !== 'head') t.throws(() => decode(Buffer.concat([bytes, Buffer.alloc(1)])), {code})
  })
}

function codec<T>(definition: Codec<T>): Codec<unknown> {
  return definition as unknown as Codec<unknown>
}

/** The bytes in the middle of a larger buffer, so that columns are not aligned. */
function shifted(bytes: Uint8Array, shift: number): Uint8Array {
  const whole = new Uint8Array(bytes.length + shift)
  whole.set(bytes, shift)
  return whole.subarray(shift)
}

function isValueOrError(decode: () => unknown, code: string): boolean {
  try {
    decode()
    return true
  } catch (error) {
    if (isPocketError(error, 'format-too-new') || (isPocketError(error) && error.code === code)) return true
    throw error
  }
}
