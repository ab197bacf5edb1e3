/** Writes back modes, owners and times. */
import {chmodSync, chownSync, fchmodSync, fchownSync, lchownSync} from 'node:fs'
import {systemCode} from '../errors.js'
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

/** Of an open file or folder. Returns the system's code for the first thing that could not be set; the others are set all the same. */
export function setFileMetadata(file: number, metadata: EntryMetadata, restoresOwners: boolean): string | undefined {
  return setInTurn(metadata, restoresOwners, {
    owner: ({uid, gid}) => fchownSync(file, uid, gid),
    mode: (mode) => fchmodSync(file, mode),
    times: ({mtimeNs}) => setTimes(file, mtimeNs, mtimeNs),
  })
}

/** Of a folder, once everything in it is written. Returns what `setFileMetadata` does. */
export function setDirectoryMetadata(path: ByteString, metadata: EntryMetadata, restoresOwners: boolean): string | undefined {
  const native = nativePath(path)
  return setInTurn(metadata, restoresOwners, {
    owner: ({uid, gid}) => chownSync(native, uid, gid),
    mode: (mode) => chmodSync(native, mode),
    times: timesAt(path),
  })
}

/** Of a symbolic link itself, which has no mode of its own. Returns what `setFileMetadata` does. */
export function setLinkMetadata(path: ByteString, metadata: EntryMetadata, restoresOwners: boolean): string | undefined {
  return setInTurn(metadata, restoresOwners, {
    owner: ({uid, gid}) => lchownSync(nativePath(path), uid, gid),
    mode: () => undefined,
    times: timesAt(path),
  })
}

interface Setters {
  owner: (metadata: EntryMetadata) => void
  mode: (mode: number) => void
  times: (metadata: EntryMetadata) => void
}

/** The owner first, since changing it clears bits of the mode, and the times last. */
function setInTurn(metadata: EntryMetadata, restoresOwners: boolean, setters: Setters): string | undefined {
  const noOwner = restoresOwners ? codeOf(() => setters.owner(metadata)) : undefined
  const mayGiveRights = restoresOwners ? noOwner === undefined : metadata.uid === process.getuid?.()
  const mode = mayGiveRights ? metadata.mode : metadata.mode & ~SET_ID_BITS
  const noMode = codeOf(() => setters.mode(mode))
  const noTimes = codeOf(() => setters.times(metadata))
  return noOwner ?? noMode ?? noTimes
}

/** The code of the system error that `work` ends in. */
function codeOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    return code
  }
}

/** Sets the times of what lies at `path`, of a link itself. */
function timesAt(path: ByteString): Setters['times'] {
  return ({mtimeNs}) => setTimes(Buffer.from(path, 'latin1'), mtimeNs, mtimeNs)
}
