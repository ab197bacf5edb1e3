/** The one source of random bytes for salts, so that a test can see a failure again. */
import {randomBytes as secureRandomBytes} from 'node:crypto'

let source: (length: number) => Uint8Array = secureRandomBytes

/** Bytes that nobody can guess. */
export function randomBytes(length: number): Uint8Array {
  return source(length)
}

/** Bytes that `replacement` gives from now on, or those of the system again. For tests only: whatever is sealed with them is not secret. */
export function replaceRandomBytes(replacement: ((length: number) => Uint8Array) | undefined): void {
  source = replacement ?? secureRandomBytes
}
