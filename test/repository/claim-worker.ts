/** Claims the ids that it is given, from where it is told to begin, together with others that begin when `go` is set. */
import {parentPort, workerData} from 'node:worker_threads'
import {ClaimTable} from '../../src/repository/claim-table.js'
import type {ClaimOrder} from './claim-together.js'

const {claims, ids, go, start} = workerData as ClaimOrder
const table = new ClaimTable(claims)
const count = ids.length / 32
const mine = new Uint8Array(count)
parentPort?.postMessage('ready')
Atomics.wait(go, 0, 0)
for (let turn = 0; turn < count; turn++) {
  const id = (start + turn) % count
  if (table.claim(ids, id * 32)) mine[id] = 1
}
parentPort?.postMessage(mine)
