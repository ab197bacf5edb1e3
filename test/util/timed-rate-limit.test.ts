import test from 'ava'
import type {RateTimetable} from '../../src/util/rate-timetable.js'
import {TimedRateLimit} from '../../src/util/timed-rate-limit.js'

const EIGHT = new Date(2026, 2, 2, 8).getTime()

/** A clock that goes on only while somebody sleeps; it begins `beforeMs` before eight on a Monday. */
function clockFrom(beforeMs: number) {
  let atMs = 0
  const clock = {
    now: () => atMs,
    wallMs: () => EIGHT - beforeMs + atMs,
    sleep: async (delayMs: number): Promise<void> => void (atMs += delayMs),
  }
  return {clock, now: () => atMs}
}

/** Every day alike. */
function daily(...times: [hour: number, bytesPerSecond: number | undefined][]): RateTimetable {
  const entries = Array.from({length: 7}, (_, day) =>
    times.map(([hour, bytesPerSecond]) => ({fromMinute: day * 1440 + hour * 60, bytesPerSecond})),
  )
  return {entries: entries.flat()}
}

test('limit by timetable: what holds now is kept, over all who share it', async (t) => {
  const {clock, now} = clockFrom(-1000)
  const limit = new TimedRateLimit(daily([8, 1_000_000], [18, undefined]), clock)
  await Promise.all([limit.take(1_000_000), limit.take(1_000_000)])
  t.true(Math.abs(now() - 1900) < 5, String(now()))
})

test('limit by timetable: who waits goes on at once, or slower, when the time comes', async (t) => {
  const freed = clockFrom(10_000)
  await new TimedRateLimit(daily([7, 1000], [8, undefined]), freed.clock).take(1_000_000)
  t.true(freed.now() >= 10_000 && freed.now() <= 11_000, String(freed.now()))

  const slowed = clockFrom(10_000)
  // Ten seconds of 100,000 bytes each, and then as much again at a tenth.
  await new TimedRateLimit(daily([7, 100_000], [8, 10_000]), slowed.clock).take(1_100_000)
  t.true(slowed.now() > 18_000 && slowed.now() < 21_000, String(slowed.now()))
})

test('limit by timetable: without a limit nothing waits, and pieces are small enough for the slowest time', async (t) => {
  const {clock, now} = clockFrom(3_600_000)
  const limit = new TimedRateLimit(daily([7, undefined], [8, 100_000]), clock)
  await limit.take(1e12)
  t.is(now(), 0)
  t.is(limit.pieceBytes, 10_000)
})
