/** One entry of the parent snapshot, where it lies in its page: to be compared with what is there now, or taken over as it is. */
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import type {EntryError, TreeTable} from '../format/tree.js'
import {referenceAt} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import type {ReferenceRange} from './directory-builder.js'
import type {ListingCursor} from './listing-cursor.js'
import type {FileStats} from './messages.js'

export class StoredEntry {
  readonly table: TreeTable
  /** Its place in `table`. */
  readonly place: number
  /** Where its references begin. */
  readonly firstReference: number
  readonly #linksBefore: number
  /** What went wrong when it was read. */
  readonly error: EntryError | undefined

  constructor(cursor: ListingCursor, table: TreeTable, place: number) {
    this.table = table
    this.place = place
    this.firstReference = cursor.firstReference
    this.#linksBefore = cursor.linksBefore
    this.error = cursor.isTrusted ? undefined : table.errors.find(({index}) => index === place)
  }

  get type(): EntryType {
    return this.table.types[this.place] as EntryType
  }

  get sizeBytes(): bigint {
    return this.table.sizes[this.place]
  }

  get stats(): FileStats {
    const {modes, uids, gids, mtimes, ctimes, inodes} = this.table
    const {place} = this
    return {mode: modes[place], uid: uids[place], gid: gids[place], mtime: mtimes[place], ctime: ctimes[place], inode: inodes[place]}
  }

  /** The content of a file; undefined for an empty one. */
  get content(): ReferenceRange | undefined {
    const {ids, lengths, counts, depths} = this.table
    const count = counts[this.place]
    return count === 0 ? undefined : {ids, lengths, start: this.firstReference, count, depth: depths[this.place]}
  }

  /** The root page of a directory's tree; undefined for one that could not be listed, and for what is none. */
  get tree(): ChunkReference | undefined {
    const isTree = this.type === ENTRY_TYPE.directory && this.table.counts[this.place] === 1
    return isTree ? referenceAt(this.table, this.firstReference) : undefined
  }

  /** The target of a symbolic link. */
  get target(): ByteString {
    return this.table.targets[this.#linksBefore]
  }
}

/** The entry `name` of the directory that `cursor` goes through, which must have been advanced to it. */
export function storedEntry(cursor: ListingCursor | undefined, name: ByteString): StoredEntry | undefined {
  const place = cursor ? cursor.find(name) : -1
  return cursor?.table && place >= 0 ? new StoredEntry(cursor, cursor.table, place) : undefined
}
