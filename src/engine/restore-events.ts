/** What a restore tells while it runs. */
import type {ObjectId} from '../id.js'
import type {ByteString} from '../util/bytes.js'
import type {TargetPlan} from './restore-target.js'
import {displayPath} from './restore-walk.js'

export type RestoreKind = 'file' | 'directory' | 'link'

export type RestoreEvent =
  | {type: 'started'; snapshot: ObjectId; target: string; totalFiles: number; totalBytes: number}
  | RestoreProgress
  /** This entry could not be restored; the others are. */
  | {type: 'failed'; path: string; code: string; message: string; hint?: string}
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

/** Of what was there before the restore, and is neither changed nor removed by it. */
export function* targetWarnings({otherMetadata, leftovers}: TargetPlan, mayOverwrite: boolean): Generator<RestoreEvent, void> {
  if (otherMetadata.length > 0 && !mayOverwrite) {
    yield aboutSome(otherMetadata, 'there already, and not of the mode, owner or time of the snapshot, which --overwrite sets')
  }
  if (leftovers.length > 0) {
    yield aboutSome(leftovers, "left by a restore that was killed: remove '.pocket-*.partial' when no other restore is at work here")
  }
}

function aboutSome(paths: readonly ByteString[], what: string): RestoreEvent {
  const others = paths.length - 1
  return {type: 'warning', path: displayPath(paths[0]), message: others > 0 ? `${what}; so are ${others} more` : what}
}
