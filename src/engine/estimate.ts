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

/** Excludes are not looked at: the estimate is for a person who waits, and errs on the long side. */
export function startEstimate(paths: readonly ByteString[]): Estimate {
  const worker = new Worker(new URL('./estimate-worker.js', import.meta.url), {workerData: paths})
  let totals: EstimateTotals | undefined
  worker.on('message', (counted: EstimateTotals) => {
    totals = counted
  })
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
