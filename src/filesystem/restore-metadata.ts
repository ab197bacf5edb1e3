/** Writes back modes, owners and times. */
import {chmodSync, closeSync, constants, fchmodSync, fchownSync, lchownSync, lstatSync, openSync} from 'node:fs'
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

/** Without waiting for whoever writes into a pipe that has taken a file's place. */
const OPEN = {
  file: constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  directory: constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY,
}

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

/**
 * Of the file or folder at `path`, of a folder once everything in it is written; never of what a link that has taken its place leads to.
 * Returns what `setFileMetadata` does, `ELOOP` or `ENOTDIR` for a link.
 */
export function setMetadataAt(
  path: ByteString,
  kind: 'file' | 'directory',
  metadata: EntryMetadata,
  restoresOwners: boolean,
): string | undefined {
  if (constants.O_NOFOLLOW === undefined) return setUnopened(path, metadata, restoresOwners)
  let file = -1
  const code = codeOf(() => {
    file = openSync(nativePath(path), OPEN[kind])
  })
  // Whoever owns a thing may set its metadata, also where its mode keeps them from reading it.
  if (code === 'EACCES') return setUnopened(path, metadata, restoresOwners)
  if (code !== undefined) return code
  try {
    return setFileMetadata(file, metadata, restoresOwners)
  } finally {
    closeSync(file)
  }
}

/** Of what cannot be opened. Only the mode would be set through a link, so a look comes just before it. */
function setUnopened(path: ByteString, metadata: EntryMetadata, restoresOwners: boolean): string | undefined {
  const native = nativePath(path)
  return setInTurn(metadata, restoresOwners, {
    owner: ({uid, gid}) => lchownSync(native, uid, gid),
    mode: (mode) => {
      if (lstatSync(native).isSymbolicLink()) throw Object.assign(new Error('ELOOP: a link has taken its place'), {code: 'ELOOP'})
      chmodSync(native, mode)
    },
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
