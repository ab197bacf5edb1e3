/** Keeps a flow of bytes at a rate that changes by a timetable, also while somebody waits. */
import {setTimeout} from 'node:timers/promises'
import {monotonicMs, nowNs} from './clock.js'
import {BURST_MS, type FlowLimit, piecesOf, RateLimit} from './rate-limit.js'
import {lowestRate, type Rate, rateAt, type RateTimetable} from './rate-timetable.js'

/** How late a change may be noticed. */
const STEP_MS = 1000

export interface LimitClock {
  /** Milliseconds on a clock that never goes back, by which `sleep` waits. */
  now: () => number
  /** Milliseconds since 1970. */
  wallMs: () => number
  sleep: (delayMs: number) => Promise<unknown>
}

const SYSTEM: LimitClock = {now: monotonicMs, wallMs: () => Number(nowNs() / 1_000_000n), sleep: setTimeout}

/** The limit that `rate` is; undefined for none. */
export function flowLimit(rate: Rate | undefined): FlowLimit | undefined {
  if (rate === undefined) return undefined
  return typeof rate === 'number' ? new RateLimit(rate) : new TimedRateLimit(rate)
}

export class TimedRateLimit implements FlowLimit {
  readonly #timetable: RateTimetable
  readonly #clock: LimitClock
  /** Of who asked last: who asks first goes first. */
  #last: Promise<void> = Promise.resolve()
  /** Until when the bytes that have been granted so far take. */
  #paidUntilMs = Number.NEGATIVE_INFINITY

  constructor(timetable: RateTimetable, clock: LimitClock = SYSTEM) {
    this.#timetable = timetable
    this.#clock = clock
  }

  get pieceBytes(): number {
    return piecesOf(lowestRate(this.#timetable) ?? Number.POSITIVE_INFINITY)
  }

  take(bytes: number): Promise<void> {
    this.#last = this.#last.then(() => this.#pass(bytes))
    return this.#last
  }

  async #pass(bytes: number): Promise<void> {
    const {now, wallMs, sleep} = this.#clock
    let left = bytes
    let atMs = Math.max(this.#paidUntilMs, now() - BURST_MS)
    for (;;) {
      const rate = rateAt(this.#timetable, wallMs())
      if (rate === undefined) {
        this.#paidUntilMs = now()
        return
      }
      const endMs = atMs + (left * 1000) / rate
      const delayMs = endMs - now()
      if (delayMs < 1) {
        this.#paidUntilMs = endMs
        return
      }
      await sleep(Math.min(delayMs, STEP_MS))
      const passedMs = Math.max(0, now() - atMs)
      left = Math.max(0, left - (passedMs * rate) / 1000)
      atMs += passedMs
    }
  }
}
