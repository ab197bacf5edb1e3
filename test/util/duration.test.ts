import test from 'ava'
import {describeDuration, isZeroDuration} from '../../src/util/duration.js'

const NONE = {years: 0, months: 0, days: 0, hours: 0}

test('duration: words for what is not 0, in the singular for one', (t) => {
  t.is(describeDuration({years: 1, months: 6, days: 0, hours: 0}), '1 year 6 months')
  t.is(describeDuration({years: 2, months: 1, days: 1, hours: 1}), '2 years 1 month 1 day 1 hour')
  t.is(describeDuration({...NONE, hours: 36}), '36 hours')
  t.is(describeDuration(NONE), '0 hours')
})

test('duration: only one without any part is none', (t) => {
  t.true(isZeroDuration(NONE))
  for (const part of ['years', 'months', 'days', 'hours']) t.false(isZeroDuration({...NONE, [part]: 1}), part)
})
