import test from 'ava'
import {parseDuration} from '../../src/cli/parse-duration.js'
import {describePolicy, isEmptyPolicy, type RetentionPolicy, WITHIN} from '../../src/snapshot/retention-policy.js'

const NO_DURATION = {years: 0, months: 0, days: 0, hours: 0}

const DESCRIBED: [policy: RetentionPolicy, words: string][] = [
  [{last: 3, daily: 7, within: parseDuration('1y6m')}, 'keep the last 3, 7 daily, all within 1 year 6 months'],
  [{last: 1}, 'keep the last one'],
  [{last: 'all'}, 'keep all'],
  [
    {yearly: 'all', minutely: 1, hourly: 2, weekly: 3, monthly: 4, quarterly: 5},
    'keep 1 minutely, 2 hourly, 3 weekly, 4 monthly, 5 quarterly, all yearly',
  ],
  [{withinDaily: parseDuration('2w'), withinYearly: parseDuration('10y')}, 'keep daily within 14 days, yearly within 10 years'],
  [{tags: ['a,b', 'c'], ids: ['3fa9'], daily: 1}, "keep 1 daily, those tagged 'a,b', those tagged 'c', snapshot '3fa9'"],
]

for (const [policy, words] of DESCRIBED) {
  test(`retention policy: ${words}`, (t) => {
    t.is(describePolicy(policy), words)
    t.false(isEmptyPolicy(policy))
  })
}

test('retention policy: one that says nothing is empty', (t) => {
  for (const policy of [
    {},
    {last: 0, daily: 0, tags: [], ids: []},
    {within: NO_DURATION, withinDaily: NO_DURATION},
    {tags: [''], ids: ['']},
  ]) {
    t.true(isEmptyPolicy(policy))
    t.is(describePolicy(policy), 'keep nothing')
  }
})

test('retention policy: each rule by itself is a policy', (t) => {
  const counting = ['last', 'minutely', 'hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly']
  for (const rule of counting) t.false(isEmptyPolicy({[rule]: 1}), rule)
  for (const rule of ['within', ...Object.values(WITHIN)]) t.false(isEmptyPolicy({[rule]: parseDuration('1h')}), rule)
  t.false(isEmptyPolicy({tags: ['a']}))
  t.false(isEmptyPolicy({ids: ['a']}))
})
