/** Takes a slot, and says so. */
import {parentPort, workerData} from 'node:worker_threads'
import type {SlotBuffers} from '../../src/engine/messages.js'
import {acquireSlot} from '../../src/engine/pack-slots.js'

parentPort?.postMessage('waiting')
parentPort?.postMessage(acquireSlot(workerData as SlotBuffers))
