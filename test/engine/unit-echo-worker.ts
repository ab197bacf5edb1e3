/** A worker that does what its jobs say. */
import {parentPort} from 'node:worker_threads'
import type {EchoJob} from './unit-worker-pool.test.js'

parentPort?.on('message', ({job, task, text}: EchoJob) => {
  if (task === 'throw') throw new TypeError(text)
  if (task === 'exit') process.exit(3)
  if (task === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  if (task === 'notice') parentPort?.postMessage({notice: text})
  if (task === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  parentPort?.postMessage({job, text})
})
