import test from 'ava'
import {firstLine} from '../../src/util/first-line.js'

test('first line: says that more follows', (t) => {
  t.is(firstLine('pg_dump shop\n'), 'pg_dump shop')
  t.is(firstLine('\n# dumps the shop\nset -eu\n'), '# dumps the shop …')
  t.is(firstLine('abcdef\nghi', 4), 'abcd…')
  t.is(firstLine(''), '')
})
