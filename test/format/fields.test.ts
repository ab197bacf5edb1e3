import test from 'ava'
import {isPocketError} from '../../src/errors.js'
import {decodeChunkList, encodeChunkList} from '../../src/format/chunk-list.js'
import {decodeConfig, encodeConfig} from '../../src/format/config.js'
import {decodeKey, encodeKey} from '../../src/format/key.js'
import {decodeMap, encodeMap, type Plain, type PlainMap} from '../../src/format/msgpack.js'
import {decodeSnapshot, encodeSnapshot} from '../../src/format/snapshot-record.js'
import {decodeTreePage, encodeBranch, encodeTreePage} from '../../src/format/tree.js'
import * as example from './examples.js'

/** Keys without which a record is still whole. */
const OPTIONAL = new Set(['owners', 'errors', 'extras'])

const records: [name: string, bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown, code: string][] = [
  ['tree page', encodeTreePage(example.exampleTable), decodeTreePage, 'damaged-tree'],
  ['branch', encodeBranch(example.exampleBranch), decodeTreePage, 'damaged-tree'],
  ['chunk list', encodeChunkList(example.exampleChunkList), decodeChunkList, 'damaged-tree'],
  ['upper chunk list', encodeChunkList(example.exampleUpperChunkList), decodeChunkList, 'damaged-tree'],
  ['config', encodeConfig(example.examplePlainConfig), decodeConfig, 'damaged-config'],
  ['key', encodeKey(example.exampleKey), decodeKey, 'damaged-key'],
  ['snapshot', encodeSnapshot(example.exampleSnapshot), decodeSnapshot, 'damaged-snapshot'],
]

const wrongValues: Plain[] = [
  null,
  true,
  -1,
  1_000_000,
  -(2n ** 63n),
  2n ** 64n - 1n,
  'text',
  new Uint8Array(0),
  new Uint8Array(31),
  [],
  [null],
  [[[]]],
  {},
  {name: 'scrypt'},
]

for (const [name, bytes, decode, code] of records) {
  const map = decodeMap(bytes, 'damaged-object')

  test(`${name}: without any one of its keys it is ${code}`, (t) => {
    for (const path of pathsOf(map)) {
      if (OPTIONAL.has(path[0])) continue
      t.throws(() => decode(encodeMap(without(map, path))), {code}, path.join('.'))
    }
  })

  test(`${name}: any key with a value of another kind gives a value or ${code}`, (t) => {
    for (const path of pathsOf(map)) {
      for (const value of wrongValues) {
        try {
          decode(encodeMap(replaced(map, path, value)))
        } catch (error) {
          if (!isPocketError(error) || (error.code !== code && error.code !== 'format-too-new')) {
            t.fail(`${path.join('.')}: ${String(error)}`)
          }
        }
      }
    }
    t.pass()
  })
}

/** The ways to every value of a map and of the maps in it. */
function pathsOf(map: PlainMap): string[][] {
  return Object.entries(map).flatMap(([key, value]) => [[key], ...(isMap(value) ? pathsOf(value).map((path) => [key, ...path]) : [])])
}

function without(map: PlainMap, [key, ...rest]: string[]): PlainMap {
  if (rest.length > 0) return {...map, [key]: without(map[key] as PlainMap, rest)}
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key))
}

function replaced(map: PlainMap, [key, ...rest]: string[], value: Plain): PlainMap {
  return {...map, [key]: rest.length > 0 ? replaced(map[key] as PlainMap, rest, value) : value}
}

function isMap(value: Plain): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
