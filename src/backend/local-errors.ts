import {type ErrorCode, PocketError, systemCode} from '../errors.js'

interface Meaning {
  code: ErrorCode
  reason: string
  hint: string
  retryable?: boolean
}

const NO_SPACE: Omit<Meaning, 'reason'> = {code: 'no-space', hint: 'make room there, and run the same command again'}
const DENIED: Meaning = {
  code: 'permission-denied',
  reason: 'permission denied',
  hint: 'check who owns the folder and that this user may read and write it',
}
const BUSY: Omit<Meaning, 'reason'> = {code: 'io-failed', retryable: true, hint: 'try again'}

const MEANINGS = new Map<string, Meaning>([
  ['ENOSPC', {...NO_SPACE, reason: 'no space left on the file system'}],
  ['EDQUOT', {...NO_SPACE, reason: 'the disk quota is used up'}],
  ['EROFS', {code: 'read-only', reason: 'the file system is read-only', hint: 'mount it for writing'}],
  ['EACCES', DENIED],
  ['EPERM', DENIED],
  ['EEXIST', {code: 'io-failed', reason: 'something else is in its place', hint: 'check the path'}],
  ['ENOTDIR', {code: 'io-failed', reason: 'a part of the path is not a folder', hint: 'check the path'}],
  ['EFBIG', {code: 'io-failed', reason: 'too large for the file system', hint: 'use a file system without that limit'}],
  [
    'EXDEV',
    {
      code: 'io-failed',
      reason: 'its folder is on another file system than the repository',
      hint: 'keep the whole repository on one file system',
    },
  ],
  ['EMFILE', {...BUSY, reason: 'too many open files', hint: 'raise the limit of open files (ulimit -n)'}],
  ['ENFILE', {...BUSY, reason: 'too many open files in the whole system'}],
  ['EAGAIN', {...BUSY, reason: 'the file system is busy'}],
  ['EBUSY', {...BUSY, reason: 'the file is in use'}],
  ['EINTR', {...BUSY, reason: 'the call was interrupted'}],
  ['ESTALE', {...BUSY, reason: 'the network file system lost the file'}],
  ['ETIMEDOUT', {...BUSY, reason: 'the network file system did not answer'}],
])

/** What was being done, as `cannot <verb> '<subject>' in '<location>'` says it. */
export interface Attempt {
  verb: 'read' | 'write' | 'list' | 'remove' | 'create'
  subject: string
  location: string
}

/** A system error as a `PocketError`; a `PocketError` as it is; anything else is a bug and returned unchanged. */
export function localError(error: unknown, attempt: Attempt): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  const {reason, ...meaning} = MEANINGS.get(code) ?? unknownMeaning(code)
  return new PocketError(meaning.code, `${sentence(attempt)}: ${reason}`, {...meaning, cause: error})
}

/** Whether the error says that there is nothing of that name (or that a folder of it is a file). */
export function isMissing(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

export function objectMissing(name: string, location: string): PocketError {
  return new PocketError('object-missing', `${sentence({verb: 'read', subject: name, location})}: no such object`, {
    hint: 'it was removed, or never written; if it is a pack, a snapshot with --force stores anew what it held, as far as the sources still have it',
  })
}

export function objectExists(name: string, location: string): PocketError {
  return new PocketError('object-exists', `${sentence({verb: 'write', subject: name, location})}: it is there already`)
}

/** The folder itself is gone, as when a disk is not mounted: that must not look like an empty repository. */
export function rootMissing(location: string): PocketError {
  return new PocketError('io-failed', `cannot find the folder '${location}'`, {hint: 'check that its disk is mounted'})
}

function sentence({verb, subject, location}: Attempt): string {
  return subject === '' ? `cannot ${verb} '${location}'` : `cannot ${verb} '${subject}' in '${location}'`
}

function unknownMeaning(code: string): Meaning {
  return {code: 'io-failed', reason: `input/output error ${code}`, hint: 'check the disk and its connection'}
}
