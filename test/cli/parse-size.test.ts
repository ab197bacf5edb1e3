import test from 'ava'
import {parseRate, parseSize} from '../../src/cli/parse-size.js'

test('sizes: units of 1,024 with one letter or IEC names, of 1,000 with SI names, as rsync has them', (t) => {
  for (const [text, bytes] of [
    ['0', 0],
    ['4096', 4096],
    ['17B', 17],
    ['500K', 500 * 1024],
    ['500k', 500 * 1024],
    ['10M', 10 * 1024 ** 2],
    ['1MiB', 1024 ** 2],
    ['1.5 GiB', 1.5 * 1024 ** 3],
    ['2GB', 2e9],
    ['3kB', 3000],
    ['1T', 1024 ** 4],
  ] as const) {
    t.is(parseSize(text, '--gap'), bytes, text)
  }
})

test('sizes: anything else is an error that names where it stands', (t) => {
  for (const text of ['', 'M', '-1', '1e3', '10 MiB x', '1,5M', '5X', '99999999T', 'NaN', '0x10', '1..5K']) {
    t.throws(() => parseSize(text, 'POCKET_GAP'), {code: 'usage', message: `'${text}' is not a size, in POCKET_GAP`})
  }
})

test('rates: with or without /s, and never nothing', (t) => {
  t.is(parseRate('10M/s', '--limit-upload'), 10 * 1024 ** 2)
  t.is(parseRate('10M', '--limit-upload'), 10 * 1024 ** 2)
  t.throws(() => parseRate('0', '--limit-upload'), {code: 'usage', message: /--limit-upload is 0/})
  t.throws(() => parseRate('0.1', '--limit-upload'), {code: 'usage'})
})
