/** What a person has settled for folders that are kept safe by themselves: a table `[profiles.NAME]` of the config file, read and checked. */
import type {SnapshotOptions} from '../operations/take-snapshot.js'
import type {Grouping, RetentionPolicy} from '../operations/plan-forget.js'
import type {PruneOptions} from '../operations/prune-repository.js'
import type {AlarmSettings} from '../alarm/settings.js'
import type {Schedule} from '../schedule/schedule.js'

export {type AlarmChannel, type AlarmSettings, type Occasion, OCCASIONS, type SecretText} from '../alarm/settings.js'

export interface Profile {
  name: string
  /** Absolute. */
  paths: readonly string[]
  excludes: readonly string[]
  tags: readonly string[]
  host: string | undefined
  compression: SnapshotOptions['compression']
  workers: number | undefined
  /** Undefined forgets nothing. */
  retention: Retention | undefined
  /** Undefined never prunes. */
  prune: PruneStep | undefined
  /** Undefined never checks. */
  check: CheckStep | undefined
  hooks: Hooks
  alarms: AlarmSettings
  schedules: readonly Schedule[]
  watch: WatchSettings
}

/** Of the snapshots of this profile's host and paths, and of no others. */
export interface Retention {
  policy: RetentionPolicy
  keepBytes: number | undefined
  grouping: Grouping | undefined
}

export interface PruneStep extends Pick<PruneOptions, 'graceMs' | 'maxUnused' | 'maxRepackBytes'> {
  /** It is due when the last one that succeeded began so long ago. */
  everyMs: number
}

export interface CheckStep {
  /** It is due when the last one that succeeded began so long ago. */
  everyMs: number
  /** Packs that were verified within so many ms are not read; undefined reads no data. */
  maxAgeMs: number | undefined
  /** No pack is begun when the slice has run so many ms. */
  maxDurationMs: number
}

export const HOOK_MOMENTS = ['before', 'after', 'onFailure', 'finally'] as const
export type HookMoment = (typeof HOOK_MOMENTS)[number]

export type Hooks = Readonly<Record<HookMoment, readonly Hook[]>>

export interface Hook {
  /** For the shell. */
  command: string
  /** It is ended after so many ms, and has failed then. */
  timeoutMs: number
}

export interface WatchSettings {
  /** A snapshot is taken when nothing has changed for so many ms, */
  quietMs: number
  /** or this long after the first change. */
  longestWaitMs: number
  /** How often everything is walked, to prove that nothing was missed. */
  fullWalkMs: number
}
