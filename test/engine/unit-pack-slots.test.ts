import {once} from 'node:events'
import {setTimeout} from 'node:timers/promises'
import {Worker} from 'node:worker_threads'
import test from 'ava'
import {acquireSlot, createSlots, releaseSlot} from '../../src/engine/pack-slots.js'

test('pack slots: each is taken by one until it is released', (t) => {
  const slots = createSlots(3, 100)
  t.deepEqual(
    slots.memory.map(({byteLength}) => byteLength),
    [100, 100, 100],
  )
  t.deepEqual([acquireSlot(slots), acquireSlot(slots), acquireSlot(slots)], [0, 1, 2])
  releaseSlot(slots, 1)
  t.is(acquireSlot(slots), 1)
})

test('pack slots: a worker that finds none waits until one is released', async (t) => {
  const slots = createSlots(1, 100)
  t.is(acquireSlot(slots), 0)
  const worker = new Worker(new URL('./unit-slot-worker.js', import.meta.url), {workerData: slots})
  const got: unknown[] = []
  worker.on('message', (message) => got.push(message))
  await once(worker, 'message')
  await setTimeout(50)
  t.deepEqual(got, ['waiting'])
  releaseSlot(slots, 0)
  await once(worker, 'exit')
  t.deepEqual(got, ['waiting', 0])
})
