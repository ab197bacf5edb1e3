import {type ChunkerParameters, maskBits} from './parameters.js'

/**
 * The lengths of the chunks of `bytes`, a whole content, by the rule stated in fastcdc.ts, written for the reader and
 * not for speed: the oracle of the tests.
 */
export function cutByReference(bytes: Uint8Array, parameters: ChunkerParameters, gear: BigUint64Array): number[] {
  const lengths: number[] = []
  let start = 0
  while (start < bytes.length) {
    const length = firstChunkLength(bytes.subarray(start), parameters, gear)
    lengths.push(length)
    start += length
  }
  return lengths
}

function firstChunkLength(rest: Uint8Array, parameters: ChunkerParameters, gear: BigUint64Array): number {
  const {minSize, averageSize, maxSize} = parameters
  const {strict, loose} = maskBits(parameters)
  const limit = Math.min(rest.length, maxSize)
  let hash = 0n
  for (let position = minSize; position < limit; position++) {
    hash = BigInt.asUintN(64, (hash << 1n) + gear[rest[position]])
    const zeroBits = position < averageSize ? strict : loose
    if (hash >> BigInt(64 - zeroBits) === 0n) return position + 1
  }
  return limit
}
