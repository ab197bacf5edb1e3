import {setImmediate} from 'node:timers/promises'
import test from 'ava'
import {Gate, type Outcome} from '../../../src/backend/s3/gate.js'

/** A gate, and calls that end when they are told to. */
function open(most: number) {
  let time = 0
  const gate = new Gate(most, () => time)
  const running: {end: () => void; fail: () => void}[] = []
  const begin = (): Promise<unknown> =>
    gate
      .run(
        () => new Promise<void>((resolve, reject) => running.push({end: resolve, fail: () => reject(new Error('SlowDown'))})),
        (error): Outcome => (error instanceof Error && error.message === 'SlowDown' ? 'throttled' : 'answered'),
      )
      .catch(() => undefined)
  const pass = (ms: number): void => void (time += ms)
  return {gate, running, begin, pass}
}

test('gate: no more calls than the limit are under way, and the others follow in their order', async (t) => {
  const {running, begin} = open(2)
  const calls = [begin(), begin(), begin(), begin()]
  await setImmediate()
  t.is(running.length, 2)
  running[0].end()
  await setImmediate()
  t.is(running.length, 3)
  for (let index = 1; index < 4; index++) {
    running[index].end()
    await setImmediate()
  }
  await Promise.all(calls)
  t.is(running.length, 4)
})

test('gate: the limit grows while calls are answered, up to the most', async (t) => {
  const {gate, running, begin} = open(10)
  t.is(gate.limit, 8)
  for (let index = 0; index < 40; index++) {
    const call = begin()
    await setImmediate()
    running[index].end()
    await call
  }
  t.is(gate.limit, 10)
})

test('gate: is halved when the server says that it is too much, once for all that were under way', async (t) => {
  const {gate, running, begin, pass} = open(8)
  const calls = Array.from({length: 8}, begin)
  await setImmediate()
  for (const {fail} of running) fail()
  await Promise.all(calls)
  t.is(gate.limit, 4)
  pass(2000)
  const call = begin()
  await setImmediate()
  running[8].fail()
  await call
  t.is(gate.limit, 2)
})

test('gate: after a cut nobody is let in before there is room, and at last one is', async (t) => {
  const {gate, running, begin, pass} = open(2)
  const calls = [begin(), begin(), begin()]
  await setImmediate()
  running[0].fail()
  await setImmediate()
  t.is(gate.limit, 1)
  t.is(running.length, 2)
  pass(2000)
  running[1].fail()
  await setImmediate()
  t.is(gate.limit, 1)
  t.is(running.length, 3)
  running[2].end()
  await Promise.all(calls)
})
