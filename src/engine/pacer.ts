/** Keeps a long synchronous walk from starving messages and timers, and ends it when it is to end. */
import {PocketError} from '../errors.js'
import {monotonicMs} from '../util/clock.js'
import {nextTurn} from '../util/concurrency.js'

/** How long the main thread may be busy before messages and timers have their turn. */
const SLICE_MS = 8
const CALLS_BETWEEN_CLOCKS = 64

export interface PacerOptions {
  signal: AbortSignal | undefined
  /** Awaited between directories: waits when the backend is behind, throws when it has failed. */
  backpressure: () => Promise<void>
  /** Awaited in each turn: waits while the run is to pause. */
  paused?: () => Promise<void>
}

export class Pacer {
  readonly #options: PacerOptions
  #sliceStartMs = monotonicMs()
  #calls = 0

  constructor(options: PacerOptions) {
    this.#options = options
  }

  /** Whether the slice is used up; cheap enough to ask for every entry. */
  isDue(): boolean {
    this.#calls++
    return this.#calls % CALLS_BETWEEN_CLOCKS === 0 && monotonicMs() - this.#sliceStartMs > SLICE_MS
  }

  /** Lets messages and timers have their turn. Throws `interrupted` when the run is to end. */
  async turn(): Promise<void> {
    await nextTurn()
    await this.#options.paused?.()
    this.check()
    this.#sliceStartMs = monotonicMs()
  }

  async betweenDirectories(): Promise<void> {
    this.check()
    await this.#options.backpressure()
    if (monotonicMs() - this.#sliceStartMs > SLICE_MS) await this.turn()
  }

  /** Throws `interrupted` when the run is to end. */
  check(): void {
    if (this.#options.signal?.aborted) throw new PocketError('interrupted', 'the run was interrupted')
  }
}
