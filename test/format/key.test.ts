import test from 'ava'
import {decodeKey, decodeKeyFile, encodeKey, encodeKeyFile} from '../../src/format/key.js'
import {decodeMap, encodeMap, type PlainMap} from '../../src/format/msgpack.js'
import {countingBytes, exampleKey} from './examples.js'

function changedTo(change: PlainMap): Uint8Array {
  return encodeMap({...decodeMap(encodeKey(exampleKey), 'damaged-key'), ...change})
}

test('key: a key file needs no parameters', (t) => {
  const key = {...exampleKey, type: 'key-file' as const, kdf: {name: 'blake3' as const}}
  t.deepEqual(decodeKey(encodeKey(key)), key)
})

test('key: another type, or another derivation than its type has, is format-too-new', (t) => {
  t.throws(() => decodeKey(changedTo({type: 'fido2'})), {code: 'format-too-new'})
  t.throws(() => decodeKey(changedTo({kdf: {name: 'argon2id'}})), {code: 'format-too-new'})
  t.throws(() => decodeKey(changedTo({kdf: {name: 'blake3'}})), {code: 'format-too-new'})
})

test('key: a wrapped key that is not 48 bytes is damaged-key', (t) => {
  t.throws(() => decodeKey(changedTo({wrapped: new Uint8Array(47)})), {code: 'damaged-key'})
})

test('key: a salt of more than 1 KiB or an object of more than 64 KiB is damaged-key', (t) => {
  const kdf = {name: 'scrypt', n: 16, r: 1, p: 1, salt: new Uint8Array(1025)}
  t.throws(() => decodeKey(changedTo({kdf})), {code: 'damaged-key'})
  t.throws(() => decodeKey(changedTo({label: 'x'.repeat(65_536)})), {code: 'damaged-key'})
})

test('key: what is decoded does not change with the bytes it came from', (t) => {
  const bytes = encodeKey(exampleKey)
  const key = decodeKey(bytes)
  bytes.fill(0)
  t.deepEqual(key, exampleKey)
})

test('key file: is one line of text', (t) => {
  const text = encodeKeyFile(countingBytes(32))
  t.is(text, 'pocket-key-v1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n')
  t.deepEqual(decodeKeyFile(text), countingBytes(32))
})

test('key file: white space around the line does not matter, as editors and Windows leave it', (t) => {
  const line = encodeKeyFile(countingBytes(32)).trim()
  for (const text of [line, `${line}\r\n`, `\n  ${line}  \n\n`]) t.deepEqual(decodeKeyFile(text), countingBytes(32))
})

test('key file: any other text is key-missing with a hint', (t) => {
  const line = encodeKeyFile(countingBytes(32)).trim()
  const long = [`${line}0`, `${line}\n${line}`]
  for (const text of ['', 'pocket-key-v1', line.slice(0, -1), line.toUpperCase(), line.replace('v1', 'v2'), ...long]) {
    const error = t.throws(() => decodeKeyFile(text), {code: 'key-missing'})
    t.truthy((error as Error & {hint?: string}).hint)
    t.false(error?.message.includes('0001'), 'a message never shows a key')
  }
  t.throws(() => encodeKeyFile(new Uint8Array(31)), {instanceOf: RangeError})
})
