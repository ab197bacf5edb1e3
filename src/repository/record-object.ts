/** Objects of one sealed, compressed record: index objects and snapshots. docs/repository-format.md, "Records". */
import {compressRecord, decompressRecord} from '../compression/record.js'
import {sharedCompressor, sharedDecompressor} from '../compression/zstd.js'
import {hash} from '../crypto/blake3.js'
import {type ErrorCode, isPocketError, PocketError} from '../errors.js'
import {HEAD_BYTES, type Kind} from '../format/head.js'
import {type ObjectId, shortId} from '../id.js'
import {concatBytes, toHex} from '../util/bytes.js'
import {createSeal, openSeal, type SealingContext} from './sealing.js'

const RECORD_LEVEL = 3

/** The stored bytes of a record of this kind. */
export function sealRecord(context: SealingContext, kind: Kind, plain: Uint8Array): Uint8Array {
  const seal = createSeal(context, kind)
  return concatBytes([seal.head, ...seal.seal(0, compressRecord(sharedCompressor(RECORD_LEVEL), plain))])
}

/** An object that is named by the hash of its bytes, and how to speak of it when it is damaged. */
export interface NamedObject {
  id: ObjectId
  /** What it is, for the message: `index`. */
  what: string
  /** The code of the error thrown for anything that is not such an object. */
  damaged: ErrorCode
  /** What to do when its bytes are not those of its name. */
  hint: string
}

export interface RecordExpectation extends NamedObject {
  kind: Kind
  /** The most bytes that the record may have once decompressed. */
  limit: number
}

/** Throws `damaged` unless `stored` are the bytes that the object is named by. */
export function requireNamed(stored: Uint8Array, {id, what, damaged, hint}: NamedObject): void {
  if (toHex(hash(stored)) === id) return
  throw new PocketError(damaged, `cannot read ${what} '${shortId(id)}': stored bytes do not match their name`, {hint})
}

/** The record that was sealed into `stored`; throws `expectation.damaged`, or `format-too-new`. */
export function openRecord(context: SealingContext, stored: Uint8Array, expectation: RecordExpectation): Uint8Array {
  requireNamed(stored, expectation)
  try {
    const seal = openSeal(context, stored.subarray(0, HEAD_BYTES), expectation.kind)
    return decompressRecord(sharedDecompressor(), seal.open(0, stored.subarray(HEAD_BYTES)), expectation.limit)
  } catch (error) {
    if (!isPocketError(error) || error.code === 'format-too-new') throw error
    throw new PocketError(expectation.damaged, `cannot read ${expectation.what} '${shortId(expectation.id)}': ${error.message}`, {
      cause: error,
      hint: error.hint,
    })
  }
}
