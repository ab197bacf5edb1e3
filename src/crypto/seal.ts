import {createCipheriv, createDecipheriv} from 'node:crypto'
import {PocketError} from '../errors.js'

/** What sealing adds to the length of a piece: the tag. */
export const TAG_BYTES = 16
export const KEY_BYTES = 32

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const MAX_COUNTER = 0xffff_ffff

/**
 * AES-256-GCM: the ciphertext, as long as `plain`, then the 16-byte tag. The nonce is eight zero bytes and the
 * counter, big-endian: the caller never seals two pieces with the same key and counter.
 * See docs/repository-format.md, "Sealed pieces".
 */
export function seal(key: Uint8Array, counter: number, aad: Uint8Array, plain: Uint8Array): Buffer {
  return Buffer.concat(sealParts(key, counter, aad, plain), plain.length + TAG_BYTES)
}

/** What `seal` gives, in two parts that need not be joined to be written. */
export function sealParts(key: Uint8Array, counter: number, aad: Uint8Array, plain: Uint8Array): [ciphertext: Buffer, tag: Buffer] {
  const cipher = createCipheriv(ALGORITHM, key, nonceOf(counter), {authTagLength: TAG_BYTES})
  cipher.setAAD(aad)
  const ciphertext = cipher.update(plain)
  // GCM is a stream: everything has come with `update`.
  cipher.final()
  return [ciphertext, cipher.getAuthTag()]
}

/** The plain bytes of what `seal` gave. Throws `authentication-failed` for any other key, counter, `aad` or bytes. */
export function open(key: Uint8Array, counter: number, aad: Uint8Array, sealed: Uint8Array): Buffer {
  const end = sealed.length - TAG_BYTES
  if (end < 0) throw authenticationFailed()
  const decipher = createDecipheriv(ALGORITHM, key, nonceOf(counter), {authTagLength: TAG_BYTES})
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
  } catch (error) {
    throw authenticationFailed(error)
  }
  return plain
}

function nonceOf(counter: number): Buffer {
  if (!Number.isInteger(counter) || counter < 0 || counter > MAX_COUNTER) {
    throw new RangeError(`the counter of a sealed piece is a 32-bit number, not ${counter}`)
  }
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt32BE(counter, NONCE_BYTES - 4)
  return nonce
}

function authenticationFailed(cause?: unknown): PocketError {
  return new PocketError('authentication-failed', 'sealed bytes do not match their key, place or tag', {cause})
}
