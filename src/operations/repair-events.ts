/** What repairs tell while they run. */
import type {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {monotonicMs} from '../util/clock.js'

export type RepairPhase = 'packs' | 'data' | 'trees' | 'remove'

export type RepairEvent =
  /** `done` and `total` are bytes for `data`, else a count. */
  | {type: 'progress'; phase: RepairPhase; done: number; total: number; elapsedMs: number}
  /** An object of the repository is damaged or gone, and was stepped over. */
  | {type: 'damaged-object'; code: string; message: string; hint?: string}
  /** A file or folder that is lost, and the snapshots in which it is. */
  | {type: 'damaged-path'; path: string; code: string; message: string; snapshots: ObjectId[]}
  /** A snapshot was stored in the place of one that lacks something; without an id in a dry run. */
  | {type: 'repaired-snapshot'; original: ObjectId; id?: ObjectId; paths: number}

export interface RepairOptions {
  /** Nothing is changed; what would be is counted. */
  dryRun?: boolean
  signal?: AbortSignal
  onEvent?: (event: RepairEvent) => void
}

/** Tells events with the time since it was made. */
export class RepairReport {
  readonly #startMs = monotonicMs()
  readonly #onEvent: RepairOptions['onEvent']

  constructor({onEvent}: RepairOptions) {
    this.#onEvent = onEvent
  }

  get elapsedMs(): number {
    return monotonicMs() - this.#startMs
  }

  readonly onDamaged = ({code, message, hint}: PocketError): void =>
    this.#onEvent?.({type: 'damaged-object', code, message, ...(hint !== undefined && {hint})})

  readonly tell = (event: RepairEvent): void => this.#onEvent?.(event)

  progress(phase: RepairPhase): (done: number, total: number) => void {
    return (done, total) => this.#onEvent?.({type: 'progress', phase, done, total, elapsedMs: this.elapsedMs})
  }
}
