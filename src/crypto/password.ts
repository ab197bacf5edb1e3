import {randomBytes, scrypt} from 'node:crypto'
import {PocketError} from '../errors.js'

/** How a password becomes a key: scrypt (RFC 7914), the parameters as they are stored beside the wrapped key. */
export interface ScryptParameters {
  /** Cost, a power of two. */
  n: number
  /** Block size; the memory needed is 128 × n × r bytes. */
  r: number
  /** Times that the work is done. */
  p: number
  salt: Uint8Array
}

const SALT_BYTES = 32
const KEY_BYTES = 32
const MAX_N = 2 ** 22
const MAX_R = 64
const MAX_P = 16
const MAX_SALT_BYTES = 1024
/** Whoever can write to the storage chooses the stored parameters: they must not be able to exhaust memory. */
const MAX_MEMORY_BYTES = 2 ** 30

/** The parameters for a password that is set now, with a random salt: 128 MiB and about 0.4 s a try. */
export function newScryptParameters(): ScryptParameters {
  return {n: 2 ** 17, r: 8, p: 1, salt: randomBytes(SALT_BYTES)}
}

/**
 * The 32-byte key for `password` (its UTF-8 bytes in Unicode normalization form C, so that it does not matter
 * which keyboard composes an accent). Throws `damaged-key` for parameters that no Pocket would store.
 */
export async function derivePasswordKey(password: string, parameters: ScryptParameters): Promise<Uint8Array> {
  checkScryptParameters(parameters)
  const {n, r, p, salt} = parameters
  const bytes = Buffer.from(password.normalize('NFC'), 'utf8')
  const maxmem = 128 * r * (n + p + 2) + 2 ** 20
  return new Promise((resolve, reject) => {
    scrypt(bytes, salt, KEY_BYTES, {N: n, r, p, maxmem}, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

/** Throws `damaged-key` when `parameters` are no scrypt parameters, or ask for more than 1 GiB of memory. */
export function checkScryptParameters({n, r, p, salt}: ScryptParameters): void {
  const isSane =
    isWithin(n, 2, MAX_N) &&
    Number.isInteger(Math.log2(n)) &&
    isWithin(r, 1, MAX_R) &&
    isWithin(p, 1, MAX_P) &&
    128 * n * r <= MAX_MEMORY_BYTES &&
    salt.length <= MAX_SALT_BYTES
  if (isSane) return
  throw new PocketError('damaged-key', `cannot use scrypt with the stored parameters n=${n}, r=${r}, p=${p}`, {
    hint: 'the key object was changed or damaged; open the repository with another password or key file',
  })
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}
