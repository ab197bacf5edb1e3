/**
 * Folders listed with the metadata of their entries, as columns: listed in one thread, looked at in another. What cannot be looked at is
 * part of the result, since one bad entry must not spoil the rest.
 */
import {systemCode} from '../errors.js'
import type {ByteString} from '../util/bytes.js'
import {joinPath} from './native-path.js'
import {type EntryStats, listDirectory, statEntry} from './scan.js'

/** Why something could not be looked at, by the system's code. */
export interface ListingFailure {
  code: string
  message: string
}

/** The entries of one folder. */
export interface Listing {
  /** Sorted by their bytes. */
  names: ByteString[]
  /** Undefined for an entry that has gone since its folder was listed. */
  entry(index: number): EntryStats | ListingFailure | undefined
}

/** Several folders, one after the other in the same columns. */
export interface ListedFolders {
  /** Entries of each folder; -1 for one that could not be listed. */
  counts: Int32Array
  /** Joined by NUL. */
  names: string
  modes: Uint32Array
  uids: Uint32Array
  gids: Uint32Array
  sizes: BigInt64Array
  mtimes: BigInt64Array
  ctimes: BigInt64Array
  inodes: BigUint64Array
  devices: BigUint64Array
  /** By the entry's place in the columns; `ENOENT` for one that has gone. */
  entryFailures: Map<number, ListingFailure>
  folderFailures: Map<number, ListingFailure>
}

const GONE = 'ENOENT'

export function isFailure(result: EntryStats | Listing | ListingFailure): result is ListingFailure {
  return 'code' in result
}

/** Entries of the folder `path` that are looked at in this thread, when they are asked for. */
export function lazyListing(path: ByteString, names: ByteString[], stat: (path: ByteString, name: ByteString) => EntryStats): Listing {
  return {
    names,
    entry(index) {
      try {
        return stat(joinPath(path, names[index]), names[index])
      } catch (error) {
        const failure = describeFailure(error)
        return failure.code === GONE ? undefined : failure
      }
    },
  }
}

/** Lists folders and looks at all their entries. */
export function listFolders(paths: readonly ByteString[]): ListedFolders {
  const folderFailures = new Map<number, ListingFailure>()
  const folders = paths.map((path, index) => {
    try {
      return listDirectory(path)
    } catch (error) {
      folderFailures.set(index, describeFailure(error))
      return []
    }
  })
  const total = folders.reduce((sum, names) => sum + names.length, 0)
  const columns = createColumns(total)
  let at = 0
  folders.forEach((names, folder) => {
    const path = paths[folder]
    for (const name of names) fillEntry(columns, at++, joinPath(path, name))
  })
  const counts = Int32Array.from(folders, (names, index) => (folderFailures.has(index) ? -1 : names.length))
  return {counts, names: folders.map((names) => names.join('\0')).join('\0\0'), ...columns, folderFailures}
}

/** The folders of `listed`, in their order. */
export function openListings(listed: ListedFolders): (Listing | ListingFailure)[] {
  const names = listed.names.split('\0\0')
  let start = 0
  return Array.from(listed.counts, (count, folder) => {
    const failure = listed.folderFailures.get(folder)
    if (failure) return failure
    const first = start
    start += count
    return {
      names: count === 0 ? [] : (names[folder].split('\0') as ByteString[]),
      entry: (index: number) => readEntry(listed, first + index),
    }
  })
}

function createColumns(count: number): Omit<ListedFolders, 'counts' | 'names' | 'folderFailures'> {
  return {
    modes: new Uint32Array(count),
    uids: new Uint32Array(count),
    gids: new Uint32Array(count),
    sizes: new BigInt64Array(count),
    mtimes: new BigInt64Array(count),
    ctimes: new BigInt64Array(count),
    inodes: new BigUint64Array(count),
    devices: new BigUint64Array(count),
    entryFailures: new Map(),
  }
}

function fillEntry(columns: ReturnType<typeof createColumns>, at: number, path: ByteString): void {
  try {
    const stats = statEntry(path)
    columns.modes[at] = stats.mode
    columns.uids[at] = stats.uid
    columns.gids[at] = stats.gid
    columns.sizes[at] = stats.size
    columns.mtimes[at] = stats.mtimeNs
    columns.ctimes[at] = stats.ctimeNs
    columns.inodes[at] = stats.ino
    columns.devices[at] = stats.dev
  } catch (error) {
    columns.entryFailures.set(at, describeFailure(error))
  }
}

function readEntry(listed: ListedFolders, at: number): EntryStats | ListingFailure | undefined {
  const failure = listed.entryFailures.size > 0 ? listed.entryFailures.get(at) : undefined
  if (failure) return failure.code === GONE ? undefined : failure
  return {
    mode: listed.modes[at],
    uid: listed.uids[at],
    gid: listed.gids[at],
    size: listed.sizes[at],
    mtimeNs: listed.mtimes[at],
    ctimeNs: listed.ctimes[at],
    ino: listed.inodes[at],
    dev: listed.devices[at],
  }
}

/** A system error in a form that can be handed to another thread; anything else is a bug, and thrown. */
export function describeFailure(error: unknown): ListingFailure {
  const code = systemCode(error)
  if (code === undefined) throw error
  return {code, message: error instanceof Error ? error.message : code}
}
