/**
 * Runs schedules where nothing else does: looks now and then what is due, and starts a process for each run, of one profile one at a time. It trusts no timer for
 * longer than half a minute, so that clocks may jump and machines may sleep.
 */
import {LAST_GRACE_MS} from '../machine/installer.js'
import {reckon} from '../schedule/reckon.js'
import type {Schedule} from '../schedule/schedule.js'
import {AgentRuns} from './agent-runs.js'
import type {AgentOptions} from './agent-types.js'

const LONGEST_SLEEP_MS = 30_000
const TICK_EVERY_MS = 3_600_000

/** Resolves when all runs have ended after `signal`. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const agent = new Agent(options)
  await agent.run()
}

class Agent {
  readonly #options: AgentOptions
  readonly #runs: AgentRuns
  #schedules: readonly Schedule[] | undefined
  readonly #troubles = new Set<string>()
  #lastTickMs: number | undefined

  constructor(options: AgentOptions) {
    this.#options = options
    this.#runs = new AgentRuns(options)
  }

  async run(): Promise<void> {
    const {clock, signal, onEvent} = this.#options
    while (!signal.aborted) {
      // Asked for before anything is looked at, so that what ends meanwhile is not overlooked.
      const change = this.#runs.nextChange()
      await this.#reload()
      const nextMs = await this.#look()
      this.#runs.startWaiting()
      this.#runs.endOverdue(LAST_GRACE_MS)
      this.#tick()
      const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.max(nextMs - clock.nowMs(), 0))
      await clock.sleep(sleepMs, change)
    }
    onEvent({type: 'ending', running: this.#runs.names()})
    await this.#runs.endAll(LAST_GRACE_MS)
  }

  async #reload(): Promise<void> {
    const {loadSchedules, onEvent} = this.#options
    const schedules = await this.#tolerant('config', loadSchedules)
    if (schedules === undefined || schedules === this.#schedules) return
    onEvent({type: this.#schedules === undefined ? 'began' : 'reloaded', schedules})
    this.#schedules = schedules
    this.#runs.dropWaiting(schedules)
  }

  /** Has what is due wait for its turn. Resolves with when something is due next. */
  async #look(): Promise<number> {
    let firstMs = Number.POSITIVE_INFINITY
    for (const schedule of this.#schedules ?? []) firstMs = Math.min(firstMs, await this.#lookAt(schedule))
    return firstMs
  }

  async #lookAt(schedule: Schedule): Promise<number> {
    const {loadHistory, clock, seed} = this.#options
    if (this.#runs.isBusyWith(schedule)) return Number.POSITIVE_INFINITY
    const history = await this.#tolerant(`history of ${schedule.name}`, () => loadHistory(schedule))
    const nowMs = clock.nowMs()
    const retryInMs = this.#runs.retryInMs(schedule, history)
    if (history === undefined || retryInMs > 0) return nowMs + Math.max(retryInMs, 0) + (history === undefined ? LONGEST_SLEEP_MS : 0)
    const {isDue, isMissed, nextMs} = await reckon(schedule, history, {nowMs, seed})
    if (!isDue) return nextMs ?? Number.POSITIVE_INFINITY
    this.#runs.enqueue(schedule, {isLate: isMissed, history})
    return Number.POSITIVE_INFINITY
  }

  /** What is done each hour beside the runs: silence is noticed, alarms that could not be delivered are. */
  #tick(): void {
    const monotonicMs = this.#options.clock.monotonicMs()
    if (this.#lastTickMs !== undefined && monotonicMs - this.#lastTickMs < TICK_EVERY_MS) return
    this.#lastTickMs = monotonicMs
    this.#runs.startTick()
  }

  async #tolerant<Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await work()
      this.#troubles.delete(what)
      return result
    } catch (error) {
      if (!this.#troubles.has(what)) this.#options.onEvent({type: 'trouble', error})
      this.#troubles.add(what)
      return undefined
    }
  }
}
