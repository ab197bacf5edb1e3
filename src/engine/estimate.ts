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

export function startEstimate(request: EstimateRequest): Estimate {
  const worker = new Worker(new URL('./estimate-worker.js', import.meta.url), {workerData: request})
  let totals: EstimateTotals | undefined
  worker.on('message', (counted: EstimateTotals) => {
    totals = counted
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
