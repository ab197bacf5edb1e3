/** Names of files that are being restored, until they are whole. */
import {randomBytes} from 'node:crypto'
import type {ByteString} from '../util/bytes.js'

/** A path beside `path`, which no other call has given. */
export function temporaryPath(path: ByteString): ByteString {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return `${folder}.pocket-${randomBytes(8).toString('hex')}.partial` as ByteString
}

/** Whether a file of this name is one that `temporaryPath` has named. */
export function isTemporaryName(name: ByteString): boolean {
  return /^\.pocket-[0-9a-f]{16}\.partial$/.test(name)
}
