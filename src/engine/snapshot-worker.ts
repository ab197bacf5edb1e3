/** The worker of a snapshot: does what the main thread names, in a thread of its own. */
import {parentPort, workerData} from 'node:worker_threads'
import {loadZstd} from '../compression/zstd.js'
import type {FromSnapshotWorker, SnapshotJob, SnapshotWorkerData} from './messages.js'
import {slotMemory} from './pack-slots.js'
import {SnapshotJobs} from './snapshot-jobs.js'

const data = workerData as SnapshotWorkerData
await loadZstd()
// A thrown mistake of ours ends the worker.
const jobs = new SnapshotJobs(
  data,
  slotMemory(data.slots, (slot, {id, bytes, directory}) => send({type: 'pack', slot, sizeBytes: bytes.length, id, directory}, [])),
)

parentPort?.on('message', (job: SnapshotJob) => {
  const answer = jobs.answer(job)
  send(answer, answer.type === 'read-done' ? [answer.ids.buffer as ArrayBuffer, answer.lengths.buffer as ArrayBuffer] : [])
})

function send(message: FromSnapshotWorker, transfer: ArrayBuffer[]): void {
  parentPort?.postMessage(message, transfer)
}
