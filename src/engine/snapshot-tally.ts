/** What a snapshot run counts, beside the counters of its workers. */
import type {ChangeCounts} from '../format/snapshot-record.js'

export class SnapshotTally {
  readonly files: ChangeCounts = {new: 0, changed: 0, unchanged: 0}
  readonly directories: ChangeCounts = {new: 0, changed: 0, unchanged: 0}
  unreadable = 0
  changedWhileRead = 0
  skipped = 0
  /** Bytes of files that were taken over unread. */
  unchangedBytes = 0
  /** Entries other than files that have been listed. */
  currentFile = ''

  get filesDone(): number {
    return this.files.new + this.files.changed + this.files.unchanged
  }

  get directoriesDone(): number {
    return this.directories.new + this.directories.changed + this.directories.unchanged
  }
}
