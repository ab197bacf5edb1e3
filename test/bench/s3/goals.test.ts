import test from 'ava'
import {type GoalOutcome, goalOutcomes} from '../../../bench/goals.js'
import type {WorkloadResult} from '../../../bench/results.js'
import {oneFileResult, s3Result, trafficOf} from './made-up.js'

function outcome(result: WorkloadResult, ...words: string[]): GoalOutcome | undefined {
  return goalOutcomes([result]).find(({goal}) => words.every((word) => goal.includes(word)))
}

test('goals of buckets: there are five for each latency', (t) => {
  const goals = goalOutcomes([s3Result()]).map(({goal}) => goal)
  t.is(goals.filter((goal) => goal.includes(', 0 ms')).length, 5)
  t.is(goals.filter((goal) => goal.includes(', 50 ms')).length, 5)
})

test('goals of buckets: each latency is judged by its own samples', (t) => {
  const result = s3Result(({runner}, step) => (runner === 'restic' && step === 'first, 50 ms' ? {wallSeconds: 2} : {}))
  t.like(outcome(result, 'S3, first, 50 ms'), {measured: '2.00 times', isMet: true})
  t.like(outcome(result, 'S3, first, 0 ms'), {measured: '1.00 times', isMet: false})
})

test('goals of buckets: as many requests are not fewer', (t) => {
  t.like(outcome(s3Result(), 'requests', ', 0 ms'), {measured: '1.000', isMet: false})
})

test('goals of buckets: requests are those of making the repository, of the first snapshot and of the restore', (t) => {
  const fewer = (of: string) => s3Result(({runner}, step) => (runner === 'pocket' && step === of ? {traffic: trafficOf(7, 1, 2)} : {}))
  for (const step of ['init, 0 ms', 'first, 0 ms', 'restore, 0 ms']) {
    t.like(outcome(fewer(step), 'requests', ', 0 ms'), {measured: '0.900', isMet: true}, step)
  }
  t.like(outcome(fewer('unchanged, 0 ms'), 'requests', ', 0 ms'), {measured: '1.000', isMet: false})
})

test('goals of buckets: bytes up and bytes down are two goals', (t) => {
  const result = s3Result(({runner}, step) => (runner === 'pocket' && step === 'first, 50 ms' ? {traffic: trafficOf(10, 0, 5)} : {}))
  t.like(outcome(result, 'bytes up', ', 50 ms'), {measured: '0.667', isMet: true})
  t.like(outcome(result, 'bytes down', ', 50 ms'), {measured: '1.500', isMet: false})
})

test('goals of buckets: for one file the worst round counts, and the limit itself is too much', (t) => {
  t.like(outcome(oneFileResult('warm cache', [1, 1.5, 1]), 'warm'), {measured: '1.50 MiB', isMet: true})
  t.like(outcome(oneFileResult('warm cache', [1, 2, 1]), 'warm'), {isMet: false})
  t.like(outcome(oneFileResult('cold cache', [7.9]), 'cold'), {target: 'less than 8 MiB', isMet: true})
})

test('goals of buckets: without restic there is nothing to compare with', (t) => {
  const alone = s3Result()
  for (const step of alone.steps) step.samples = step.samples.filter(({runner}) => runner === 'pocket')
  t.deepEqual(goalOutcomes([alone]), [])
})
