import test from 'ava'
import {nextTurn} from '../../src/util/concurrency.js'
import {Lookahead} from '../../src/util/lookahead.js'

test('lookahead: takes in order, and begins no more than it may', async (t) => {
  const taken: number[] = []
  let under = 0
  let most = 0
  const begin = async (number: number): Promise<number> => {
    most = Math.max(most, ++under)
    for (let turn = 0; turn < (number * 7) % 5; turn++) await nextTurn()
    return number
  }
  const take = async (number: number): Promise<void> => {
    under--
    await nextTurn()
    taken.push(number)
  }
  const ahead = new Lookahead({count: 3, weight: 100, take})
  for (let number = 0; number < 20; number++) await ahead.add(10, () => begin(number))
  await ahead.finish()
  t.deepEqual(taken, [...Array(20).keys()])
  t.is(most, 3)
})

test('lookahead: what is heavy waits, but one is always under way', async (t) => {
  let under = 0
  let most = 0
  const ahead = new Lookahead<void>({count: 8, weight: 25, take: async () => void under--})
  for (let number = 0; number < 6; number++) {
    await ahead.add(number === 3 ? 1000 : 10, () => {
      most = Math.max(most, ++under)
      return nextTurn()
    })
  }
  await ahead.finish()
  t.is(under, 0)
  t.is(most, 2)
})

test('lookahead: an error comes out where it is taken, and nothing after it is', async (t) => {
  const taken: number[] = []
  const ahead = new Lookahead<number>({count: 1, weight: 100, take: async (number) => void taken.push(number)})
  await ahead.add(1, () => Promise.resolve(1))
  await ahead.add(1, () => Promise.reject(new Error('broken')))
  await t.throwsAsync(
    ahead.add(1, () => Promise.resolve(3)),
    {message: 'broken'},
  )
  t.deepEqual(taken, [1])
})
