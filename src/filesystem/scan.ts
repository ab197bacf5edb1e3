/** Looks at the user's files: what is in a folder, what an entry is. Synchronous, for the walk. */
import {type BigIntStats, lstatSync, readdirSync, readlinkSync, realpathSync, statSync} from 'node:fs'
import {systemCode} from '../errors.js'
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import type {ByteString} from '../util/bytes.js'
import {fromNative, NATIVE_ENCODING, nativePath} from './native-path.js'

/** The names in a folder, sorted by their bytes. Throws system errors. */
export function listDirectory(path: ByteString): ByteString[] {
  // The order of code units is that of bytes: a byte string has one a byte.
  return readdirSync(nativePath(path), {encoding: NATIVE_ENCODING}).map(fromNative).sort()
}

/** Throws system errors. */
export function statEntry(path: ByteString): BigIntStats {
  return storableTimes(lstatSync(nativePath(path), {bigint: true}))
}

/** Of what a link at `path` leads to. Throws system errors. */
export function statTarget(path: ByteString): BigIntStats {
  return storableTimes(statSync(nativePath(path), {bigint: true}))
}

/** Undefined when there is nothing at `path`. */
export function statIfPresent(path: ByteString): BigIntStats | undefined {
  const stats = lstatSync(nativePath(path), {bigint: true, throwIfNoEntry: false})
  return stats && storableTimes(stats)
}

/** Whether there is nothing at `path` any more; a folder above it may be gone too, or be something else now. */
export function isGone(path: ByteString): boolean {
  try {
    return lstatSync(nativePath(path), {throwIfNoEntry: false}) === undefined
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return systemCode(error) === 'ENOTDIR'
  }
}

/**
 * `stats` itself, with times that fit the format's 64 bits of nanoseconds, 1677 to 2262: one beyond is moved to the border, everywhere
 * alike, so that it is equal to what was stored of it.
 */
export function storableTimes(stats: BigIntStats): BigIntStats {
  if (stats.mtimeNs > LATEST_NS || stats.mtimeNs < EARLIEST_NS) stats.mtimeNs = stats.mtimeNs < 0n ? EARLIEST_NS : LATEST_NS
  if (stats.ctimeNs > LATEST_NS || stats.ctimeNs < EARLIEST_NS) stats.ctimeNs = stats.ctimeNs < 0n ? EARLIEST_NS : LATEST_NS
  return stats
}

/** The bytes of a symbolic link's target. Throws system errors. */
export function readLink(path: ByteString): ByteString {
  return fromNative(readlinkSync(nativePath(path), {encoding: NATIVE_ENCODING}))
}

/** Where `path` lies when every link on the way is followed. Throws system errors. */
export function realPath(path: ByteString): ByteString {
  return fromNative(realpathSync(nativePath(path), {encoding: NATIVE_ENCODING}))
}

const LATEST_NS = 2n ** 63n - 1n
const EARLIEST_NS = -(2n ** 63n)
const FORMAT_MASK = 0o170000
const TYPES = new Map<number, EntryType>([
  [0o100000, ENTRY_TYPE.file],
  [0o040000, ENTRY_TYPE.directory],
  [0o120000, ENTRY_TYPE.link],
  [0o010000, ENTRY_TYPE.fifo],
  [0o140000, ENTRY_TYPE.socket],
  [0o020000, ENTRY_TYPE.characterDevice],
  [0o060000, ENTRY_TYPE.blockDevice],
])

/** What kind of entry has this mode, as the file system gives it. */
export function typeOfMode(mode: number): EntryType {
  return TYPES.get(mode & FORMAT_MASK) ?? ENTRY_TYPE.unknown
}
