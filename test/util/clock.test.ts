import test from 'ava'
import {monotonicMs, nowNs, shiftClock} from '../../src/util/clock.js'

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
