/** Keeps a flow of bytes at a rate, over all who share it. */
import {setTimeout} from 'node:timers/promises'
import {monotonicMs} from './clock.js'

/** Who wants to send or receive bytes asks first. */
export interface FlowLimit {
  /** Bytes of a piece that keep the flow even. */
  readonly pieceBytes: number
  /** Resolves when `bytes` more may pass. Who asks first goes first. */
  take(bytes: number): Promise<void>
}

/** As much as may pass at once after a pause. */
export const BURST_MS = 100

/** Bytes of a piece that keep a flow of so many bytes a second even. */
export function piecesOf(bytesPerSecond: number): number {
  return Math.max(1024, Math.min(64 * 1024, Math.ceil((bytesPerSecond * BURST_MS) / 1000)))
}

export class RateLimit implements FlowLimit {
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

  get pieceBytes(): number {
    return piecesOf(this.#bytesPerMs * 1000)
  }

  async take(bytes: number): Promise<void> {
    const now = this.#now()
    const start = Math.max(this.#freeAtMs, now - BURST_MS)
    this.#freeAtMs = start + bytes / this.#bytesPerMs
    const delayMs = this.#freeAtMs - now
    if (delayMs >= 1) await this.#sleep(delayMs)
  }
}
