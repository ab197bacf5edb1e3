import test from 'ava'
import {parseDataSubset} from '../../src/cli/data-subset.js'

test('data subset: a part, a size, one of several parts', (t) => {
  t.deepEqual(parseDataSubset('5%', '--x'), {type: 'percent', percent: 5})
  t.deepEqual(parseDataSubset('0.5%', '--x'), {type: 'percent', percent: 0.5})
  t.deepEqual(parseDataSubset('1G', '--x'), {type: 'bytes', bytes: 2 ** 30})
  t.deepEqual(parseDataSubset('2/7', '--x'), {type: 'part', part: 2, of: 7})
})

test('data subset: what is none is refused', (t) => {
  for (const text of ['0%', '101%', '0/7', '8/7', 'half', '', '-1%']) {
    t.throws(() => parseDataSubset(text, '--x'), {code: 'usage', message: /--x/}, text)
  }
})
