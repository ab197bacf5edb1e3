/** When something is to run by itself, and under which conditions. This folder reckons with times; it knows no files, no processes and no clock of its own. */

/** What a schedule runs: everything that keeps a profile safe, or a restore drill of its repository. */
export const TASKS = ['snapshot', 'drill'] as const
export type Task = (typeof TASKS)[number]

export type Trigger =
  /** Five fields as of cron, in local time. */
  | {type: 'cron'; expression: string}
  /** So many ms after the last run has begun. */
  | {type: 'every'; everyMs: number}
  /** Minutes after midnight, local time. */
  | {type: 'daily'; atMinute: number}

export interface Schedule {
  /** Unique among all schedules of a config file. */
  name: string
  profile: string
  task: Task
  trigger: Trigger
  /** A run begins up to so many ms late, so that not all machines come at once. */
  jitterMs: number
  /** Whether a run that was missed, because the machine slept or was off, is made up for, once, as soon as it can be. */
  catchUp: boolean
  /** Not while the machine runs on battery. */
  onlyOnAc: boolean
  /** Only while one of these networks is there (names as `machine/networks.ts` gives them); none for any. */
  onlyOnNetworks: readonly string[]
  /** The run gives way to everything else on the machine (nice, ionice). */
  isLowPriority: boolean
  /** A run is ended after so many ms. */
  longestMs: number | undefined
}
