/** Counts what the sources hold, beside the run, so that the time left can be told. */
import {Worker} from 'node:worker_threads'
import type {ByteString} from '../util/bytes.js'

export interface EstimateTotals {
  files: number
  bytes: number
}

export interface Estimate {
  /** Undefined until everything has been counted. */
  readonly totals: EstimateTotals | undefined
  stop(): Promise<void>
}

/** What is to be counted, as a message to the worker. */
export interface EstimateRequest {
  paths: readonly ByteString[]
  /** Patterns, relative to each path. */
  excludes: readonly string[]
  /** Folders that are stepped over, by `folderKey`. */
  forbidden: readonly string[]
}

/** What the worker is given. It asks for its next turn with the message `turn`, and waits for this word to be 1. */
export interface EstimateWork extends EstimateRequest {
  turn: Int32Array
}

/** `paused` resolves when nothing is to pause: until then the counting stands still, too. */
export function startEstimate(request: EstimateRequest, paused: () => Promise<void>): Estimate {
  const turn = new Int32Array(new SharedArrayBuffer(4))
  const workerData: EstimateWork = {...request, turn}
  const worker = new Worker(new URL('./estimate-worker.js', import.meta.url), {workerData})
  let totals: EstimateTotals | undefined
  const giveTurn = async (): Promise<void> => {
    await paused()
    Atomics.store(turn, 0, 1)
    Atomics.notify(turn, 0)
  }
  worker.on('message', (counted: EstimateTotals | 'turn') => {
    if (counted === 'turn') void giveTurn()
    else totals = counted
  })
  // Nothing of the snapshot depends on it: where it fails, no time left is told.
  worker.on('error', () => undefined)
  worker.unref()
  return {
    get totals() {
      return totals
    },
    stop: async () => {
      await worker.terminate()
    },
  }
}
