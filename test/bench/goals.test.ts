import test from 'ava'
import {goalOutcomes} from '../../bench/goals.js'
import {resultOf} from './fixtures.js'

test('goals: speed is the median of the ratios within each round', (t) => {
  const result = resultOf('linux', 'unchanged', {pocket: [1, 2, 10], restic: [2.9, 6.2, 50]})
  const outcome = goalOutcomes([result]).find(({goal}) => goal.includes('unchanged'))
  t.like(outcome, {measured: '3.10 times', isMet: true})
})

test('goals: stored bytes that are too many are a miss', (t) => {
  const outcome = goalOutcomes([resultOf('linux', 'first', {pocket: [1], restic: [4]})]).find(({goal}) => goal.includes('stored'))
  t.like(outcome, {measured: '1.000', isMet: false})
})

test('goals: the time a file counts the whole run', (t) => {
  const result = {...resultOf('small', 'unchanged', {pocket: [3, 4, 5]}), files: 500_000}
  t.like(
    goalOutcomes([result]).find(({goal}) => goal.includes('time a file')),
    {measured: '8.00 µs', isMet: true},
  )
})

test('goals: start-up is judged on Node 20 alone', (t) => {
  const result = resultOf('startup', 'pocket list', {'20.19.0': [0.3], '24.1.0': [0.1]})
  t.like(goalOutcomes([result])[0], {measured: '300 ms', isMet: false})
})

test('goals: a workload that was not run, or not beside restic, has no outcome', (t) => {
  t.deepEqual(goalOutcomes([]), [])
  t.deepEqual(goalOutcomes([resultOf('random', 'first', {pocket: [1]})]), [])
})
