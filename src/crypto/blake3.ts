/**
 * BLAKE3-256: plain, keyed, and as a key derivation function. The native library where it loads, else a
 * portable one in JavaScript that is a hundred times slower and gives the same bytes.
 *
 * This folder knows bytes and keys; what they mean is known further up.
 */
import {createRequire} from 'node:module'
import {PocketError} from '../errors.js'

export const HASH_BYTES = 32

/** A running hash that can be used again and again: a `reset()` is far cheaper than another hasher. */
export interface Blake3 {
  /** Forgets all bytes given so far; the key stays. */
  reset(): void
  update(bytes: Uint8Array): this
  /** The 32 bytes for everything given since the last reset. More bytes may follow. */
  digest(): Uint8Array
}

export interface Blake3Library {
  createHasher(key?: Uint8Array): Blake3
  hash(bytes: Uint8Array): Uint8Array
  deriveKey(context: string, material: Uint8Array): Uint8Array
}

/** A hasher, keyed when `key` (32 bytes) is given. Throws `library-missing`. */
export function createHasher(key?: Uint8Array): Blake3 {
  return library().createHasher(key)
}

/** The unkeyed BLAKE3-256 of `bytes`. Throws `library-missing`. */
export function hash(bytes: Uint8Array): Uint8Array {
  return library().hash(bytes)
}

/** BLAKE3's derive_key mode: 32 bytes for `material` that are good for `context` only. Throws `library-missing`. */
export function deriveKey(context: string, material: Uint8Array): Uint8Array {
  return library().deriveKey(context, material)
}

/** One of the two libraries by name, so that tests can compare them. Throws when it does not load. */
export function createBlake3With(name: 'native' | 'portable'): Blake3Library {
  return name === 'native' ? loadNative() : loadPortable()
}

type Native = typeof import('@napi-rs/blake-hash')
type Portable = typeof import('@noble/hashes/blake3.js')

const require = createRequire(import.meta.url)
let loaded: Blake3Library | undefined

function library(): Blake3Library {
  loaded ??= load()
  return loaded
}

function load(): Blake3Library {
  const failures: unknown[] = []
  for (const loadOne of [loadNative, loadPortable]) {
    try {
      return loadOne()
    } catch (error) {
      failures.push(error)
    }
  }
  throw new PocketError('library-missing', 'cannot load a BLAKE3 library', {
    hint: 'install Pocket again with its dependencies @napi-rs/blake-hash and @noble/hashes',
    cause: new AggregateError(failures),
  })
}

function loadNative(): Blake3Library {
  const {Blake3Hasher, blake3} = require('@napi-rs/blake-hash') as Native
  return {
    createHasher(key) {
      const native = key === undefined ? new Blake3Hasher() : Blake3Hasher.newKeyed(Buffer.from(checkedKey(key)))
      return {
        reset: () => native.reset(),
        update(bytes) {
          native.update(bytes)
          return this
        },
        // By way of hex, because `digestBuffer` allocates outside of V8's heap: a twelfth of a snapshot's CPU and 20 MB.
        digest: () => Buffer.from(native.digest(), 'hex'),
      }
    },
    hash: (bytes) => blake3(bytes),
    deriveKey: (context, material) => Blake3Hasher.deriveKey(context, material),
  }
}

function loadPortable(): Blake3Library {
  const {blake3} = require('@noble/hashes/blake3.js') as Portable
  return {
    createHasher(key) {
      const options = key === undefined ? {} : {key: Uint8Array.from(checkedKey(key))}
      let state = blake3.create(options)
      return {
        reset() {
          state = blake3.create(options)
        },
        update(bytes) {
          state.update(bytes)
          return this
        },
        digest: () => state.clone().digest(),
      }
    },
    hash: (bytes) => blake3(bytes),
    deriveKey: (context, material) => blake3(material, {context: Buffer.from(context, 'utf8')}),
  }
}

/** The native library ends the whole process for a key of another length, so none may reach it. */
function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== HASH_BYTES) throw new TypeError(`a BLAKE3 key has ${HASH_BYTES} bytes, not ${key.length}`)
  return key
}
