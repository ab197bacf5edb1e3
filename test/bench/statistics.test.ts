import test from 'ava'
import {median, rotate, spreadOf} from '../../bench/statistics.js'

test('statistics: the median is the middle value, or the mean of the two in the middle', (t) => {
  t.is(median([30, 1, 2]), 2)
  t.is(median([4, 1, 2, 3]), 2.5)
  t.true(Number.isNaN(median([])))
})

test('statistics: the spread names least and most', (t) => {
  t.deepEqual(spreadOf([10, 9, 11]), {median: 10, least: 9, most: 11})
})

test('statistics: over as many rounds as tools, each tool goes first once', (t) => {
  const orders = [0, 1, 2].map((round) => rotate(['a', 'b', 'c'], round).join(''))
  t.deepEqual(orders, ['abc', 'bca', 'cab'])
})
