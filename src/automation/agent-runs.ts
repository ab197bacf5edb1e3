/** The processes that an agent has started, and what waits for them to end. */
import type {History} from '../schedule/reckon.js'
import type {Schedule} from '../schedule/schedule.js'
import type {AgentOptions, Launched} from './agent-types.js'

/** A run that did not begin, for it was put off or another was at work, is called again after so many ms. */
const RETRY_MS = 10 * 60_000

interface Run {
  schedule: Schedule
  process: Launched
  /** By the clock that never goes back. */
  startMs: number
  isKilled: boolean
}

/** What was started last for a schedule, and what was known before. */
interface Attempt {
  startMs: number
  lastStartMs: number | undefined
}

interface Waiting {
  schedule: Schedule
  isLate: boolean
  /** When it became due. */
  history: History
}

export class AgentRuns {
  readonly #options: AgentOptions
  readonly #running = new Map<string, Run>()
  readonly #attempts = new Map<string, Attempt>()
  #waiting: Waiting[] = []
  #tick: Launched | undefined
  #nextChange = new AbortController()

  constructor(options: AgentOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => this.#nextChange.abort())
  }

  /** Aborted when a process ends, or the agent is to. */
  nextChange(): AbortSignal {
    if (this.#nextChange.signal.aborted) this.#nextChange = new AbortController()
    return this.#nextChange.signal
  }

  names(): string[] {
    return [...this.#running.keys()]
  }

  isBusyWith({name}: Schedule): boolean {
    return this.#running.has(name) || this.#waiting.some(({schedule}) => schedule.name === name)
  }

  /** How long to wait before a schedule of which the last process began no run is called again; 0 when it may be called now. */
  retryInMs({name}: Schedule, history: History | undefined): number {
    const attempt = this.#attempts.get(name)
    if (attempt === undefined || history === undefined || attempt.lastStartMs !== history.lastStartMs) return 0
    return attempt.startMs + RETRY_MS - this.#options.clock.monotonicMs()
  }

  enqueue(schedule: Schedule, {isLate, history}: {isLate: boolean; history: History}): void {
    this.#waiting.push({schedule, isLate, history})
    if (this.#isProfileBusy(schedule)) this.#options.onEvent({type: 'run-waits', schedule: schedule.name, profile: schedule.profile})
  }

  /** What is no longer in the config file does not begin; what has begun goes on. What could not begin is tried again at once. */
  dropWaiting(schedules: readonly Schedule[]): void {
    this.#attempts.clear()
    this.#waiting = this.#waiting.filter((waiting) => schedules.some(({name}) => name === waiting.schedule.name))
  }

  /** First come, first served, of each profile one at a time. */
  startWaiting(): void {
    const still: Waiting[] = []
    for (const waiting of this.#waiting) {
      if (this.#isProfileBusy(waiting.schedule)) still.push(waiting)
      else this.#start(waiting)
    }
    this.#waiting = still
  }

  startTick(): void {
    if (this.#tick !== undefined) return
    this.#tick = this.#options.launch({type: 'tick'})
    void this.#tick.ended.then(() => {
      this.#tick = undefined
    })
  }

  /** Ends what should have ended itself. */
  endOverdue(graceMs: number): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const run of this.#running.values()) {
      const {longestMs, name, profile} = run.schedule
      if (run.isKilled || longestMs === undefined || nowMs - run.startMs < longestMs + graceMs) continue
      run.isKilled = true
      this.#options.onEvent({type: 'run-too-long', schedule: name, profile})
      run.process.kill()
    }
  }

  /** Asks all to end, and waits for them, but no longer than `graceMs`. */
  async endAll(graceMs: number): Promise<void> {
    this.#waiting = []
    const processes = [...[...this.#running.values()].map(({process}) => process), ...(this.#tick === undefined ? [] : [this.#tick])]
    for (const process of processes) process.stop()
    const ended = new AbortController()
    const all = Promise.all(processes.map((process) => process.ended)).finally(() => ended.abort())
    await this.#options.clock.sleep(graceMs, ended.signal)
    if (!ended.signal.aborted) for (const process of processes) process.kill()
    await all
  }

  #isProfileBusy({profile}: Schedule): boolean {
    return [...this.#running.values()].some((run) => run.schedule.profile === profile)
  }

  #start({schedule, isLate, history}: Waiting): void {
    const {launch, clock, onEvent} = this.#options
    const {name, profile} = schedule
    onEvent({type: 'run-began', schedule: name, profile, isLate})
    const run: Run = {schedule, process: launch({type: 'run', schedule}), startMs: clock.monotonicMs(), isKilled: false}
    this.#running.set(name, run)
    this.#attempts.set(name, {startMs: run.startMs, lastStartMs: history.lastStartMs})
    void run.process.ended.then((code) => {
      this.#running.delete(name)
      onEvent({type: 'run-ended', schedule: name, profile, code, durationMs: clock.monotonicMs() - run.startMs})
      this.#nextChange.abort()
    })
  }
}
