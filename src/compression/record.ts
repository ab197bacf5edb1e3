import {PocketError} from '../errors.js'
import {concatBytes} from '../util/bytes.js'
import type {Compressor, Decompressor} from './zstd.js'

const LENGTH_BYTES = 4

/** `plain` as it lies in directories, index objects and snapshots: u32 raw length, then one zstd frame. */
export function compressRecord(compressor: Compressor, plain: Uint8Array): Uint8Array {
  if (plain.length > 0xffff_ffff) throw new RangeError(`a record of ${plain.length} bytes is too long`)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(plain.length)
  return concatBytes([length, compressor.compress(plain)])
}

/**
 * The record that `compressRecord` was given, in memory of its own. Throws `damaged-frame` for anything else, and,
 * before any memory is taken, for a record of more than `limitBytes`.
 */
export function decompressRecord(decompressor: Decompressor, bytes: Uint8Array, limitBytes: number): Buffer {
  if (bytes.length < LENGTH_BYTES) throw new PocketError('damaged-frame', 'cannot decompress: the record is cut short')
  const rawLength = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE()
  if (rawLength > limitBytes) {
    throw new PocketError('damaged-frame', `cannot decompress: the record holds ${rawLength} bytes, more than ${limitBytes}`)
  }
  return decompressor.decompress(bytes.subarray(LENGTH_BYTES), rawLength)
}
