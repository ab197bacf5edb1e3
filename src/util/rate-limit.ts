/** Keeps a flow of bytes at a rate, over all who share it. */
import {setTimeout} from 'node:timers/promises'
import {monotonicMs} from './clock.js'

/** As much as may pass at once after a pause. */
const BURST_MS = 100

export class RateLimit {
  readonly #bytesPerMs: number
  readonly #now: () => number
  readonly #sleep: (delayMs: number) => Promise<unknown>
  /** When the bytes that have been granted so far will have passed. */
  #freeAtMs = Number.NEGATIVE_INFINITY

  /** `now` gives milliseconds on a clock that never goes back, by which `sleep` waits. */
  constructor(bytesPerSecond: number, now: () => number = monotonicMs, sleep: (delayMs: number) => Promise<unknown> = setTimeout) {
    this.#bytesPerMs = bytesPerSecond / 1000
    this.#now = now
    this.#sleep = sleep
  }

  /** Bytes of a piece that keep the flow even. */
  get pieceBytes(): number {
    return Math.max(1024, Math.min(64 * 1024, Math.ceil(this.#bytesPerMs * BURST_MS)))
  }

  /** Resolves when `bytes` more may pass. Who asks first goes first. */
  async take(bytes: number): Promise<void> {
    const now = this.#now()
    const start = Math.max(this.#freeAtMs, now - BURST_MS)
    this.#freeAtMs = start + bytes / this.#bytesPerMs
    const delayMs = this.#freeAtMs - now
    if (delayMs >= 1) await this.#sleep(delayMs)
  }
}
