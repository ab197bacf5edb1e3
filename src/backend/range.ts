import {PocketError} from '../errors.js'
import type {ByteRange} from './backend.js'

export interface Span {
  start: number
  length: number
}

/**
 * Where `range` lies in an object of `sizeBytes`; the whole object without a range. Throws `io-failed` when it
 * reaches past the end and `usage` when it is not made of whole numbers of at least 0.
 */
export function resolveRange(name: string, sizeBytes: number, range?: ByteRange): Span {
  if (range === undefined) return {start: 0, length: sizeBytes}
  checkRange(name, range)
  if ('suffix' in range) {
    const length = Math.min(range.suffix, sizeBytes)
    return {start: sizeBytes - length, length}
  }
  if (range.start + range.length > sizeBytes) throw pastTheEnd(name, sizeBytes, range)
  return {start: range.start, length: range.length}
}

/** Throws `usage` when the numbers of `range` are not whole or below 0. */
export function checkRange(name: string, range: ByteRange): void {
  const numbers = 'suffix' in range ? [range.suffix] : [range.start, range.length]
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return
  throw new PocketError('usage', `cannot read '${name}': ${numbers.join(', ')} is not a range of bytes`)
}

function pastTheEnd(name: string, sizeBytes: number, {start, length}: Span): PocketError {
  return new PocketError('io-failed', `cannot read '${name}': bytes ${start} to ${start + length} were asked for and it has ${sizeBytes}`, {
    hint: 'the object may be cut short; if it is a pack, the next snapshot stores anew what it held, as far as the sources still have it',
  })
}
