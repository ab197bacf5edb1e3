import test from 'ava'
import {Rate} from '../../src/cli/rate.js'

test('a rate is that of the last seconds, not of the whole run', (t) => {
  const rate = new Rate(5000)
  t.is(rate.perSecond(), 0)
  rate.add(0, 0)
  t.is(rate.perSecond(), 0)
  for (let second = 1; second <= 10; second++) rate.add(second * 1000, second * 100)
  t.is(rate.perSecond(), 100)
  for (let second = 11; second <= 15; second++) rate.add(second * 1000, 1000)
  t.is(rate.perSecond(), 0)
})
