process.env.TZ = 'Europe/Berlin'

import test from 'ava'
import {parseDuration} from '../../src/cli/parse-duration.js'
import {decideRetention} from '../../src/snapshot/retention.js'
import type {RetentionPolicy} from '../../src/snapshot/retention-policy.js'
import {decideAt, decisionsOf, keptAt, snapshotAt} from './dated-snapshots.js'

const span = parseDuration

/** Each line is a snapshot, newest first, and what is said of it. */
const TABLE: [title: string, policy: RetentionPolicy, lines: string[]][] = [
  ['the last so many', {last: 2}, ['2026-11-21: last 1', '2026-11-20: last 2', '2026-11-19: -']],
  ['all, if all are wanted', {last: 'all'}, ['2026-11-21: last 1', '2026-11-20: last 2']],
  [
    'the last of each minute',
    {minutely: 2},
    [
      '2026-11-21 14:05:50: minutely 2026-11-21 14:05',
      '2026-11-21 14:05:10: -',
      '2026-11-21 14:04:59: minutely 2026-11-21 14:04',
      '2026-11-21 14:03:00: -',
    ],
  ],
  [
    'the last of each hour',
    {hourly: 2},
    ['2026-11-21 14:59: hourly 2026-11-21 14', '2026-11-21 14:00: -', '2026-11-21 13:59: hourly 2026-11-21 13', '2026-11-21 12:00: -'],
  ],
  [
    'the last of each day',
    {daily: 2},
    ['2026-11-21 23:59: daily 2026-11-21', '2026-11-21 00:00: -', '2026-11-20 23:59: daily 2026-11-20', '2026-11-18: -'],
  ],
  ['days without a snapshot do not count', {daily: 2}, ['2026-11-21: daily 2026-11-21', '2026-03-01: daily 2026-03-01', '2026-02-28: -']],
  [
    'the last of each week, from Monday on',
    {weekly: 2},
    ['2026-11-22: weekly 2026-W47', '2026-11-16 00:00: -', '2026-11-15 23:59: weekly 2026-W46', '2026-11-02: -'],
  ],
  [
    'the last of each month',
    {monthly: 2},
    ['2026-11-30: monthly 2026-11', '2026-11-01 00:00: -', '2026-10-31 23:59: monthly 2026-10', '2026-09-01: -'],
  ],
  [
    'the last of each quarter',
    {quarterly: 2},
    ['2026-12-31: quarterly 2026-Q4', '2026-10-01 00:00: -', '2026-09-30 23:59: quarterly 2026-Q3', '2026-06-30: -'],
  ],
  [
    'the last of each year',
    {yearly: 2},
    ['2026-12-31: yearly 2026', '2026-01-01 00:00: -', '2025-12-31 23:59: yearly 2025', '2024-01-01: -'],
  ],
  [
    'the oldest, while a count is not used up',
    {monthly: 3},
    ['2026-11-30: monthly 2026-11', '2026-11-02: -', '2026-10-20: monthly 2026-10', '2026-10-19: -', '2026-10-01: oldest monthly'],
  ],
  ['not the oldest, when it is', {monthly: 2}, ['2026-11-30: monthly 2026-11', '2026-10-20: monthly 2026-10', '2026-10-01: -']],
  [
    'the oldest, when there is no end to the count',
    {yearly: 'all'},
    ['2026-11-30: yearly 2026', '2026-10-20: -', '2026-10-01: oldest yearly'],
  ],
  ['one that is newest and oldest, for being the newest', {yearly: 3}, ['2026-11-30: yearly 2026']],
  [
    'all rules that keep one are told',
    {last: 1, daily: 2, yearly: 1},
    ['2026-11-21: last 1, daily 2026-11-21, yearly 2026', '2026-11-20: daily 2026-11-20', '2026-11-19: -'],
  ],
  [
    'rules do not share their counts',
    {daily: 1, monthly: 2},
    ['2026-11-21: daily 2026-11-21, monthly 2026-11', '2026-11-20: -', '2026-10-31: monthly 2026-10', '2026-09-30: -'],
  ],
  ['no rule keeps nothing', {}, ['2026-11-21: -']],
  ['a count of nothing keeps nothing', {last: 0, daily: 0}, ['2026-11-21: -']],
]

for (const [title, policy, lines] of TABLE) {
  test(`retention: ${title}`, (t) => {
    const times = lines.map((line) => line.slice(0, line.indexOf(': ')))
    t.deepEqual(decideAt(policy, times), lines)
    t.deepEqual(decideAt(policy, times.toReversed()), lines)
  })
}

test('retention: a span goes back from the newest snapshot, and what is exactly as old is out', (t) => {
  t.deepEqual(decideAt({within: span('1d12h')}, ['2011-11-21 12:00', '2011-11-20 00:01', '2011-11-20 00:00', '2011-11-19 12:00']), [
    '2011-11-21 12:00: within 1 day 12 hours',
    '2011-11-20 00:01: within 1 day 12 hours',
    '2011-11-20 00:00: -',
    '2011-11-19 12:00: -',
  ])
})

test('retention: within a span one of each period is kept, and the oldest of all if the span reaches it', (t) => {
  const times = ['2026-11-21', '2026-11-20', '2026-10-15', '2026-10-14', '2026-09-02', '2026-09-01']
  t.deepEqual(keptAt({withinMonthly: span('2m')}, times), ['2026-11-21', '2026-10-15'])
  t.deepEqual(decideAt({withinMonthly: span('3m')}, times), [
    '2026-11-21: withinMonthly 2026-11',
    '2026-11-20: -',
    '2026-10-15: withinMonthly 2026-10',
    '2026-10-14: -',
    '2026-09-02: withinMonthly 2026-09',
    '2026-09-01: oldest withinMonthly',
  ])
})

test('retention: each span has its own period', (t) => {
  const times = [
    '2026-11-21 12:00:30',
    '2026-11-21 12:00:10',
    '2026-11-21 11:59',
    '2026-11-21 11:58',
    '2026-11-20',
    '2026-11-15',
    '2026-10-15',
    '2026-09-15',
    '2025-12-01',
    '2025-11-30',
  ]
  const keptWithin = (policy: RetentionPolicy): string =>
    keptAt(policy, times)
      .map((time) => times.indexOf(time))
      .join('')
  t.is(keptWithin({withinMinutely: span('1h')}), '023')
  t.is(keptWithin({withinHourly: span('2d')}), '024')
  t.is(keptWithin({withinDaily: span('1m')}), '045')
  t.is(keptWithin({withinWeekly: span('1m')}), '05')
  t.is(keptWithin({withinMonthly: span('3m')}), '067')
  t.is(keptWithin({withinQuarterly: span('3m')}), '07')
  t.is(keptWithin({withinYearly: span('1y')}), '089')
  t.is(keptWithin({within: span('1m')}), '012345')
})

test('retention: several spans keep what each of them keeps', (t) => {
  const times = [
    '2026-11-21 18:00',
    '2026-11-21 09:00',
    '2026-11-20 18:00',
    '2026-11-20 09:00',
    '2026-11-02',
    '2026-10-30',
    '2026-10-01',
    '2025-12-24',
    '2025-06-01',
  ]
  t.deepEqual(decideAt({within: span('12h'), withinDaily: span('7d'), withinMonthly: span('1y')}, times), [
    '2026-11-21 18:00: within 12 hours, withinDaily 2026-11-21, withinMonthly 2026-11',
    '2026-11-21 09:00: within 12 hours',
    '2026-11-20 18:00: withinDaily 2026-11-20',
    '2026-11-20 09:00: -',
    '2026-11-02: -',
    '2026-10-30: withinMonthly 2026-10',
    '2026-10-01: -',
    '2025-12-24: withinMonthly 2025-12',
    '2025-06-01: -',
  ])
})

test('retention: tags keep what has all of one item, and ids what begins with one', (t) => {
  const all = [
    snapshotAt('2026-11-21', {tags: ['a'], id: '3fa9'.padEnd(64, '0')}),
    snapshotAt('2026-11-20', {tags: ['b', 'a'], id: '3fb0'.padEnd(64, '0')}),
    snapshotAt('2026-11-19', {tags: ['c'], id: 'abcd'.padEnd(64, '0')}),
    snapshotAt('2026-11-18', {id: 'ab00'.padEnd(64, '0')}),
  ]
  const reasons = (policy: RetentionPolicy) => decisionsOf(all, policy).map(({reasons}) => reasons)
  const none = [{rule: 'no-rule'}]
  t.deepEqual(reasons({tags: ['a,b']}), [none, [{rule: 'tag', tag: 'a,b'}], none, none])
  t.deepEqual(reasons({tags: ['a', 'c']}), [[{rule: 'tag', tag: 'a'}], [{rule: 'tag', tag: 'a'}], [{rule: 'tag', tag: 'c'}], none])
  t.deepEqual(reasons({ids: ['3f', 'abcd']}), [
    [{rule: 'id', prefix: '3f'}],
    [{rule: 'id', prefix: '3f'}],
    [{rule: 'id', prefix: 'abcd'}],
    none,
  ])
  t.deepEqual(reasons({tags: ['a,c'], ids: ['fa9', 'bcd']}), [none, none, none, none])
  t.deepEqual(reasons({tags: [''], ids: ['']}), [none, none, none, none])
})

test('retention: each group has a newest, counts and spans of its own', (t) => {
  const all = [
    snapshotAt('2026-11-21'),
    snapshotAt('2026-11-20'),
    snapshotAt('2025-03-02', {host: 'boreas'}),
    snapshotAt('2025-03-01', {host: 'boreas'}),
  ]
  const kept = (policy: RetentionPolicy, grouping?: Parameters<typeof decideRetention>[2]) =>
    decideRetention(all, policy, grouping).map(({key, decisions}) => [key.host, ...decisions.map(({keep}) => keep)])
  t.deepEqual(kept({within: span('12h')}), [
    ['atlas', true, false],
    ['boreas', true, false],
  ])
  t.deepEqual(kept({last: 1}), [
    ['atlas', true, false],
    ['boreas', true, false],
  ])
  t.deepEqual(kept({last: 1}, {host: false, paths: false, tags: false}), [[undefined, true, false, false, false]])
  t.deepEqual(decideRetention([], {last: 1}), [])
})
