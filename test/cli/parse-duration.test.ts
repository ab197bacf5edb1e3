import test from 'ava'
import fc from 'fast-check'
import {parseDuration} from '../../src/cli/parse-duration.js'
import {describeDuration, type Duration} from '../../src/util/duration.js'

const OK: [text: string, duration: Partial<Duration>, words: string][] = [
  ['1y6m3d5h', {years: 1, months: 6, days: 3, hours: 5}, '1 year 6 months 3 days 5 hours'],
  ['5h3d6m1y', {years: 1, months: 6, days: 3, hours: 5}, '1 year 6 months 3 days 5 hours'],
  ['14m', {months: 14}, '14 months'],
  ['2w', {days: 14}, '14 days'],
  ['1w3d', {days: 10}, '10 days'],
  ['1d', {days: 1}, '1 day'],
  ['0y1h', {hours: 1}, '1 hour'],
  [' 36h ', {hours: 36}, '36 hours'],
  ['007d', {days: 7}, '7 days'],
  ['10000y', {years: 10_000}, '10000 years'],
]

for (const [text, duration, words] of OK) {
  test(`duration: '${text}' is ${words}`, (t) => {
    t.deepEqual(parseDuration(text), {years: 0, months: 0, days: 0, hours: 0, ...duration})
    t.is(describeDuration(parseDuration(text)), words)
  })
}

const REFUSED: [reason: string, texts: string[]][] = [
  [
    'is not a duration',
    ['', ' ', '5', 'd', '-1d', '+1d', '1.5d', '1d-2h', '1x', '1D', '1M', '1d 2h', '1d2', 'd1', '1e3d', '0x1d', '1dd', '1s', 'all', '１d'],
  ],
  ['is no time at all', ['0d', '0y0m0w0d0h']],
  ["has 'd' twice", ['1d2d', '1d1y0d']],
  ['is longer than 10,000 years', ['10001y', '9999999999999999999h', `${'9'.repeat(400)}d`, '120001m', '9999y13m', '600000w']],
]

for (const [reason, texts] of REFUSED) {
  for (const text of texts) {
    test(`duration: '${text.slice(0, 30)}' ${reason}`, (t) => {
      const error = t.throws(() => parseDuration(text))
      t.like(error, {
        code: 'usage',
        message: `'${text}' ${reason}`,
        hint: "write years, months, weeks, days and hours as '1y6m', '2w', '3d12h'",
      })
    })
  }
}

test('duration: units come in any order', (t) => {
  const units = fc.shuffledSubarray(['1y', '2m', '3w', '4d', '5h'], {minLength: 1})
  fc.assert(
    fc.property(units, (parts) => {
      const has = (part: string): number => (parts.includes(part) ? 1 : 0)
      t.deepEqual(parseDuration(parts.join('')), {
        years: has('1y'),
        months: 2 * has('2m'),
        days: 21 * has('3w') + 4 * has('4d'),
        hours: 5 * has('5h'),
      })
    }),
  )
})
