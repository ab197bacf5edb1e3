/** One run of a profile: what is asked for, and what came of it. */
import type {Repository} from '../operations/open-repository.js'
import type {SnapshotEvent, SnapshotOptions, SnapshotResult} from '../operations/take-snapshot.js'
import type {PocketError} from '../errors.js'
import type {Profile} from './profile.js'

/** In the order in which they are done. */
export const RUN_STEPS = ['snapshot', 'forget', 'prune', 'check', 'drill'] as const
export type RunStep = (typeof RUN_STEPS)[number]

export type RunTrigger = 'manual' | 'schedule' | 'watch'

export interface RunRequest {
  profile: Profile
  trigger: RunTrigger
  /** The schedule that has begun it. */
  schedule?: string
  /** Prune and check are left out where they are not due. */
  steps: ReadonlySet<RunStep>
  stateDirectory: string
  /** Opens the profile's repository, hands it over, and closes it whatever happens. */
  withRepository: <Result>(
    use: (repository: Repository) => Promise<Result>,
    options: {isWriting: boolean; signal?: AbortSignal},
  ) => Promise<Result>
  /** In place of `takeSnapshot`, with the profile's paths, excludes and tags as options. */
  snapshot?: (repository: Repository, options: SnapshotOptions) => Promise<SnapshotResult>
  /** Does the step `drill`. */
  drill?: (repository: Repository, signal: AbortSignal | undefined) => Promise<{files: number; bytes: number; failed: number}>
  signal?: AbortSignal
  onSnapshotEvent?: (event: SnapshotEvent) => void
  onWarning?: (warning: PocketError) => void
}

/** `incomplete`: done, but something could not be read; `damaged`: done, but the repository is; `busy`: another run of the profile was at it. */
export type RunStatus = 'succeeded' | 'incomplete' | 'damaged' | 'failed' | 'interrupted' | 'timed-out' | 'busy'

export interface RunOutcome {
  /** Of the run in the journal. */
  id: string
  status: RunStatus
  snapshot?: SnapshotResult
  error?: PocketError
}
