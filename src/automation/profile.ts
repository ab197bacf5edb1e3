/** What a person has settled for folders that are kept safe by themselves: a table `[profiles.NAME]` of the config file, read and checked. */
import type {SnapshotOptions} from '../operations/take-snapshot.js'
import type {Grouping, RetentionPolicy} from '../operations/plan-forget.js'
import type {PruneOptions} from '../operations/prune-repository.js'
import type {Schedule} from '../schedule/schedule.js'

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

/** Where a secret is, or itself. It is read when it is needed, and shown nowhere. */
export type SecretText = {type: 'value'; value: string} | {type: 'file'; path: string} | {type: 'command'; command: string}

export const OCCASIONS = ['failure', 'success', 'silence', 'odd'] as const
export type Occasion = (typeof OCCASIONS)[number]

export interface AlarmSettings {
  /** What the channels other than pings are told of; pings are told of every start, success and failure. */
  on: readonly Occasion[]
  /** The same trouble is told again after so many ms. */
  repeatMs: number
  /** There is silence when nothing has succeeded for so many ms. */
  silenceMs: number | undefined
  channels: readonly AlarmChannel[]
}

export type AlarmChannel =
  /** A POST of JSON. */
  | {type: 'webhook'; url: SecretText}
  /** Of the healthchecks kind: `URL/start`, `URL`, `URL/fail`, the log in the body. */
  | {type: 'ping'; url: SecretText}
  | {
      type: 'email'
      /** `smtp://host:587`, `smtps://host:465`. */
      server: string
      user: string | undefined
      password: SecretText | undefined
      from: string
      to: readonly string[]
    }
  | {type: 'desktop'}
  /** For the shell; told in POCKET_ALARM_* variables and JSON on stdin. */
  | {type: 'command'; command: string}

export interface WatchSettings {
  /** A snapshot is taken when nothing has changed for so many ms, */
  quietMs: number
  /** or this long after the first change. */
  longestWaitMs: number
  /** How often everything is walked, to prove that nothing was missed. */
  fullWalkMs: number
}
