/** What a snapshot run counts, beside the counters of its workers. */
import type {ChunkReference} from '../format/reference.js'
import type {Totals} from '../format/totals.js'
import type {ChangeCounts} from '../format/snapshot-record.js'
import {isSameChunk, type PreviousTree} from './visit.js'

export class SnapshotTally {
  readonly files: ChangeCounts = {new: 0, changed: 0, unchanged: 0}
  readonly directories: ChangeCounts = {new: 0, changed: 0, unchanged: 0}
  unreadable = 0
  /** What cannot be read, of which the snapshot says nothing: it stays as the parent has it. */
  unrecorded = 0
  /** Whether a file that the parent may have missed a change of was taken over all the same. */
  holdsFresh = false
  changedWhileRead = 0
  skipped = 0
  /** Files that were taken over unread, and their bytes. */
  keptFiles = 0
  keptBytes = 0
  /** Files that all workers have read together; the others are counted by the worker that reads them. */
  largeFilesDone = 0
  /** The file that was worked on last. */
  currentFile = ''

  /** Counts a directory that was walked, by the same one in earlier snapshots. The root is none: it is what holds them. */
  countDirectory(previous: readonly PreviousTree[], root: ChunkReference): void {
    if (previous.length === 0) this.directories.new++
    else if (previous.some((before) => isSameChunk(before.root, root))) this.directories.unchanged++
    else this.directories.changed++
  }

  /** Counts a directory that was taken over with everything below it. */
  keepTree({files, directories, bytes}: Totals): void {
    this.files.unchanged += files
    this.keptFiles += files
    this.keptBytes += bytes
    this.directories.unchanged += directories + 1
  }

  get directoriesDone(): number {
    return this.directories.new + this.directories.changed + this.directories.unchanged
  }
}
