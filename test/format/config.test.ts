import test from 'ava'
import {decodeConfig, encodeConfig, MAX_CONFIG_BYTES} from '../../src/format/config.js'
import {decodeMap, encodeMap, type PlainMap} from '../../src/format/msgpack.js'
import {exampleConfig, examplePlainConfig} from './examples.js'

const AUTHENTICATION = new Uint8Array(32).fill(0xaa)
const authenticate = () => AUTHENTICATION
const sealed = encodeConfig(exampleConfig, authenticate)
const open = encodeConfig(examplePlainConfig)

function openWith(change: PlainMap): Uint8Array {
  return encodeMap({...decodeMap(open, 'damaged-config'), ...change})
}

test('config: in suite 1 everything before the last 39 bytes is authenticated, and the answer ends it', (t) => {
  let given: Uint8Array | undefined
  const bytes = encodeConfig(exampleConfig, (part) => {
    given = Uint8Array.from(part)
    return AUTHENTICATION
  })
  t.is(given?.length, bytes.length - 39)
  t.deepEqual(given, bytes.subarray(0, -39))
  t.deepEqual(bytes.subarray(-32), AUTHENTICATION)
})

test('config: the reader is given the same bytes to authenticate, and what to compare with', (t) => {
  const decoded = decodeConfig(sealed)
  t.deepEqual(decoded.authenticated, sealed.subarray(0, -39))
  t.deepEqual(decoded.authentication, AUTHENTICATION)
  t.deepEqual(decoded.config, exampleConfig)
})

test('config: without encryption there is no authentication', (t) => {
  const {config, authentication} = decodeConfig(open)
  t.deepEqual(config, examplePlainConfig)
  t.is(authentication, undefined)
})

test('config: authentication is required in suite 1 and refused in suite 0, written or read', (t) => {
  t.throws(() => encodeConfig(exampleConfig), {instanceOf: TypeError})
  t.throws(() => encodeConfig(examplePlainConfig, authenticate), {instanceOf: TypeError})
  t.throws(() => decodeConfig(openWith({suite: 1})), {code: 'damaged-config'})
  t.throws(() => decodeConfig(openWith({auth: AUTHENTICATION})), {code: 'damaged-config'})
})

test('config: authentication that does not come last, or is not 32 bytes, is damaged-config', (t) => {
  t.notThrows(() => decodeConfig(openWith({suite: 1, auth: AUTHENTICATION})))
  t.throws(() => decodeConfig(openWith({suite: 1, auth: AUTHENTICATION, later: 1})), {code: 'damaged-config'})
  t.throws(() => decodeConfig(openWith({suite: 1, auth: new Uint8Array(31)})), {code: 'damaged-config'})
  // A pair that only looks like it, inside the value of another key.
  const hidden = Buffer.concat([Buffer.from('a461757468c420', 'hex'), AUTHENTICATION])
  t.throws(() => decodeConfig(openWith({suite: 1, auth: 1, later: hidden})), {code: 'damaged-config'})
})

test('config: a later version, another suite or another way to cut is format-too-new', (t) => {
  t.throws(() => decodeConfig(openWith({pocket: 3})), {code: 'format-too-new'})
  t.throws(() => decodeConfig(openWith({suite: 2})), {code: 'format-too-new'})
  const chunker = {min: 1, average: 2, max: 3, normalization: 3}
  t.throws(() => decodeConfig(openWith({chunker})), {code: 'format-too-new'})
})

test('config: sizes that a reader could not hold are damaged-config', (t) => {
  const MIB = 1024 * 1024
  t.notThrows(() => decodeConfig(openWith({chunker: {min: 1, average: 2, max: 64 * MIB, normalization: 2}})))
  for (const change of [
    {chunker: {min: 1, average: 2, max: 64 * MIB + 1, normalization: 2}},
    {chunker: {min: 3, average: 2, max: 4, normalization: 2}},
    {chunker: {min: 1, average: 5, max: 4, normalization: 2}},
    {chunker: {min: 0, average: 0, max: 0, normalization: 2}},
    {pack: {target: 1024 * MIB + 1}},
    {frame: {target: 64 * MIB + 1}},
  ] as PlainMap[]) {
    t.throws(() => decodeConfig(openWith(change)), {code: 'damaged-config'}, JSON.stringify(change))
  }
})

test('config: keys of a later version are kept', (t) => {
  const {config} = decodeConfig(openWith({parity: {shards: 3}}))
  t.deepEqual(config.unknown, {parity: {shards: 3}})
  t.deepEqual(Buffer.from(encodeConfig(config)), Buffer.from(openWith({parity: {shards: 3}})))
})

test('config: one of more than 64 KiB is not looked at', (t) => {
  t.throws(() => decodeConfig(openWith({later: new Uint8Array(MAX_CONFIG_BYTES)})), {code: 'damaged-config'})
})
