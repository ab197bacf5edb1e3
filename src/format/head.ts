/**
 * The records of a repository, to bytes and back: docs/repository-format.md in code. Nothing here reads, writes,
 * seals or compresses, and nothing knows the time.
 */
import {PocketError, type ErrorCode} from '../errors.js'

/** The head in front of every object but `config`: docs/repository-format.md, "Object head". */
export interface Head {
  kind: Kind
  suite: Suite
  /** 32 bytes, random for each object; zeros in suite 0 in what version 1 wrote. */
  salt: Uint8Array
}

export const KIND = {dataPack: 1, treePack: 2, index: 3, snapshot: 4, key: 5, forgotten: 6, removal: 7} as const
export type Kind = (typeof KIND)[keyof typeof KIND]

/** How pieces of objects are sealed: not at all, or with AES-256-GCM. Numbers are never used again. */
export const SUITE = {none: 0, aes256Gcm: 1} as const
export type Suite = (typeof SUITE)[keyof typeof SUITE]

export const FORMAT_VERSION = 1
export const HEAD_BYTES = 40
export const SALT_BYTES = 32

const MAGIC = 0x4b43_4f50 // "POCK", read as a little-endian number
const DAMAGED: Readonly<Record<Kind, ErrorCode>> = {
  [KIND.dataPack]: 'damaged-pack',
  [KIND.treePack]: 'damaged-pack',
  [KIND.index]: 'damaged-index',
  [KIND.snapshot]: 'damaged-snapshot',
  [KIND.key]: 'damaged-key',
  [KIND.forgotten]: 'damaged-snapshot',
  [KIND.removal]: 'damaged-removal',
}

/** The 40 bytes of a head. The salt must have 32 bytes. */
export function encodeHead({kind, suite, salt}: Head): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`)
  const bytes = Buffer.alloc(HEAD_BYTES)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes[4] = FORMAT_VERSION
  bytes[5] = kind
  bytes[6] = suite
  bytes.set(salt, 8)
  return bytes
}

/**
 * Reads the head at the start of an object; `bytes` may go on after it. With `expected`, an object of any other kind is
 * refused too, and the code of the error fits the kind (`damaged-pack` …); without, it is `damaged-object`.
 * Throws `format-too-new` for a version or a suite that this Pocket does not know.
 */
export function decodeHead(bytes: Uint8Array, expected?: Kind): Head {
  const code = expected === undefined ? 'damaged-object' : DAMAGED[expected]
  if (bytes.length < HEAD_BYTES) throw new PocketError(code, `the object is cut short: ${bytes.length} bytes`)
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, HEAD_BYTES)
  if (view.readUInt32LE(0) !== MAGIC) throw new PocketError(code, 'the object does not begin as an object of Pocket does')
  if (view[4] > FORMAT_VERSION) throw tooNew(`format version ${view[4]}`)
  if (view[4] === 0 || view[7] !== 0) throw new PocketError(code, 'the head of the object is damaged')
  const kind = view[5]
  if (!isKind(kind) || (expected !== undefined && kind !== expected)) {
    throw new PocketError(code, `the object is of kind ${kind}${expected === undefined ? '' : ` instead of ${expected}`}`)
  }
  const suite = view[6]
  if (suite !== SUITE.none && suite !== SUITE.aes256Gcm) throw tooNew(`sealing suite ${suite}`)
  return {kind, suite, salt: Uint8Array.from(view.subarray(8))}
}

function isKind(kind: number): kind is Kind {
  return Object.hasOwn(DAMAGED, kind)
}

function tooNew(what: string): PocketError {
  return new PocketError('format-too-new', `the object has ${what}, which this version does not know`, {
    hint: 'use a newer version of Pocket',
  })
}
