/** Objects for tests of backends: their bytes, their lists, and the errors they end in. */
import type {ExecutionContext} from 'ava'
import type {ListedObject, RangeSink} from '../../src/backend/backend.js'
import {type ErrorCode, isPocketError} from '../../src/errors.js'

/** Everything listed, sorted by name; without the times, which are the backend's own. */
export async function collect(objects: AsyncIterable<ListedObject>): Promise<ListedObject[]> {
  const all: ListedObject[] = []
  for await (const {name, sizeBytes} of objects) all.push({name, sizeBytes})
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Asserts that `promise` rejects with a `PocketError` of this code. */
export async function rejectsWith(t: ExecutionContext, promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await t.throwsAsync(promise, undefined, `expected ${code}`)
  t.true(isPocketError(error, code), `expected ${code}, got ${String(error?.stack)}`)
}

/** Bytes that tell their place, so that a shifted or swapped part shows. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + (index >> 8) * 17 + seed) & 0xff
  return bytes
}

/** A sink that keeps all that it is given. */
export function createSink(): RangeSink & {pieces: Uint8Array[]} {
  const pieces: Uint8Array[] = []
  return {
    pieces,
    get receivedBytes() {
      return pieces.reduce((sum, piece) => sum + piece.length, 0)
    },
    // The giver uses its memory again.
    write: (bytes) => void pieces.push(Uint8Array.from(bytes)),
  }
}
