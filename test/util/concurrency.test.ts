import {setImmediate, setTimeout} from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import {mapBounded, nextTurn, Signal} from '../../src/util/concurrency.js'

test('mapBounded: works on every item once, in their order, and never on more than the limit', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), {maxLength: 40}), fc.integer({min: 1, max: 8}), async (turns, limit) => {
      const begun: number[] = []
      let underWay = 0
      let most = 0
      await mapBounded(turns.entries(), limit, async ([index, count]) => {
        begun.push(index)
        most = Math.max(most, ++underWay)
        for (let turn = 0; turn < count; turn++) await setImmediate()
        underWay--
      })
      t.deepEqual(
        begun,
        turns.map((_, index) => index),
      )
      t.is(underWay, 0)
      t.true(most <= limit)
    }),
    {numRuns: 50},
  )
})

test('mapBounded: works on as many at once as it may', async (t) => {
  let underWay = 0
  let most = 0
  await mapBounded([1, 2, 3, 4, 5], 3, async () => {
    most = Math.max(most, ++underWay)
    await setTimeout(5)
    underWay--
  })
  t.is(most, 3)
})

test('mapBounded: rejects with the first error, when all that had begun have ended, and begins no more', async (t) => {
  const events: string[] = []
  const work = mapBounded([1, 2, 3, 4, 5, 6], 3, async (item) => {
    events.push(`begin ${item}`)
    await setTimeout(item === 2 ? 5 : 30)
    events.push(`end ${item}`)
    if (item === 2 || item === 3) throw new Error(`${item}`)
  })
  await t.throwsAsync(work, {message: '2'})
  t.deepEqual(events, ['begin 1', 'begin 2', 'begin 3', 'end 2', 'end 1', 'end 3'])
})

test('mapBounded: an error that is thrown before the first await counts too, and so does `undefined`', async (t) => {
  await t.throwsAsync(
    mapBounded([1], 2, () => {
      throw new Error('at once')
    }),
    {message: 'at once'},
  )
  const outcome = await mapBounded([1], 1, () => Promise.reject(undefined)).then(
    () => 'resolved',
    (error: unknown) => `rejected ${String(error)}`,
  )
  t.is(outcome, 'rejected undefined')
})

test('mapBounded: no items are no work', async (t) => {
  await t.notThrowsAsync(mapBounded([], 4, () => Promise.reject(new Error('worked'))))
})

test('nextTurn: lets what waits in the event loop run first', async (t) => {
  let hasRun = false
  const timer = setImmediate().then(() => {
    hasRun = true
  })
  await nextTurn()
  t.true(hasRun)
  await timer
})

test('Signal: a wake lets all go on who waited then, and nobody who waits later', async (t) => {
  const signal = new Signal()
  const woken: string[] = []
  const wait = (name: string): Promise<number> => signal.wait().then(() => woken.push(name))
  signal.wake()
  const first = [wait('a'), wait('b')]
  signal.wake()
  const later = wait('c')
  await Promise.all(first)
  await setImmediate()
  t.deepEqual(woken, ['a', 'b'])
  signal.wake()
  await later
  t.deepEqual(woken, ['a', 'b', 'c'])
})
