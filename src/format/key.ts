import {PocketError} from '../errors.js'
import {fromHex, toHex} from '../util/bytes.js'
import {Fields} from './fields.js'
import {decodeMap, encodeMap, type PlainMap, wholeNumber} from './msgpack.js'

/** One way to open a repository: docs/repository-format.md, "Key object". The record follows the object's head. */
export interface KeyRecord {
  type: 'password' | 'key-file'
  /** A name for people. */
  label: string
  createdNs: bigint
  host: string
  user: string
  /** How the wrapping key comes about: scrypt for a password, blake3 for a key file. */
  kdf: {name: 'scrypt'; n: number; r: number; p: number; salt: Uint8Array} | {name: 'blake3'}
  /** The master key, sealed: 48 bytes. */
  wrapped: Uint8Array
  /** Keys of later versions, kept as they are. */
  unknown?: PlainMap
}

export const MAX_KEY_BYTES = 64 * 1024
export const WRAPPED_BYTES = 48

const CODE = 'damaged-key'
const KEY_FILE = /^pocket-key-v1 ([0-9a-f]{64})$/
const MAX_SALT_BYTES = 1024

/** The bytes that follow the head of a key object. */
export function encodeKey(key: KeyRecord): Uint8Array {
  const {kdf} = key
  return encodeMap({
    type: key.type,
    label: key.label,
    created: key.createdNs,
    host: key.host,
    user: key.user,
    kdf: kdf.name === 'blake3' ? {name: kdf.name} : {name: kdf.name, n: wholeNumber(kdf.n), r: kdf.r, p: kdf.p, salt: kdf.salt},
    wrapped: key.wrapped,
    ...key.unknown,
  })
}

/**
 * The key that follows the head of a key object. Throws `damaged-key`, and `format-too-new` for a type that is not known.
 * Whether scrypt's parameters are sane is for `derivePasswordKey` to say.
 */
export function decodeKey(bytes: Uint8Array): KeyRecord {
  if (bytes.length > MAX_KEY_BYTES) throw new PocketError(CODE, `the key object has ${bytes.length} bytes: too many`)
  const fields = new Fields(decodeMap(bytes, CODE), CODE)
  const type = fields.text('type')
  if (type !== 'password' && type !== 'key-file') throw tooNew(`a key of type '${type}'`)
  const key: KeyRecord = {
    type,
    label: fields.text('label'),
    createdNs: fields.int64('created'),
    host: fields.text('host'),
    user: fields.text('user'),
    kdf: decodeKdf(fields.fields('kdf'), type),
    wrapped: Uint8Array.from(fields.bytes('wrapped', WRAPPED_BYTES)),
  }
  const unknown = fields.rest()
  return unknown === undefined ? key : {...key, unknown}
}

/** The text of a key file that holds `key` (32 bytes). */
export function encodeKeyFile(key: Uint8Array): string {
  if (key.length !== 32) throw new RangeError(`a key file holds 32 bytes, not ${key.length}`)
  return `pocket-key-v1 ${toHex(key)}\n`
}

/** The 32 bytes of a key file; white space around the line is ignored. Throws `key-missing` for any other text. */
export function decodeKeyFile(text: string): Uint8Array {
  const match = KEY_FILE.exec(text.trim())
  if (match !== null) return fromHex(match[1])
  throw new PocketError('key-missing', 'the file is not a key file of Pocket', {
    hint: "a key file is one line: 'pocket-key-v1', a space, and 64 hexadecimal digits",
  })
}

function decodeKdf(fields: Fields, type: KeyRecord['type']): KeyRecord['kdf'] {
  const name = fields.text('name')
  const expected = type === 'password' ? 'scrypt' : 'blake3'
  if (name !== expected) throw tooNew(`the key derivation '${name}' for a key of type '${type}'`)
  if (name === 'blake3') return {name}
  const salt = Uint8Array.from(fields.bytes('salt'))
  if (salt.length > MAX_SALT_BYTES) throw fields.damaged('salt')
  return {name: 'scrypt', n: fields.number('n'), r: fields.number('r'), p: fields.number('p'), salt}
}

function tooNew(what: string): PocketError {
  return new PocketError('format-too-new', `the key object has ${what}, which this version does not know`, {
    hint: 'use a newer version of Pocket, or another password or key file',
  })
}
