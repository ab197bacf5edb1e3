import {once} from 'node:events'
import {Worker} from 'node:worker_threads'
import {type ClaimBuffer, createClaimBuffer} from '../../src/repository/claim-table.js'

/** What a claiming worker is given. */
export interface ClaimOrder {
  claims: ClaimBuffer
  ids: Uint8Array
  go: Int32Array
  start: number
}

/** How many of the threads that start at these places, all at once, were told that they are the first, for each id. */
export async function claimTogether(ids: Uint8Array, starts: readonly number[], claims = createClaimBuffer()): Promise<number[]> {
  const go = new Int32Array(new SharedArrayBuffer(4))
  const workers = starts.map((start) => {
    const order: ClaimOrder = {claims, ids, go, start}
    return new Worker(new URL('./claim-worker.js', import.meta.url), {workerData: order})
  })
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    const done = workers.map((worker) => once(worker, 'message'))
    Atomics.store(go, 0, 1)
    Atomics.notify(go, 0)
    const claimed = await Promise.all(done)
    const counts = new Array<number>(ids.length / 32).fill(0)
    for (const [mine] of claimed as [Uint8Array][]) mine.forEach((isMine, id) => (counts[id] += isMine))
    return counts
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
