/** What a restore tells while it runs. */
import type {ObjectId} from '../id.js'
import type {ByteString} from '../util/bytes.js'
import {displayPath} from './restore-walk.js'

export type RestoreKind = 'file' | 'directory' | 'link'

export type RestoreEvent =
  | {type: 'started'; snapshot: ObjectId; target: string; totalFiles: number; totalBytes: number}
  | RestoreProgress
  /** This entry could not be restored; the others are. */
  | {type: 'failed'; path: string; code: string; message: string}
  /** Restored, but not in every respect. */
  | {type: 'warning'; path: string; message: string}
  /** In a dry run only. */
  | {type: 'would-restore'; path: string; kind: RestoreKind; action: RestoreAction}

/** `keep`: it is there already, with this content. */
export type RestoreAction = 'create' | 'overwrite' | 'keep'

export interface RestoreProgress {
  type: 'progress'
  elapsedMs: number
  files: number
  bytes: number
  totalFiles: number
  totalBytes: number
  currentFile?: string
}

/** Of an entry whose content is restored, but not all of its metadata; `code` is the system's. */
export function metadataWarning(path: ByteString, code: string): RestoreEvent {
  return {type: 'warning', path: displayPath(path), message: `its metadata cannot be set: ${code}`}
}
