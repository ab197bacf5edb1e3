/** Looks ids up in the index of another thread. */
import {parentPort, workerData} from 'node:worker_threads'
import {ChunkIndex} from '../../src/repository/chunk-index.js'

const {table, ids} = workerData as {table: SharedArrayBuffer; ids: Uint8Array}
const index = ChunkIndex.attach(table)
parentPort?.postMessage(Uint8Array.from({length: ids.length / 32}, (_, chunk) => Number(index.has(ids, chunk * 32))))
