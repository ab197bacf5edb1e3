import test from 'ava'
import {monotonicMs, nowNs, shiftClock, wallClock} from '../../src/util/clock.js'

test("clock: now is the system's time in nanoseconds, and rises with it", (t) => {
  const before = BigInt(Date.now()) * 1_000_000n
  const now = nowNs()
  t.true(now - before < 5_000_000_000n && before - now < 5_000_000_000n)
  t.true(nowNs() > now)
})

test('clock: can be moved, the monotonic one cannot', (t) => {
  const [now, monotonic] = [nowNs(), monotonicMs()]
  shiftClock(3_600_000_000_000n)
  t.true(nowNs() - now >= 3_600_000_000_000n)
  t.true(monotonicMs() - monotonic < 60_000)
  shiftClock(-3_600_000_000_000n)
  t.true(nowNs() - now < 60_000_000_000n)
})

test('clock: follows the wall after the machine has slept, and when it is set, and is even in between', (t) => {
  const NS = 1_000_000n
  const time = {dateMs: 1_800_000_000_000, steadyNs: 5n}
  const now = wallClock(
    () => time.dateMs,
    () => time.steadyNs,
  )
  t.is(now(), 1_800_000_000_000n * NS)
  time.steadyNs += 700_000n
  t.is(now(), 1_800_000_000_000n * NS + 700_000n, 'what is shorter than the wall can tell')

  time.dateMs += 8 * 3_600_000
  time.steadyNs += 10n
  t.is(now(), BigInt(time.dateMs) * NS, 'the steady clock has stood still')

  time.dateMs -= 3_600_000
  t.is(now(), BigInt(time.dateMs) * NS, 'it was set back')
  time.dateMs += 20
  time.steadyNs += 21n * NS
  t.is(now(), BigInt(time.dateMs + 1) * NS)
})
