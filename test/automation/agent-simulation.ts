/** An agent on a machine whose clock, sleep and processes are made up. Time passes only while the agent sleeps. */
import {runAgent} from '../../src/automation/agent.js'
import type {AgentEvent, Launched} from '../../src/automation/agent-types.js'
import {type History, settleHistory} from '../../src/schedule/reckon.js'
import type {Schedule} from '../../src/schedule/schedule.js'
import {msOf, textOf} from '../schedule/schedules.js'

export interface Run {
  schedule: string
  profile: string
  startMs: number
  /** By the clock that never goes back. */
  begin: number
  end: number | undefined
}

interface Process {
  dueAt: number
  finish: (code: number | null) => void
}

/** Something that happens to the machine. */
export interface Happening {
  at: string
  does: (machine: SimulatedMachine) => void
}

export class SimulatedMachine {
  readonly runs: Run[] = []
  readonly events: AgentEvent[] = []
  readonly histories = new Map<string, History>()
  schedules: readonly Schedule[]
  ticks = 0
  /** What a run takes; by its schedule. */
  durationMs: (schedule: string) => number = () => 60_000
  /** Whether a process begins a run, or ends at once. */
  begins: (schedule: string) => boolean = () => true
  /** How long the next sleep is in truth, for a machine that is suspended. */
  suspendMs = 0
  configError: Error | undefined
  #wallMs: number
  #monotonicMs = 0
  readonly #processes = new Set<Process>()
  readonly #end = new AbortController()
  #happenings: {atMs: number; does: Happening['does']}[] = []
  #endMs = 0

  constructor(schedules: readonly Schedule[], from: string) {
    this.schedules = schedules
    this.#wallMs = msOf(from)
  }

  /** Has the agent run until then, by the wall clock. */
  async runUntil(until: string, happenings: readonly Happening[] = []): Promise<void> {
    this.#endMs = msOf(until)
    this.#happenings = happenings.map(({at, does}) => ({atMs: msOf(at), does}))
    await runAgent({
      loadSchedules: () => (this.configError === undefined ? Promise.resolve(this.schedules) : Promise.reject(this.configError)),
      loadHistory: (schedule) => this.#history(schedule),
      launch: (what) => (what.type === 'tick' ? this.#launchTick() : this.#launch(what.schedule)),
      clock: {nowMs: () => this.#wallMs, monotonicMs: () => this.#monotonicMs, sleep: (ms, signal) => this.#sleep(ms, signal)},
      seed: 'atlas',
      signal: this.#end.signal,
      onEvent: (event) => this.events.push(event),
    })
  }

  setClock(time: string): void {
    this.#wallMs = msOf(time)
  }

  endAgent(): void {
    this.#end.abort()
  }

  /** `2026-03-29T01:00Z home` for each run. */
  started(schedule?: string): string[] {
    return this.runs.filter((run) => schedule === undefined || run.schedule === schedule).map((run) => textOf(run.startMs) ?? '')
  }

  /** Pairs of runs of one profile that were under way at the same time. */
  overlaps(): [Run, Run][] {
    return this.runs.flatMap((run, index) =>
      this.runs
        .slice(index + 1)
        .filter(
          (other) =>
            other.profile === run.profile &&
            other.begin < (run.end ?? Number.POSITIVE_INFINITY) &&
            run.begin < (other.end ?? Number.POSITIVE_INFINITY),
        )
        .map((other): [Run, Run] => [run, other]),
    )
  }

  async #history(schedule: Schedule): Promise<History> {
    const known = this.histories.get(schedule.name) ?? {firstKnownMs: this.#wallMs, lastStartMs: undefined}
    const settled = await settleHistory(schedule, known, this.#wallMs)
    this.histories.set(schedule.name, settled)
    return settled
  }

  #launch({name, profile}: Schedule): Launched {
    if (!this.begins(name)) return this.#process(0, () => undefined)
    const run: Run = {schedule: name, profile, startMs: this.#wallMs, begin: this.#monotonicMs, end: undefined}
    this.runs.push(run)
    this.histories.set(name, {...(this.histories.get(name) ?? {firstKnownMs: this.#wallMs}), lastStartMs: this.#wallMs})
    return this.#process(this.durationMs(name), () => (run.end = this.#monotonicMs))
  }

  #launchTick(): Launched {
    this.ticks++
    return this.#process(1000, () => undefined)
  }

  #process(durationMs: number, onEnd: () => void): Launched {
    let resolveEnded: (code: number | null) => void = () => undefined
    const ended = new Promise<number | null>((resolve) => (resolveEnded = resolve))
    const process: Process = {
      dueAt: this.#monotonicMs + durationMs,
      finish: (code) => {
        if (!this.#processes.delete(process)) return
        onEnd()
        resolveEnded(code)
      },
    }
    this.#processes.add(process)
    return {
      ended,
      // It takes some seconds to note what it did.
      stop: () => (process.dueAt = Math.min(process.dueAt, this.#monotonicMs + 3000)),
      kill: () => process.finish(null),
    }
  }

  async #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    let leftMs = milliseconds
    do {
      // Let whoever waits for a process that has ended go on.
      await new Promise((resolve) => setImmediate(resolve))
      if (signal.aborted) return
      const stepMs = this.#nextStep(leftMs)
      const passMs = stepMs + this.suspendMs
      this.#wallMs += passMs
      // The clock that never goes back stands still while the machine sleeps.
      this.#monotonicMs += stepMs
      this.suspendMs = 0
      leftMs -= stepMs
      for (const process of [...this.#processes]) if (process.dueAt <= this.#monotonicMs) process.finish(0)
      this.#happen()
    } while (leftMs > 0)
  }

  /** To the end of the sleep, or the first process that ends before it. */
  #nextStep(mostMs: number): number {
    return [...this.#processes].reduce((step, {dueAt}) => Math.min(step, Math.max(dueAt - this.#monotonicMs, 0)), mostMs)
  }

  #happen(): void {
    const due = this.#happenings.filter(({atMs}) => atMs <= this.#wallMs)
    this.#happenings = this.#happenings.filter((happening) => !due.includes(happening))
    for (const {does} of due) does(this)
    if (this.#wallMs >= this.#endMs && this.#happenings.length === 0) this.endAgent()
  }
}
