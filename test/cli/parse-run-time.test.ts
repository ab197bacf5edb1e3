import test from 'ava'
import {parseRunTime} from '../../src/cli/parse-run-time.js'

test('run time: hours, minutes and seconds', (t) => {
  t.is(parseRunTime('10m', '--x'), 600_000)
  t.is(parseRunTime('1h30m', '--x'), 5_400_000)
  t.is(parseRunTime(' 90s ', '--x'), 90_000)
})

test('run time: what is none is refused', (t) => {
  for (const text of ['', '0m', '10', '5d', '-1m', '1m1h', '1.5h', '99999h']) {
    t.throws(() => parseRunTime(text, '--x'), {code: 'usage', message: /--x/}, text)
  }
})
