/** Byte strings as paths for Node's file functions. */
import {type ByteString, bytesToByteString, toByteString} from '../util/bytes.js'

const IS_WINDOWS = process.platform === 'win32'

/** `path` as Node takes it: plain ASCII as it is, other bytes as a buffer (on Windows, whose names are text, decoded). */
export function nativePath(path: ByteString): string | Buffer {
  for (let index = 0; index < path.length; index++) {
    if (path.charCodeAt(index) > 0x7f) return nativeBytes(path)
  }
  return path
}

function nativeBytes(path: ByteString): string | Buffer {
  const bytes = Buffer.from(path, 'latin1')
  return IS_WINDOWS ? bytes.toString('utf8') : bytes
}

/** The encoding in which `readdirSync` and `readlinkSync` give names that `fromNative` turns into byte strings. */
export const NATIVE_ENCODING: BufferEncoding = IS_WINDOWS ? 'utf8' : 'latin1'

export function fromNative(name: string): ByteString {
  return IS_WINDOWS ? toByteString(name) : (name as ByteString)
}

/** A path that the user gave, in the encoding of the process's arguments (UTF-8), as bytes. */
export function fromUserPath(path: string): ByteString {
  return bytesToByteString(Buffer.from(path, 'utf8'))
}

export function joinPath(directory: ByteString, name: ByteString): ByteString {
  return (directory.endsWith('/') ? directory + name : `${directory}/${name}`) as ByteString
}
