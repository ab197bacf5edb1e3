/** What a snapshot run counts, beside the counters of its workers. */
import type {Totals} from '../format/totals.js'
import type {ChangeCounts} from '../format/snapshot-record.js'

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
