/** Writes back modes, owners and times. */
import {chmodSync, chownSync, fchmodSync, fchownSync, lchownSync} from 'node:fs'
import type {ByteString} from '../util/bytes.js'
import {nativePath} from './native-path.js'
import {setTimes} from './native.js'

export interface EntryMetadata {
  mode: number
  uid: number
  gid: number
  mtimeNs: bigint
}

/** Bits that give a file's owner's rights to others: without the owner they would give ours. */
const SET_ID_BITS = 0o6000

/** Whether this process may give files away. */
export function mayRestoreOwners(): boolean {
  return process.getuid?.() === 0
}

/** Of an open file: the owner first, since changing it clears bits of the mode, and the times last. Throws system errors. */
export function setFileMetadata(file: number, {mode, uid, gid, mtimeNs}: EntryMetadata, restoresOwners: boolean): void {
  if (restoresOwners) fchownSync(file, uid, gid)
  fchmodSync(file, safeMode(mode, uid, restoresOwners))
  setTimes(file, mtimeNs, mtimeNs)
}

/** Of a folder, once everything in it is written. Throws system errors. */
export function setDirectoryMetadata(path: ByteString, {mode, uid, gid, mtimeNs}: EntryMetadata, restoresOwners: boolean): void {
  const native = nativePath(path)
  if (restoresOwners) chownSync(native, uid, gid)
  chmodSync(native, safeMode(mode, uid, restoresOwners))
  setTimes(Buffer.from(path, 'latin1'), mtimeNs, mtimeNs)
}

/** Of a symbolic link itself, which has no mode of its own. Throws system errors. */
export function setLinkMetadata(path: ByteString, {uid, gid, mtimeNs}: EntryMetadata, restoresOwners: boolean): void {
  if (restoresOwners) lchownSync(nativePath(path), uid, gid)
  setTimes(Buffer.from(path, 'latin1'), mtimeNs, mtimeNs)
}

function safeMode(mode: number, uid: number, restoresOwners: boolean): number {
  return restoresOwners || uid === process.getuid?.() ? mode : mode & ~SET_ID_BITS
}
