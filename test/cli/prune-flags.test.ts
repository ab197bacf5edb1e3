import test from 'ava'
import {parseGrace} from '../../src/cli/parse-grace.js'
import {parseUnused} from '../../src/cli/parse-unused.js'
import {parseGrouping, policyOf} from '../../src/cli/policy-flags.js'
import {isPocketError} from '../../src/errors.js'

const HOUR = 3_600_000

test('grace: hours, days and weeks, or none', (t) => {
  t.is(parseGrace('0', '--grace'), 0)
  t.is(parseGrace('36h', '--grace'), 36 * HOUR)
  t.is(parseGrace('2d', '--grace'), 48 * HOUR)
  t.is(parseGrace('1w', '--grace'), 168 * HOUR)
  t.is(parseGrace(' 1d12h ', '--grace'), 36 * HOUR)
  for (const text of ['', '5', '1m', '1y', '1d1m', '0h', '-1d', '1.5h', '1d1d']) {
    const error = t.throws(() => parseGrace(text, '--grace'), undefined, text)
    t.true(isPocketError(error, 'usage') && error.message.includes('--grace') && error.hint?.includes("'36h'"), text)
  }
})

test('unused: a part, a size, or whatever', (t) => {
  t.deepEqual(parseUnused('5%', 'x'), {type: 'percent', percent: 5})
  t.deepEqual(parseUnused('0.5%', 'x'), {type: 'percent', percent: 0.5})
  t.deepEqual(parseUnused('100%', 'x'), {type: 'percent', percent: 100})
  t.deepEqual(parseUnused('unlimited', 'x'), {type: 'percent', percent: 100})
  t.deepEqual(parseUnused('2G', 'x'), {type: 'bytes', bytes: 2 * 1024 ** 3})
  t.deepEqual(parseUnused('0', 'x'), {type: 'bytes', bytes: 0})
  for (const text of ['101%', '-1%', '%', 'much']) t.throws(() => parseUnused(text, 'x'), {name: 'PocketError'}, text)
})

test('grouping: words in any order, none for one group', (t) => {
  t.deepEqual(parseGrouping(''), {host: false, paths: false, tags: false})
  t.deepEqual(parseGrouping('tags,host'), {host: true, paths: false, tags: true})
  t.deepEqual(parseGrouping('path, tag'), {host: false, paths: true, tags: true})
  for (const text of ['hosts', 'host;paths', 'constructor']) t.throws(() => parseGrouping(text), {name: 'PocketError'}, text)
})

test('policy: each flag is its rule, and none is no policy', (t) => {
  const DAY = {years: 0, months: 0, days: 1, hours: 0}
  const periods = ['minutely', 'hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly'] as const
  t.is(policyOf({}), undefined)
  t.like(policyOf({'keep-last': '3'}), {policy: {last: 3}})
  t.like(policyOf({'keep-last': 'all', 'keep-tag': ['a', 'b,c'], 'keep-id': ['3f']}), {
    policy: {last: 'all', tags: ['a', 'b,c'], ids: ['3f']},
  })
  for (const period of periods) {
    t.deepEqual(given(policyOf({[`keep-${period}`]: '7'})), {[period]: 7}, period)
    const within = `within${period[0].toUpperCase()}${period.slice(1)}`
    t.deepEqual(given(policyOf({[`keep-within-${period}`]: '1d'})), {[within]: DAY}, period)
  }
  t.deepEqual(given(policyOf({'keep-within': '1d'})), {within: DAY})
  t.is(policyOf({'keep-size': '500GiB'})?.keepBytes, 500 * 1024 ** 3)
  for (const flags of [{'keep-last': '-1'}, {'keep-daily': '1.5'}, {'keep-within': '3'}, {'keep-size': 'x'}]) {
    t.throws(() => policyOf(flags), {name: 'PocketError'}, JSON.stringify(flags))
  }
})

function given(parsed: ReturnType<typeof policyOf>): unknown {
  return Object.fromEntries(Object.entries(parsed?.policy ?? {}).filter(([, value]) => value !== undefined))
}
