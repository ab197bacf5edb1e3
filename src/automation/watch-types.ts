/** What a watch is asked for, and what it tells. */
import type {PocketError} from '../errors.js'
import type {SnapshotEvent} from '../operations/take-snapshot.js'
import type {Loss, startWatching} from '../watch/watcher.js'
import type {Profile} from './profile.js'
import type {RunOutcome, RunRequest} from './run-types.js'
import type {WatchClock} from './watch-clock.js'

/** Why a snapshot is taken: what it looks at follows from it. */
export type WatchReason =
  /** The first one. */
  | 'start'
  /** Nothing has changed for a while since something did. */
  | 'quiet'
  /** It has been changing for so long. */
  | 'longest-wait'
  /** To see that nothing was missed. */
  | 'full-walk'
  /** What has changed is not known. */
  | 'lost'
  /** The watch ends. */
  | 'end'

export type WatchEvent =
  /** `isExact`: what has changed is told, so that nothing else is looked at. */
  | {type: 'watching'; paths: readonly string[]; isExact: boolean}
  /** Nothing is told of changes: everything is walked every so often. */
  | {type: 'not-watching'; error: PocketError; everyMs: number}
  /** A source lies where other machines may change it, of which nothing is told. */
  | {type: 'remote'; path: string; fileSystem: string; everyMs: number}
  | {type: 'lost'; loss: Loss}
  | {type: 'taking'; reason: WatchReason}
  | {type: 'snapshot'; reason: WatchReason; outcome: RunOutcome}
  /** It could not be stored; what has changed is kept. */
  | {type: 'retry'; afterMs: number}
  /** A walk has found changes that nothing was told of; some of them. */
  | {type: 'untold'; paths: readonly string[]; count: number}

export interface WatchRequest extends Pick<RunRequest, 'stateDirectory' | 'withRepository'> {
  profile: Profile
  /** Takes a snapshot as asked for, and tells what came of it: `runProfile`. */
  run: (request: RunRequest) => Promise<RunOutcome>
  /** Ends the watch, with a last snapshot of what has changed since the one before. */
  signal: AbortSignal
  /** Folders that are never looked at, beside the repository: absolute. */
  ownFolders?: readonly string[]
  onEvent?: (event: WatchEvent) => void
  onSnapshotEvent?: (event: SnapshotEvent) => void
  onWarning?: (warning: PocketError) => void
  clock?: WatchClock
  startWatching?: typeof startWatching
}
