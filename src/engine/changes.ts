/** What has changed since the parent snapshot, told by metadata alone, as a snapshot itself tells what it has to read. */
import type {BigIntStats} from 'node:fs'
import {isPocketError, type PocketError} from '../errors.js'
import {typeOfMode} from '../filesystem/scan.js'
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import {type ReadTree, readTables} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import type {StoredEntry} from './stored-entry.js'
import {hasSameMetadata} from './unchanged.js'

/** A `modified` entry may be of another type now. */
export type ChangeKind = 'new' | 'modified' | 'deleted'

const PERMISSIONS = 0o7777

/** The type of what is there, or undefined for nothing and for what no snapshot holds. */
export function storableType(stats: BigIntStats | undefined): EntryType | undefined {
  if (!stats) return undefined
  const type = typeOfMode(Number(stats.mode))
  return type === ENTRY_TYPE.file || type === ENTRY_TYPE.directory || type === ENTRY_TYPE.link ? type : undefined
}

/**
 * What has become of an entry: `stats` of what is there now, `stored` as the parent has it; `none` when neither is there. Of a directory
 * in both only its owner and mode count: what is in it has changes of its own, and its times follow those.
 */
export function changeOf(stats: BigIntStats | undefined, stored: StoredEntry | undefined): ChangeKind | 'same' | 'none' {
  const type = storableType(stats)
  if (!stats || type === undefined) return stored ? 'deleted' : 'none'
  if (!stored) return 'new'
  return type === stored.type && isSame(stats, stored, type) ? 'same' : 'modified'
}

function isSame(stats: BigIntStats, stored: StoredEntry, type: EntryType): boolean {
  const {mode, uid, gid, mtime, ctime, inode} = stored.stats
  if (type === ENTRY_TYPE.directory) {
    return (Number(stats.mode) & PERMISSIONS) === mode && Number(stats.uid) === uid && Number(stats.gid) === gid
  }
  // What was not read well is read again, whatever its metadata.
  if (stored.error) return false
  if (type === ENTRY_TYPE.file) return hasSameMetadata(stored.table, stored.place, stats)
  return mtime === stats.mtimeNs && ctime === stats.ctimeNs && inode === stats.ino
}

/** The names that are there now and those that the parent has, sorted. `onMissing` is told of a page of the parent that is lost. */
export async function namesOfBoth(
  live: readonly ByteString[],
  read: ReadTree,
  previous: ChunkReference,
  onMissing: (error: PocketError) => void,
): Promise<ByteString[]> {
  const stored: ByteString[] = []
  try {
    for await (const {names} of readTables(read, previous)) for (const name of names) stored.push(name)
  } catch (error) {
    if (!isPocketError(error, 'chunk-missing')) throw error
    onMissing(error)
  }
  return mergeSorted(live, stored)
}

export function mergeSorted(left: readonly ByteString[], right: readonly ByteString[]): ByteString[] {
  const merged: ByteString[] = []
  let place = 0
  for (const name of left) {
    while (place < right.length && right[place] < name) merged.push(right[place++])
    if (right[place] === name) place++
    merged.push(name)
  }
  while (place < right.length) merged.push(right[place++])
  return merged
}
