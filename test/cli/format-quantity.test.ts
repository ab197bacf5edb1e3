import test from 'ava'
import {formatAge, formatCount, formatCounted, formatDuration, formatRate, formatSize} from '../../src/cli/format-quantity.js'

test('sizes: bytes are whole, larger units have at most three digits and one decimal', (t) => {
  const sizes: [number, string][] = [
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [102_400, '100 KiB'],
    [1024 * 1023, '1.0 MiB'],
    [1024 ** 2, '1.0 MiB'],
    [1.26 * 1024 ** 3, '1.3 GiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
    [Number.MAX_SAFE_INTEGER, '8.0 PiB'],
  ]
  for (const [bytes, text] of sizes) t.is(formatSize(bytes), text)
})

test('counts: thousands are set apart, and one is singular', (t) => {
  t.is(formatCount(0), '0')
  t.is(formatCount(999), '999')
  t.is(formatCount(1000), '1,000')
  t.is(formatCount(1_234_567), '1,234,567')
  t.is(formatCounted(1, 'file'), '1 file')
  t.is(formatCounted(2, 'file'), '2 files')
  t.is(formatCounted(0, 'directory', 'directories'), '0 directories')
})

test('durations: tenths of a second first, then seconds, then the clock', (t) => {
  const durations: [number, string][] = [
    [0, '0.0 s'],
    [449, '0.4 s'],
    [9940, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1:00'],
    [185_000, '3:05'],
    [3_725_000, '1:02:05'],
    [2 * 86_400_000 + 3 * 3_600_000, '2 d 03:00:00'],
  ]
  for (const [milliseconds, text] of durations) t.is(formatDuration(milliseconds), text)
})

test('rates: nothing is said of no time', (t) => {
  t.is(formatRate(1024 * 1024, 500), '2.0 MiB/s')
  t.is(formatRate(1024, 0), '')
})

test('ages: in the largest unit of which there are two, and never negative', (t) => {
  const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]
  const ages: [number, string][] = [
    [-5 * hour, '0 s'],
    [59 * second, '59 s'],
    [119 * second, '119 s'],
    [2 * minute, '2 min'],
    [119 * minute, '119 min'],
    [2 * hour, '2 h'],
    [47 * hour, '47 h'],
    [2 * day, '2 d'],
    [400 * day, '400 d'],
  ]
  for (const [milliseconds, text] of ages) t.is(formatAge(milliseconds), text)
})
