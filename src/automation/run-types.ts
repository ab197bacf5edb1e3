/** One run of a profile: what is asked for, and what came of it. */
import type {Repository} from '../operations/open-repository.js'
import type {SnapshotEvent, SnapshotOptions, SnapshotResult} from '../operations/take-snapshot.js'
import type {SendOptions} from '../alarm/send.js'
import type {PocketError} from '../errors.js'
import {RUN_STEPS, type RunStatus, type RunStep, type RunTrigger} from '../journal/run-words.js'
import type {Profile} from './profile.js'

export {RUN_STEPS, type RunStatus, type RunStep, type RunTrigger}

export interface RunRequest {
  profile: Profile
  trigger: RunTrigger
  /** The schedule that has begun it. */
  schedule?: string
  /** Prune and check are left out where they are not due. */
  steps: ReadonlySet<RunStep>
  stateDirectory: string
  /** Opens the profile's repository, hands it over, and closes it whatever happens. Tells people of its warnings by itself, and `onWarning` for the journal. */
  withRepository: <Result>(
    use: (repository: Repository) => Promise<Result>,
    options: {isWriting: boolean; signal?: AbortSignal; onWarning?: (warning: PocketError) => void},
  ) => Promise<Result>
  /** In place of `takeSnapshot`, with the profile's paths, excludes and tags as options; `interrupted` is thrown when nothing is to be stored. Events go to `onEvent` of the options. */
  snapshot?: (repository: Repository, options: SnapshotOptions) => Promise<SnapshotResult>
  /** Does the step `drill`; what it hands to `note` is journalled, and told to nobody. */
  drill?: (
    repository: Repository,
    signal: AbortSignal | undefined,
    note: (warning: PocketError) => void,
  ) => Promise<{files: number; bytes: number; failed: number}>
  /** Ends the run; one that was aborted by `AbortSignal.timeout` has timed out, every other one was interrupted. */
  signal?: AbortSignal
  /** What no journal and no alarm may show, beside what the run knows of itself to be secret. */
  secrets?: readonly string[]
  /** How alarms are sent, where not as usual. */
  sending?: Omit<SendOptions, 'redactor'>
  onSnapshotEvent?: (event: SnapshotEvent) => void
  onWarning?: (warning: PocketError) => void
}

export interface RunOutcome {
  /** Of the run in the journal. */
  id: string
  status: RunStatus
  snapshot?: SnapshotResult
  error?: PocketError
}
