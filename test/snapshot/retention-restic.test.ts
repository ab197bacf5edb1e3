/** What restic 0.14.0 kept of these snapshots, asked with `forget --dry-run --json`, where it has the same rules: it does not keep the oldest yet. */
process.env.TZ = 'Europe/Berlin'

import test from 'ava'
import {parseDuration as span} from '../../src/cli/parse-duration.js'
import {decideRetention} from '../../src/snapshot/retention.js'
import type {RetentionPolicy} from '../../src/snapshot/retention-policy.js'
import {snapshotAt} from './dated-snapshots.js'

/** Newest first; those with `+` have the tags a and b. */
const TIMES = `
  2017-01-01 10:26:14, 2017-01-01 04:50:16, 2017-01-01 04:10:10, 2017-01-01 03:32:20,
  2016-12-31 19:10:27, 2016-12-31 16:57:24, 2016-12-28 02:57:57, 2016-12-23 01:44:09,
  2016-12-20 06:24:32, 2016-12-17 15:32:22, 2016-12-16 20:46:30, 2016-12-15 04:26:24,
  2016-12-13 13:03:37, 2016-12-12 04:54:08, 2016-12-06 18:48:56+, 2016-12-06 10:46:54,
  2016-12-04 10:36:53, 2016-11-29 06:07:33+, 2016-10-31 11:15:38, 2016-10-30 04:54:00,
  2016-10-30 04:00:00, 2016-10-30 03:06:00, 2016-10-30 02:18:00, 2016-10-30 02:12:00+,
  2016-10-30 01:24:00+, 2016-10-30 00:30:00, 2016-10-29 23:36:00, 2016-10-29 22:42:00,
  2016-10-29 21:48:00, 2016-10-29 20:54:00, 2016-10-29 20:00:00, 2016-10-14 12:35:29,
  2016-10-14 04:06:12, 2016-10-08 20:04:28, 2016-10-07 04:51:08, 2016-10-04 06:11:14,
  2016-10-03 10:45:49, 2016-09-29 07:46:58+, 2016-08-10 13:48:09, 2016-06-05 12:43:48,
  2016-03-22 15:21:31, 2016-01-08 16:25:19, 2016-01-07 01:01:58, 2016-01-04 05:55:14,
  2016-01-04 00:59:53, 2016-01-03 17:47:12, 2016-01-02 10:39:52, 2016-01-02 08:21:51,
  2016-01-01 18:31:43, 2016-01-01 11:46:37, 2016-01-01 07:09:47, 2015-12-31 21:03:21,
  2015-12-31 19:06:55, 2015-12-31 18:57:37, 2015-12-31 04:52:52, 2015-11-08 20:09:31,
  2015-10-16 19:37:59, 2015-08-17 20:26:01, 2015-08-03 12:27:11, 2015-06-28 02:47:28+,
  2015-02-25 13:12:50, 2014-11-24 16:40:43+, 2014-09-01 10:20:30, 2014-08-18 14:10:37+,
  2014-08-12 07:27:25, 2014-07-31 18:21:35, 2014-03-23 15:25:43, 2014-03-20 19:59:20,
  2014-03-11 18:22:35+, 2014-03-06 15:24:58, 2014-02-03 03:03:45,
`
  .split(',')
  .map((time) => time.trim())
  .filter((time) => time !== '')

/** One sign for each of the times: kept or not. */
const KEPT: [policy: RetentionPolicy, kept: string][] = [
  [{last: 5, daily: 7, weekly: 4, monthly: 6}, 'xxxxx.xxxxx...x..xx..................xx................................'],
  [{hourly: 12}, 'xx.xxxxxxxxxx..........................................................'],
  [{daily: 14}, 'x...x.xxxxxxxxx.xxx....................................................'],
  [{weekly: 10}, 'x......x.x....x.x.xx...........x.x...x.................................'],
  [{monthly: 12}, 'x...x............xx..................xxxxx.........x...xx..............'],
  [{yearly: 3}, 'x...x..............................................x...................'],
  [{within: span('1m')}, 'xxxxxxxxxxxxxxxxx......................................................'],
  [{within: span('1y1m1d')}, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx................'],
  [{within: span('64d12h')}, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx........................................'],
  [{withinHourly: span('64d12h')}, 'xx.xxxxxxxxxxxxxxxxx.xx.xxxxxx.........................................'],
  [{withinDaily: span('3m')}, 'x...x.xxxxxxxxx.xxxx......x....x.xxxx..................................'],
  [{withinWeekly: span('1y')}, 'x......x.x....x.x.xx...........x.x...xxxxx...x.........................'],
  [{withinMonthly: span('2y')}, 'x...x............xx..................xxxxx.........x...xxx.xx..........'],
  [{withinYearly: span('2y')}, 'x...x..............................................x...................'],
  [
    {within: span('2d'), withinDaily: span('1m'), withinWeekly: span('3m'), withinMonthly: span('1y'), withinYearly: span('2y')},
    'xxxxxxxxxxxxxxx.xxxx...........x.x...xxxxx.........x...................',
  ],
  [{withinHourly: span('36h'), daily: 3, tags: ['a,b']}, 'xx.xxxx.......x..x.....xx............x.....................x.x.x....x..'],
]

const SNAPSHOTS = TIMES.map((time) => snapshotAt(time.replace('+', ''), {tags: time.endsWith('+') ? ['a', 'b'] : []}))

for (const [policy, kept] of KEPT) {
  test(`retention: restic keeps the same for ${JSON.stringify(policy)}`, (t) => {
    const [{decisions}] = decideRetention(SNAPSHOTS, policy)
    t.is(decisions.map(({keep}) => (keep ? 'x' : '.')).join(''), kept)
  })
}
