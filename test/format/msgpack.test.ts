import test from 'ava'
import fc from 'fast-check'
import {isPocketError} from '../../src/errors.js'
import {decodeMap, encodeMap, type Plain, type PlainMap, wholeNumber} from '../../src/format/msgpack.js'
import {fromHex} from '../../src/util/bytes.js'
import {plain} from './plain.js'

const decode = (hex: string) => decodeMap(fromHex(hex), 'damaged-snapshot')
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.nat(0xffff_ffff),
  fc.bigInt({min: -(2n ** 63n), max: 2n ** 64n - 1n}),
  fc.string({unit: 'grapheme', maxLength: 40}),
  fc.uint8Array({maxLength: 300}),
)
const key = fc.string({unit: 'grapheme', maxLength: 20}).filter((text) => text !== '__proto__' && !/^\d+$/.test(text))
const values: fc.Memo<Plain> = fc.memo((depth) =>
  depth <= 1
    ? scalar
    : fc.oneof(
        scalar,
        fc.array(values(depth - 1), {maxLength: 20}),
        fc.dictionary(key, values(depth - 1), {maxKeys: 20, noNullPrototype: true}),
      ),
)
const maps = fc.dictionary(key, values(3), {maxKeys: 20, noNullPrototype: true})

test('msgpack: gives back every plain map', (t) => {
  fc.assert(
    fc.property(maps, (map) => {
      t.deepEqual(plain(decodeMap(encodeMap(map), 'damaged-snapshot')), plain(map))
    }),
  )
})

test('msgpack: bigints are always eight bytes, other whole numbers as short as they go', (t) => {
  t.is(Buffer.from(encodeMap({a: 5n, b: 5, c: 300})).toString('hex'), '83a161d30000000000000005a16205a163cd012c')
  t.is(Buffer.from(encodeMap({a: 2n ** 64n - 1n, b: -1n})).toString('hex'), '82a161cfffffffffffffffffa162d3ffffffffffffffff')
})

test('msgpack: a number above 32 bits is stored as a whole number, never as a float', (t) => {
  t.is(wholeNumber(0xffff_ffff), 0xffff_ffff)
  t.is(wholeNumber(2 ** 32), 2n ** 32n)
  t.is(wholeNumber(Number.MAX_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER))
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => wholeNumber(value), {instanceOf: RangeError})
  }
})

const refused: [what: string, hex: string][] = [
  ['nothing', ''],
  ['an array', '9101'],
  ['a number', '01'],
  ['a float', '81a161cb3ff0000000000000'],
  ['a short float', '81a161ca3f800000'],
  ['the type that is never used', '81a161c1'],
  ['an extension', '81a161c70072'],
  ['a fixed extension', '81a161d40000'],
  ['a regular expression', '81a161c70478 92a16160'.replace(' ', '')],
  ['a date', '81a161d6ff00000000'],
  ['a key that is a number', '810101'],
  ['a key that is nil', '81c001'],
  ['a key that is bytes', '81c4016101'],
  ['a key that is an array', '819001'],
  ['text that is not UTF-8', '81a161a1ff'],
  ['a surrogate in text', '81a161a3eda080'],
  ['a key that is not UTF-8', '81a1ff01'],
  ['bytes after the map', '8000'],
  ['text longer than the record', '81a161a5616263'],
  ['bytes longer than the record', '81a161c6ffffffff00'],
  ['an array of four billion', '81a161ddffffffff'],
  ['a map of four billion', '81a161dfffffffff'],
  ['a map of four billion at the top', 'dfffffffff'],
  ['a header that is cut short', '81a161dd0000'],
  ['nesting deeper than 16', `81a161${'91'.repeat(16)}01`],
]

for (const [what, hex] of refused) {
  test(`msgpack: ${what} is refused`, (t) => {
    t.throws(() => decode(hex), {code: 'damaged-snapshot'})
  })
}

test('msgpack: nesting of 16 and every width of every type in use is taken', (t) => {
  t.notThrows(() => decode(`81a161${'91'.repeat(15)}01`))
  const wide = decode('88a161ccffa162cdffffa163ceffffffffa164d0ffa165d1ffffa166d2ffffffffa167da000178a168db0000000179')
  t.deepEqual(wide, {a: 255, b: 65_535, c: 0xffff_ffff, d: -1, e: -1, f: -1, g: 'x', h: 'y'})
  t.deepEqual(plain(decode('de0003a161c50001ffa162dc0001c0a163df00000001a163c2')), plain({a: Uint8Array.of(255), b: [null], c: {c: false}}))
})

test('msgpack: a hundred thousand nested arrays end neither the stack nor the process', (t) => {
  t.throws(() => decode(`81a161${'91'.repeat(100_000)}01`), {code: 'damaged-snapshot'})
})

test('msgpack: a key called __proto__ changes no prototype', (t) => {
  const map = decode('81a95f5f70726f746f5f5f81a161c3')
  t.is(Object.getPrototypeOf(map), Object.prototype)
  t.is((map as PlainMap & {a?: boolean}).a, undefined)
})

test('msgpack: whatever follows a header of a map, the answer is a map or the code', (t) => {
  const pieces = [
    'a161',
    'a162',
    '01',
    'ff',
    'c0',
    'c3',
    'c4016b',
    '81',
    '91',
    'dc0001',
    'de0001',
    'd3ffffffffffffffff',
    'd901e9',
    'c7',
    'ca',
  ]
  let maps = 0
  fc.assert(
    fc.property(fc.constantFrom('81', '82', 'de0001'), fc.array(fc.constantFrom(...pieces), {maxLength: 8}), (header, rest) => {
      try {
        t.is(typeof decode(header + rest.join('')), 'object')
        maps++
      } catch (error) {
        if (!isPocketError(error, 'damaged-snapshot')) throw error
      }
    }),
    {numRuns: 5000},
  )
  t.true(maps > 10)
})
