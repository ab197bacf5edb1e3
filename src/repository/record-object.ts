/** Objects of one sealed, compressed record: index objects and snapshots. docs/repository-format.md, "Records". */
import {compressRecord, decompressRecord} from '../compression/record.js'
import {createCompressor, createDecompressor} from '../compression/zstd.js'
import {type ErrorCode, isPocketError, PocketError} from '../errors.js'
import {HEAD_BYTES, type Kind} from '../format/head.js'
import {concatBytes} from '../util/bytes.js'
import {createSeal, openSeal, type SealingContext} from './sealing.js'

const RECORD_LEVEL = 3

/** The stored bytes of a record of this kind. */
export function sealRecord(context: SealingContext, kind: Kind, plain: Uint8Array): Uint8Array {
  const seal = createSeal(context, kind)
  return concatBytes([seal.head, ...seal.seal(0, compressRecord(createCompressor(RECORD_LEVEL), plain))])
}

export interface RecordExpectation {
  kind: Kind
  /** The most bytes that the record may have once decompressed. */
  limit: number
  /** The code of the error thrown for anything that is not such a record. */
  damaged: ErrorCode
  /** What it is, for the message: `index '3fa9c2d1'`. */
  subject: string
}

/** The record that was sealed into `stored`; throws `expectation.damaged`, or `format-too-new`. */
export function openRecord(context: SealingContext, stored: Uint8Array, expectation: RecordExpectation): Uint8Array {
  try {
    const seal = openSeal(context, stored.subarray(0, HEAD_BYTES), expectation.kind)
    return decompressRecord(createDecompressor(), seal.open(0, stored.subarray(HEAD_BYTES)), expectation.limit)
  } catch (error) {
    if (!isPocketError(error) || error.code === 'format-too-new') throw error
    throw new PocketError(expectation.damaged, `cannot read ${expectation.subject}: ${error.message}`, {cause: error, hint: error.hint})
  }
}
