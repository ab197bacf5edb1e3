import test from 'ava'
import {RateLimit} from '../../src/util/rate-limit.js'

/** A limit on a clock that stands still; `waits` are the pauses that were asked for. */
function still(bytesPerSecond: number): {limit: RateLimit; waits: number[]} {
  const waits: number[] = []
  const sleep = async (delayMs: number): Promise<void> => void waits.push(Math.round(delayMs))
  return {limit: new RateLimit(bytesPerSecond, () => 5000, sleep), waits}
}

test('rate limit: what is beyond the rate waits for its turn, over all who share it', async (t) => {
  const {limit, waits} = still(1_000_000)
  for (let piece = 0; piece < 5; piece++) await limit.take(50_000)
  // A tenth of a second's worth may go at once.
  t.deepEqual(waits, [50, 100, 150])
})

test('rate limit: one large piece waits as long as many small ones', async (t) => {
  const {limit, waits} = still(1_000_000)
  await limit.take(1_000_000)
  t.deepEqual(waits, [900])
})

test('rate limit: pieces are small enough to keep the flow even, and never tiny', (t) => {
  t.is(new RateLimit(100).pieceBytes, 1024)
  t.is(new RateLimit(100_000).pieceBytes, 10_000)
  t.is(new RateLimit(1e9).pieceBytes, 65_536)
})
