/** The files of a walk: taken over from a snapshot that was taken before, where nothing tells that they have changed, or sent to be read. */
import type {BigIntStats} from 'node:fs'
import {joinPath} from '../filesystem/native-path.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import type {DirectoryBuilder, ReferenceRange} from './directory-builder.js'
import type {FileScheduler, FileTask} from './file-scheduler.js'
import type {PreviousListing} from './listing-cursor.js'
import type {SnapshotTally} from './snapshot-tally.js'
import type {StoredEntry} from './stored-entry.js'
import {hasContent, hasSameMetadata, isTooFresh} from './unchanged.js'
import type {OpenVisit} from './visit.js'
import type {WalkNotes} from './walk-notes.js'

export interface FileEntriesOptions {
  index: ChunkIndex
  /** Reads the trees of earlier snapshots. */
  readTree: ReadTree
  /** Reads every file, whatever they say. */
  readsAll: boolean
  files: FileScheduler
  tally: SnapshotTally
  notes: WalkNotes
}

/** A file as it was listed. */
export interface ListedFile {
  directory: DirectoryBuilder
  name: ByteString
  path: ByteString
  stats: BigIntStats
}

export class FileEntries {
  readonly #options: FileEntriesOptions

  constructor(options: FileEntriesOptions) {
    this.#options = options
  }

  /** Adds the entry of a file. A promise is of one that waits for its turn to be read, or of a large file that is looked up. */
  enter({directory, name, path, stats}: ListedFile, listings: readonly PreviousListing[]): Promise<void> | undefined {
    const entry = directory.add(name, ENTRY_TYPE.file, stats)
    const task: FileTask = {directory, entry, path, stats, counted: 'new'}
    for (const {cursor, startedNs} of listings) {
      const place = cursor.find(name)
      const {table} = cursor
      if (!table || place < 0 || table.types[place] !== ENTRY_TYPE.file) continue
      const isSame = hasSameMetadata(table, place, stats)
      task.counted = isSame ? 'unchanged' : 'changed'
      if (!isSame || this.#options.readsAll || !cursor.isTrusted || isTooFresh(stats, startedNs)) return this.#read(task)
      const start = cursor.firstReference
      const range = {ids: table.ids, lengths: table.lengths, start, count: table.counts[place], depth: table.depths[place]}
      const isThere = hasContent(table, place, start, this.#options)
      const keep = (): undefined => this.#keep(directory, entry, stats.size, range)
      if (typeof isThere !== 'boolean') return isThere.then((is) => (is ? keep() : this.#read(task)))
      return isThere ? keep() : this.#read(task)
    }
    return this.#read(task)
  }

  /** Takes the content of an entry over as the parent has it, whatever has become of the file. A promise is of a large file that is looked up. */
  hold({builder, path}: OpenVisit, entry: number, stored: StoredEntry, parentStartedNs: bigint): Promise<void> | undefined {
    const {table, place, firstReference, stats, sizeBytes, content, error} = stored
    const {tally, notes} = this.#options
    if (isTooFresh({ctimeNs: stats.ctime, mtimeNs: stats.mtime}, parentStartedNs)) tally.holdsFresh = true
    const hold = (isThere: boolean): undefined => {
      const lost = isThere ? undefined : 'what the parent snapshot has of it is lost'
      if (lost === undefined) this.#keep(builder, entry, sizeBytes, content)
      else notes.error(builder, entry, joinPath(path, table.names[place]), {code: 'chunk-missing', message: lost})
      if (isThere && error) builder.addError(entry, error.code, error.message)
    }
    const isThere = hasContent(table, place, firstReference, this.#options)
    return typeof isThere === 'boolean' ? hold(isThere) : isThere.then(hold)
  }

  /** Takes an entry over that is known to be as the parent has it. */
  keep({builder}: OpenVisit, entry: number, {sizeBytes, content}: StoredEntry): void {
    this.#keep(builder, entry, sizeBytes, content)
  }

  #read(task: FileTask): Promise<void> {
    this.#options.tally.files[task.counted]++
    task.directory.pending++
    return this.#options.files.add(task)
  }

  #keep(directory: DirectoryBuilder, entry: number, sizeBytes: bigint, content: ReferenceRange | undefined): undefined {
    const {tally} = this.#options
    tally.files.unchanged++
    tally.keptFiles++
    tally.keptBytes += Number(sizeBytes)
    directory.setContent(entry, sizeBytes, content?.count === 0 ? undefined : content)
    return undefined
  }
}
