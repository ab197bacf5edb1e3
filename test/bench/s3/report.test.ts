import test from 'ava'
import {benchmarkCharts} from '../../../bench/report/charts.js'
import {benchmarksPage} from '../../../bench/report/markdown.js'
import {resultOf} from '../fixtures.js'
import {oneFileResult, s3Result, trafficOf} from './made-up.js'

test('report of buckets: each step shows requests and bytes', (t) => {
  const page = benchmarksPage([s3Result(({round}) => ({traffic: trafficOf(1000 * round, 300, round / 1024)}))])
  t.true(page.includes('| stored | requests | up | down |'))
  t.true(page.includes('| 200.0 MiB | 2,000 | 300.0 MiB | 2.0 KiB |'))
  t.true(page.includes('| equal to its source | requests | up | down |'))
})

test('report of buckets: requests are shown by kind for each step and tool', (t) => {
  const page = benchmarksPage([s3Result()])
  t.true(page.includes('|  |  | PUT | POST | GET | HEAD | LIST | DELETE | all |'))
  t.true(page.includes('| first, 50 ms | restic 1.2.3 | 8 | 0 | 1 | 0 | 1 | 0 | 10 |'))
})

test('report of buckets: a restore costs its requests and the bytes that leave', (t) => {
  const page = benchmarksPage([s3Result()])
  // 9 of 10 requests at $0.005, one at $0.0004 a thousand; 2 MiB at $0.09 a GiB; 512 times as much source makes a TiB.
  t.true(page.includes('| restore, 0 ms | pocket 1.2.3 | 5.0 | $0.02 | $0.09 | $0.11 |'))
  t.false(page.includes('| init, 0 ms | pocket 1.2.3 | 5.0 |'))
  t.true(page.includes('$0.005 for 1,000 PUT, POST or LIST'))
})

test('report of buckets: other workloads have no such columns', (t) => {
  const page = benchmarksPage([resultOf('linux', 'first', {pocket: [1]})])
  t.true(page.includes('|  | time | as long as pocket | CPU | peak | stored |\n'))
})

test('report of buckets: one file has its requests, and no costs', (t) => {
  const page = benchmarksPage([oneFileResult('cold cache', [2, 3, 4])])
  t.true(page.includes('| 5 | 0.0 KiB | 3.0 MiB |'))
  t.true(page.includes('### Requests by kind'))
  t.false(page.includes('a TiB costs'))
})

test('report of buckets: charts leave out making a repository, and one file', (t) => {
  const {'benchmarks.svg': time} = benchmarkCharts([s3Result(), oneFileResult('cold cache', [1])])
  t.true(time.includes('Title of s3, first, 50 ms'))
  t.false(time.includes('init'))
  t.false(time.includes('cold cache'))
})
