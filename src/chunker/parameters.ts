import {PocketError} from '../errors.js'

/**
 * How content is cut into chunks, in bytes. Stored in the repository's config and never changed there: other
 * sizes cut other chunks, and nothing would be shared with what is stored.
 */
export interface ChunkerParameters {
  /** No chunk but the last of a content is this short or shorter. */
  minSize: number
  /** A power of two: where the rule turns from the strict mask to the loose one. */
  averageSize: number
  /** No chunk is longer. */
  maxSize: number
  /** Normalization level of FastCDC: the masks have this many bits more and fewer than log2(averageSize). */
  normalization: 2
}

/** Chosen by measurement: docs/decisions/0001-chunk-sizes.md. */
export const DEFAULT_CHUNKER: Readonly<ChunkerParameters> = Object.freeze({
  minSize: 16 * 1024,
  averageSize: 64 * 1024,
  maxSize: 256 * 1024,
  normalization: 2,
})

const SMALLEST_MIN = 64
const LARGEST_MAX = 64 * 1024 * 1024

/**
 * Throws PocketError `usage` unless 64 <= minSize < averageSize < maxSize <= 64 MiB, all whole numbers, averageSize
 * is a power of two, and normalization is 2.
 */
export function checkParameters({minSize, averageSize, maxSize, normalization}: ChunkerParameters): void {
  if (![minSize, averageSize, maxSize].every(Number.isSafeInteger)) throw refusal('sizes must be whole numbers')
  if (minSize < SMALLEST_MIN) throw refusal(`minimum ${minSize} is below ${SMALLEST_MIN}`)
  if (averageSize <= minSize) throw refusal(`average ${averageSize} is not above minimum ${minSize}`)
  if (maxSize <= averageSize) throw refusal(`maximum ${maxSize} is not above average ${averageSize}`)
  if (maxSize > LARGEST_MAX) throw refusal(`maximum ${maxSize} is above ${LARGEST_MAX}`)
  if (!Number.isInteger(Math.log2(averageSize))) throw refusal(`average ${averageSize} is not a power of two`)
  if (normalization !== 2) throw refusal(`normalization ${String(normalization)} is not known`)
}

/** How many of the highest bits of the hash must be zero for a cut: before averageSize, and from there on. */
export function maskBits({averageSize, normalization}: ChunkerParameters): {strict: number; loose: number} {
  const bits = Math.log2(averageSize)
  return {strict: bits + normalization, loose: bits - normalization}
}

function refusal(reason: string): PocketError {
  return new PocketError('usage', `cannot cut with these chunk sizes: ${reason}`, {
    hint: 'Use a minimum, an average that is a power of two, and a maximum, each larger than the one before.',
  })
}
