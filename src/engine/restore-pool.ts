/** The workers of a restore. */
import {mayRestoreOwners} from '../filesystem/restore-metadata.js'
import type {Repository} from '../repository/repository.js'
import type {RestoreDone, RestoreJob, RestoreWorkerData} from './restore-messages.js'
import {WorkerPool} from './worker-pool.js'

export type RestorePool = WorkerPool<RestoreJob, RestoreDone>

export const JOBS_PER_WORKER = 2

export function createRestorePool({sealing, keys}: Repository, workers: number): RestorePool {
  const data: RestoreWorkerData = {sealing, dataChunkKey: keys.dataChunkKey, restoresOwners: mayRestoreOwners()}
  return new WorkerPool({
    script: new URL('./restore-worker.js', import.meta.url),
    count: workers,
    depth: JOBS_PER_WORKER,
    dataFor: () => data,
  })
}
