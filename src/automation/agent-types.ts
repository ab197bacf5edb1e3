/** What an agent is given, and what it tells. */
import type {History} from '../schedule/reckon.js'
import type {Schedule} from '../schedule/schedule.js'

export interface AgentClock {
  nowMs: () => number
  /** Never goes back. */
  monotonicMs: () => number
  /** Resolves after so many ms, or when `signal` is aborted. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

export interface AgentOptions {
  /** The schedules as the config file has them now; what is wrong with it is thrown, and those of before go on. */
  loadSchedules: () => Promise<readonly Schedule[]>
  /** As noted on disk, by the runs themselves. */
  loadHistory: (schedule: Schedule) => Promise<History>
  launch: Launch
  clock: AgentClock
  seed: string
  /** Ends the agent when it is aborted: no run begins any more, those under way are asked to end, and waited for. */
  signal: AbortSignal
  onEvent: (event: AgentEvent) => void
}

export type AgentEvent =
  | {type: 'began'; schedules: readonly Schedule[]}
  | {type: 'reloaded'; schedules: readonly Schedule[]}
  /** The config file, or what is known of a schedule, cannot be read; told once until it can. */
  | {type: 'trouble'; error: unknown}
  | {type: 'run-began'; schedule: string; profile: string; isLate: boolean}
  | {type: 'run-waits'; schedule: string; profile: string}
  | {type: 'run-ended'; schedule: string; profile: string; code: number | null; durationMs: number}
  | {type: 'run-too-long'; schedule: string; profile: string}
  | {type: 'ending'; running: readonly string[]}

/** A process under way. */
export interface Launched {
  /** With the exit code, or null when a signal has ended it. Never rejects. */
  ended: Promise<number | null>
  /** Asks it to end, when it has noted what it did. */
  stop: () => void
  kill: () => void
}

/** `tick` does what is due each hour beside the runs. */
export type Launch = (what: {type: 'run'; schedule: Schedule} | {type: 'tick'}) => Launched
