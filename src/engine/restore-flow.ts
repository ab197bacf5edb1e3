/** Bounds what a restore has under way at a time, by number and by bytes, and remembers the first error that ends the run. */
import {PocketError} from '../errors.js'
import {Signal} from '../util/concurrency.js'

export interface FlowOptions {
  /** Works under way, at most. */
  calls: number
  /** Bytes that they hold, at most; a single work may hold more. */
  bytes: number
  signal: AbortSignal | undefined
}

export class RestoreFlow {
  readonly #options: FlowOptions
  readonly #changed = new Signal()
  #calls = 0
  #bytes = 0
  #fatal: {error: unknown} | undefined

  constructor(options: FlowOptions) {
    this.#options = options
    options.signal?.addEventListener('abort', () => this.#changed.wake(), {once: true})
  }

  /**
   * Starts `work`, which holds `bytes` until it has ended, as soon as there is room. What it is given lets go of some of them before that.
   * Throws as `check` does.
   */
  async start(bytes: number, work: (release: (bytes: number) => void) => Promise<void>): Promise<void> {
    this.check()
    while (!this.#hasRoom(bytes)) {
      await this.#changed.wait()
      this.check()
    }
    this.#calls++
    this.#bytes += bytes
    let held = bytes
    const release = (released: number): void => {
      const given = Math.min(released, held)
      held -= given
      this.#bytes -= given
      this.#changed.wake()
    }
    work(release)
      .catch((error: unknown) => this.end(error))
      .finally(() => {
        this.#calls--
        release(held)
      })
  }

  /** Has the run end with `error`, unless it ends with another already. */
  end(error: unknown): void {
    this.#fatal ??= {error}
  }

  /** Resolves when nothing is under way. Throws as `check` does. */
  async idle(): Promise<void> {
    for (this.check(); this.#calls > 0; this.check()) await this.#changed.wait()
  }

  /** Throws `interrupted` when the run is to end, and what it ends with. */
  check(): void {
    if (this.#options.signal?.aborted) throw new PocketError('interrupted', 'the restore was interrupted')
    if (this.#fatal) throw this.#fatal.error
  }

  #hasRoom(bytes: number): boolean {
    return this.#calls === 0 || (this.#calls < this.#options.calls && this.#bytes + bytes <= this.#options.bytes)
  }
}
