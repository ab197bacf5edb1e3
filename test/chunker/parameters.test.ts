import test from 'ava'
import {checkParameters, DEFAULT_CHUNKER, maskBits} from '../../src/chunker/parameters.js'
import {isPocketError} from '../../src/errors.js'
import {SMALL} from './material.js'

test('parameters: the default is accepted and cannot be changed', (t) => {
  t.notThrows(() => checkParameters(DEFAULT_CHUNKER))
  t.true(Object.isFrozen(DEFAULT_CHUNKER))
})

test('parameters: the masks have two bits more and two fewer than the average asks for', (t) => {
  t.deepEqual(maskBits({minSize: 16384, averageSize: 65536, maxSize: 262144, normalization: 2}), {strict: 18, loose: 14})
})

const refused: [string, object][] = [
  ['a minimum below 64', {minSize: 63}],
  ['a fraction', {minSize: 64.5}],
  ['not a number', {maxSize: Number.NaN}],
  ['an average not above the minimum', {minSize: 256}],
  ['an average that is no power of two', {averageSize: 300}],
  ['a maximum not above the average', {maxSize: 256}],
  ['a maximum above 64 MiB', {maxSize: 64 * 1024 * 1024 + 1}],
  ['another normalization', {normalization: 1}],
]

for (const [title, change] of refused) {
  test(`parameters: ${title} is refused`, (t) => {
    const error = t.throws(() => checkParameters({...SMALL, ...change}))
    t.true(isPocketError(error, 'usage'))
  })
}
