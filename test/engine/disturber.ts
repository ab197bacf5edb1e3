/** A thread that changes a file over and over while a test reads it. */
import {Worker} from 'node:worker_threads'

export type Disturbance =
  /** Adds a line at the end. */
  | 'append'
  /** Takes the last half of the file away, and gives it back as zeros. */
  | 'shrink'
  /** Writes a number into the first bytes. */
  | 'overwrite'
  /** Puts another file of the same size in its place. */
  | 'replace'

const PROGRAM = `
  const fs = require('node:fs')
  const {workerData: {path, disturbance, stop, sizeBytes}, parentPort} = require('node:worker_threads')
  const word = new Int32Array(stop)
  const changes = {
    append: (number) => fs.appendFileSync(path, 'line ' + number + '\\n'),
    shrink: (number) => fs.truncateSync(path, number % 2 === 0 ? Math.floor(sizeBytes / 2) : sizeBytes),
    overwrite: (number) => fs.writeFileSync(path, String(number).padStart(20), {flag: 'r+'}),
    replace: (number) => {
      fs.writeFileSync(path + '.next', Buffer.alloc(sizeBytes, number))
      fs.renameSync(path + '.next', path)
    },
  }
  let number = 0
  for (; Atomics.load(word, 0) === 0; Atomics.wait(word, 0, 0, 2)) {
    changes[disturbance](number++)
    if (number === 1) parentPort.postMessage('begun')
  }
  if (disturbance === 'shrink' && number % 2 === 1) changes.shrink(1)
`

/** Disturbs the file at `path` until the function that it resolves with has resolved. */
export async function disturb(path: string, disturbance: Disturbance, sizeBytes: number): Promise<() => Promise<void>> {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(PROGRAM, {eval: true, workerData: {path, disturbance, stop: stop.buffer, sizeBytes}})
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('exit', () => resolve())
    worker.once('error', reject)
  })
  await new Promise((resolve) => worker.once('message', resolve))
  return () => {
    Atomics.store(stop, 0, 1)
    Atomics.notify(stop, 0)
    return ended
  }
}
