/** What a snapshot tells while it is taken. */
import type {ObjectId} from '../id.js'

export type SnapshotEvent =
  | {type: 'started'; paths: string[]; parent?: ObjectId}
  | SnapshotProgress
  /** Recorded in the snapshot as unreadable; the run goes on. */
  | {type: 'unreadable'; path: string; code: string; message: string}
  /** Noticed and read again; `isStable` when the last reading met no change. */
  | {type: 'changed-while-read'; path: string; isStable: boolean}
  | {type: 'skipped'; path: string; reason: SkipReason}
  | {type: 'finishing'}

/** `behind-link`: only a symbolic link to it was named, which is stored as a link. */
export type SkipReason = 'repository' | 'cache' | 'special-file' | 'behind-link'

export interface SnapshotProgress {
  type: 'progress'
  elapsedMs: number
  files: number
  directories: number
  /** Bytes read from files. */
  bytesRead: number
  /** Bytes read, and those of unchanged files, which are not read. */
  bytesProcessed: number
  /** Raw bytes of chunks that the repository did not have. */
  bytesNew: number
  /** Bytes put into the repository, and those on their way to a server. */
  bytesStored: number
  /** Known when an estimate was asked for and is done. */
  totalFiles?: number
  totalBytes?: number
  currentFile?: string
}
