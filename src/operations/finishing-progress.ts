/** Goes on telling progress while what was read is still being sent: over a slow line that is most of the time. */
import type {SnapshotEvent, SnapshotProgress} from '../engine/snapshot-events.js'
import type {Repository} from '../repository/repository.js'
import {monotonicMs} from '../util/clock.js'

const PROGRESS_MS = 200

export class FinishingProgress {
  readonly #emit: (event: SnapshotEvent) => void
  readonly #repository: Repository
  /** The run's last, when that was, and how much had been sent then. */
  #last: {event: SnapshotProgress; atMs: number; sentBytes: number} | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(repository: Repository, emit: (event: SnapshotEvent) => void) {
    this.#repository = repository
    this.#emit = emit
  }

  /** Passes on what the run tells. From `finishing` on, progress is told until `stop`. */
  readonly emit = (event: SnapshotEvent): void => {
    this.#emit(event)
    if (event.type === 'progress') this.#last = {event, atMs: monotonicMs(), sentBytes: this.#sentBytes()}
    if (event.type === 'finishing') this.#timer ??= setInterval(() => this.#tell(), PROGRESS_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tell(): void {
    if (!this.#last) return
    const {event, atMs, sentBytes} = this.#last
    this.#emit({
      ...event,
      elapsedMs: event.elapsedMs + monotonicMs() - atMs,
      bytesStored: event.bytesStored + this.#sentBytes() - sentBytes,
      currentFile: undefined,
    })
  }

  #sentBytes(): number {
    return this.#repository.backend.traffic?.bytesUp ?? 0
  }
}
