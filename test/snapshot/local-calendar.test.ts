process.env.TZ = 'Europe/Berlin'

import test from 'ava'
import {parseDuration} from '../../src/cli/parse-duration.js'
import {formatExactTime} from '../../src/cli/format-time.js'
import {bucketOf, PERIODS, subtractDuration} from '../../src/snapshot/local-calendar.js'
import {keptAt, nsOf} from './dated-snapshots.js'

const before = (time: string, duration: string): string => formatExactTime(subtractDuration(nsOf(time), parseDuration(duration)))
const exact = (time: string): string => formatExactTime(nsOf(time))

test('calendar: a time falls in one bucket of each period', (t) => {
  const timeNs = nsOf('2026-03-01 09:05:59')
  t.deepEqual(
    PERIODS.map((period) => bucketOf(timeNs, period)),
    ['2026-03-01 09:05', '2026-03-01 09', '2026-03-01', '2026-W09', '2026-03', '2026-Q1', '2026'],
  )
})

test('calendar: buckets are those of the local time zone', (t) => {
  t.is(bucketOf(nsOf('2026-12-31T22:59:00Z'), 'yearly'), '2026')
  t.is(bucketOf(nsOf('2026-12-31T23:00:00Z'), 'minutely'), '2027-01-01 00:00')
})

test('calendar: weeks are those of ISO 8601, and of the year that has their Thursday', (t) => {
  for (const [day, week] of [
    ['2020-12-27', '2020-W52'],
    ['2020-12-28', '2020-W53'],
    ['2021-01-03', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2024-12-29', '2024-W52'],
    ['2024-12-30', '2025-W01'],
    ['2025-01-01', '2025-W01'],
    ['2026-12-31', '2026-W53'],
    ['2027-01-01', '2026-W53'],
    ['2016-01-03', '2015-W53'],
    ['2023-01-01', '2022-W52'],
    ['1970-01-01', '1970-W01'],
    ['1969-12-28', '1969-W52'],
    ['1900-01-01', '1900-W01'],
  ]) {
    t.is(bucketOf(nsOf(`${day} 00:00`), 'weekly'), week, day)
    t.is(bucketOf(nsOf(`${day} 23:59:59`), 'weekly'), week, day)
  }
})

test('calendar: quarters have three months', (t) => {
  const quarters = Array.from({length: 12}, (_, month) => bucketOf(nsOf(`2026-${String(month + 1).padStart(2, '0')}-15`), 'quarterly'))
  t.deepEqual(
    quarters,
    ['1', '1', '1', '2', '2', '2', '3', '3', '3', '4', '4', '4'].map((quarter) => `2026-Q${quarter}`),
  )
})

test('calendar: before 1970 a fraction of a millisecond does not lead into the next bucket', (t) => {
  const newYear = nsOf('1960-01-01 00:00')
  t.is(bucketOf(newYear, 'yearly'), '1960')
  t.is(bucketOf(newYear - 1n, 'yearly'), '1959')
  t.is(bucketOf(newYear - 1n, 'minutely'), '1959-12-31 23:59')
  t.is(bucketOf(-(2n ** 63n), 'yearly'), '1677')
  t.is(bucketOf(2n ** 63n - 1n, 'yearly'), '2262')
})

test('calendar: a day of 25 or of 23 hours is one day', (t) => {
  t.deepEqual(keptAt({daily: 3}, ['2026-10-26 00:00', '2026-10-25 23:59', '2026-10-25 00:00', '2026-10-24 23:59']), [
    '2026-10-26 00:00',
    '2026-10-25 23:59',
    '2026-10-24 23:59',
  ])
  t.deepEqual(keptAt({daily: 3}, ['2026-03-30 00:00', '2026-03-29 23:59', '2026-03-29 00:00', '2026-03-28 23:59']), [
    '2026-03-30 00:00',
    '2026-03-29 23:59',
    '2026-03-28 23:59',
  ])
})

test('calendar: the hour that comes twice is one hour, and its minutes are those of two', (t) => {
  const [first, second] = ['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00']
  t.deepEqual(keptAt({hourly: 9}, ['2026-10-25 03:00', second, first, '2026-10-25 01:59']), [
    '2026-10-25 03:00',
    second,
    '2026-10-25 01:59',
  ])
  const minutes = ['2026-10-25T02:31:00+01:00', second, '2026-10-25T02:31:00+02:00', first]
  t.deepEqual(keptAt({minutely: 9}, minutes), minutes)
})

test('calendar: years, months and days are counted back at the same time of day, hours by the clock', (t) => {
  t.is(before('2026-10-25 12:00', '1d'), exact('2026-10-24 12:00'))
  t.is(before('2026-10-25 12:00', '24h'), exact('2026-10-24 13:00'))
  t.is(before('2026-03-29 12:00', '1d'), exact('2026-03-28 12:00'))
  t.is(before('2026-03-29 12:00', '24h'), exact('2026-03-28 11:00'))
  t.is(before('2026-07-15 12:00', '6m'), exact('2026-01-15 12:00'))
  t.is(before('2026-11-21 14:05', '1y6m3d5h'), exact('2025-05-18 09:05'))
  t.is(before('2026-11-21 14:05', '2w'), exact('2026-11-07 14:05'))
  t.is(before('2026-01-15 00:00', '13m'), exact('2024-12-15 00:00'))
})

test('calendar: a day that a month does not have is counted on into the next', (t) => {
  t.is(before('2026-03-31 12:00', '1m'), exact('2026-03-03 12:00'))
  t.is(before('2024-03-31 12:00', '1m'), exact('2024-03-02 12:00'))
  t.is(before('2024-02-29 12:00', '1y'), exact('2023-03-01 12:00'))
  t.is(before('2026-05-31 12:00', '1m1d'), exact('2026-04-30 12:00'))
})

test('calendar: hours before the second of an hour that comes twice are exact', (t) => {
  t.is(before('2026-10-25T02:30:00+01:00', '1h'), exact('2026-10-25T02:30:00+02:00'))
  t.is(before('2026-10-25T02:30:00+01:00', '5h'), exact('2026-10-24T22:30:00+02:00'))
})

test('calendar: nothing of a nanosecond is lost, before 1970 neither', (t) => {
  t.is(subtractDuration(nsOf('2026-11-21') + 123_456_789n, parseDuration('1d')), nsOf('2026-11-20') + 123_456_789n)
  t.is(subtractDuration(nsOf('1960-11-21') - 1n, parseDuration('1d')), nsOf('1960-11-20') - 1n)
  t.is(subtractDuration(nsOf('1970-01-02') + 1n, parseDuration('1y')), nsOf('1969-01-02') + 1n)
})

test('calendar: the longest duration can be counted back from any time', (t) => {
  for (const longest of ['10000y', '120000m', '3650000d', '87600000h']) {
    for (const timeNs of [-(2n ** 63n), 2n ** 63n - 1n]) t.true(subtractDuration(timeNs, parseDuration(longest)) < -(2n ** 63n), longest)
  }
})
