import test from 'ava'
import {parseRates} from '../../src/cli/parse-rates.js'
import {lowestRate, type Rate, rateAt} from '../../src/util/rate-timetable.js'

const read = (text: string): Rate => {
  const rate = parseRates(text, '--limit-upload')
  if (rate === undefined) throw new Error('no limit at all')
  return rate
}
/** 2026-03-01 is a Sunday. */
const at = (rate: Rate, day: number, hours: number, minutes = 0) => rateAt(rate, new Date(2026, 2, day, hours, minutes).getTime())

test('timetable of rates: a single rate holds always, and off is none', (t) => {
  t.is(read('10M'), 10 * 1024 ** 2)
  t.is(parseRates('off', '--limit-upload'), undefined)
})

test('timetable of rates: each time holds until the next, over midnight and over the week', (t) => {
  const rate = read('08:00,2MiB 18:00,off')
  t.is(at(rate, 1, 7, 59), undefined)
  t.is(at(rate, 1, 8), 2 * 1024 ** 2)
  t.is(at(rate, 4, 17, 59), 2 * 1024 ** 2)
  t.is(at(rate, 4, 18), undefined)
  t.is(at(rate, 5, 0), undefined)
  t.is(lowestRate(rate), 2 * 1024 ** 2)
})

test('timetable of rates: days of the week', (t) => {
  const rate = read('Mon-08:00,512K Sat-00:00,off')
  t.is(at(rate, 1, 12), undefined, 'Sunday')
  t.is(at(rate, 2, 7, 59), undefined)
  t.is(at(rate, 2, 8), 512 * 1024)
  t.is(at(rate, 6, 23, 59), 512 * 1024)
  t.is(at(rate, 7, 0), undefined)
  t.is(at(read('Sunday-00:00,1M'), 3, 0), 1024 ** 2)
})

test('timetable of rates: what cannot be is refused with what can', (t) => {
  for (const text of ['08:00,', '8,2M', '25:00,1M', '08:60,1M', '08:00,2M 08:00,3M', '08:00,0', 'Foo-08:00,1M', '08:00,x', ',']) {
    const error = t.throws(() => parseRates(text, '--limit-upload'), {code: 'usage'}, text)
    t.regex(error.message, /--limit-upload/)
  }
})
