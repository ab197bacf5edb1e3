import fc from 'fast-check'
import test from 'ava'
import {formatExactTime, formatLocalTime, parseTime} from '../../src/cli/format-time.js'
import {PocketError} from '../../src/errors.js'

test('exact times: nanoseconds stay, before 1970 too', (t) => {
  t.is(formatExactTime(0n), '1970-01-01T00:00:00.000000000Z')
  t.is(formatExactTime(1_772_366_400_123_456_789n), '2026-03-01T12:00:00.123456789Z')
  t.is(formatExactTime(-1n), '1969-12-31T23:59:59.999999999Z')
  t.is(formatExactTime(-(2n ** 63n)), '1677-09-21T00:12:43.145224192Z')
})

test('property: a time that is printed is read again as it was', (t) => {
  fc.assert(
    fc.property(fc.bigInt({min: 0n, max: 4_000_000_000_000_000_000n}), (timeNs) => {
      t.is(parseTime(formatExactTime(timeNs)), timeNs)
    }),
  )
  t.pass()
})

test('times without a zone are local', (t) => {
  const ms = BigInt(new Date(2026, 2, 1, 12, 30, 15).getTime())
  t.is(parseTime('2026-03-01 12:30:15'), ms * 1_000_000n)
  t.is(parseTime('2026-03-01T12:30:15.5'), ms * 1_000_000n + 500_000_000n)
  t.is(parseTime('2026-03-01'), BigInt(new Date(2026, 2, 1).getTime()) * 1_000_000n)
  t.is(formatLocalTime(ms * 1_000_000n), '2026-03-01 12:30:15')
})

test('times may carry an offset', (t) => {
  t.is(parseTime('2026-03-01T12:00:00+01:00'), parseTime('2026-03-01T11:00:00Z'))
})

test('what is no time is an error of usage', (t) => {
  for (const text of ['', 'yesterday', '2026-02-30', '2026-13-01', '2026-03-01 25:00', '12:00', '2026-03-01T12:00:00.1234567891Z']) {
    const error = t.throws(() => parseTime(text), {instanceOf: PocketError}, text)
    t.is(error?.code, 'usage')
  }
})
