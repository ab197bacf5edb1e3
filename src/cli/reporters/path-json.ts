import {bytesToByteString, isUtf8} from '../../util/bytes.js'
import type {JsonFields} from '../json-output.js'

/** A path as it is when it is UTF-8; otherwise as people are shown it, and its bytes beside it. */
export function pathJson({path, pathBytes}: {path: string; pathBytes: Uint8Array}): JsonFields {
  const buffer = Buffer.from(pathBytes.buffer, pathBytes.byteOffset, pathBytes.byteLength)
  if (isUtf8(bytesToByteString(pathBytes))) return {path: buffer.toString('utf8')}
  return {path, path_base64: buffer.toString('base64')}
}
