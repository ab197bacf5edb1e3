import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import {Pacer} from '../../src/engine/pacer.js'
import {monotonicMs} from '../../src/util/clock.js'
import {rejectsWith} from '../backend/objects.js'

const pacer = (signal?: AbortSignal, backpressure = () => Promise.resolve()): Pacer => new Pacer({signal, backpressure})

/** Keeps the thread busy. */
function work(milliseconds: number): void {
  for (const end = monotonicMs() + milliseconds; monotonicMs() < end; );
}

function asks(pace: Pacer, times: number): boolean {
  let isDue = false
  for (let time = 0; time < times; time++) isDue = pace.isDue() || isDue
  return isDue
}

test('pacer: a turn is due when the slice is used up, and not again right after it', async (t) => {
  const pace = pacer()
  t.false(asks(pace, 60))
  work(12)
  t.true(asks(pace, 64))
  await pace.turn()
  t.false(asks(pace, 64))
})

test('pacer: timers have their turn between busy directories', async (t) => {
  const pace = pacer()
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  for (let directory = 0; directory < 5; directory++) {
    work(10)
    await pace.betweenDirectories()
  }
  clearInterval(timer)
  t.true(ticks >= 2, `${ticks}`)
})

test('pacer: an aborted run ends at the next check, turn or directory', async (t) => {
  const controller = new AbortController()
  const pace = pacer(controller.signal)
  pace.check()
  await pace.turn()
  controller.abort()
  t.like(
    t.throws(() => pace.check()),
    {code: 'interrupted'},
  )
  await rejectsWith(t, pace.turn(), 'interrupted')
  await rejectsWith(t, pace.betweenDirectories(), 'interrupted')
})

test('pacer: a directory waits for the backend, and fails with it', async (t) => {
  let isBehind = true
  const pace = pacer(undefined, async () => {
    while (isBehind) await setTimeout(1)
  })
  const directory = pace.betweenDirectories().then(() => t.false(isBehind))
  await setTimeout(10)
  isBehind = false
  await directory
  await t.throwsAsync(pacer(undefined, () => Promise.reject(new Error('full'))).betweenDirectories(), {message: 'full'})
})

test('pacer: a turn waits while the run is to pause, and an end that comes meanwhile is met after it', async (t) => {
  const controller = new AbortController()
  let isPaused = true
  const pace = new Pacer({
    signal: controller.signal,
    backpressure: () => Promise.resolve(),
    paused: async () => {
      while (isPaused) await setTimeout(1)
    },
  })
  const turn = rejectsWith(t, pace.turn(), 'interrupted')
  await setTimeout(10)
  controller.abort()
  isPaused = false
  await turn
})
