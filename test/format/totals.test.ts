import test from 'ava'
import {addTotals, decodeTotals, encodeTotals, NO_TOTALS} from '../../src/format/totals.js'

const some = {files: 1, directories: 2, links: 3, others: 4, bytes: 5, unreadable: 6}

test('totals: are stored in the order that the format names', (t) => {
  t.deepEqual(encodeTotals(some), [1, 2, 3, 4, 5, 6])
  t.deepEqual(decodeTotals([1, 2, 3, 4, 5, 6], 'damaged-tree'), some)
})

test('totals: more numbers, as a later version may add, are stepped over', (t) => {
  t.deepEqual(decodeTotals([1, 2, 3, 4, 5, 6, 7], 'damaged-tree'), some)
})

test('totals: are added one by one, nothing changes them', (t) => {
  t.deepEqual(addTotals(some, some), {files: 2, directories: 4, links: 6, others: 8, bytes: 10, unreadable: 12})
  t.deepEqual(addTotals(NO_TOTALS, some), some)
  t.true(Object.isFrozen(NO_TOTALS))
})

test('totals: other values have the given code', (t) => {
  for (const values of [
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5, null],
    [1, 2, 3, 4, 5, -1],
    [1, 2, 3, 4, 2n ** 60n, 6],
  ]) {
    t.throws(() => decodeTotals(values, 'damaged-snapshot'), {code: 'damaged-snapshot'})
  }
})
