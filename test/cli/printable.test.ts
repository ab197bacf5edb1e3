import fc from 'fast-check'
import test from 'ava'
import {printable, printableLines} from '../../src/cli/printable.js'

test('what moves a cursor, colours or turns text around is escaped', (t) => {
  t.is(printable('a\u001b[31mred\u0007\r\n'), 'a\\x1b[31mred\\x07\\x0d\\x0a')
  t.is(printable('\u009b2J'), '\\x9b2J')
  t.is(printable('evil\u202etxt.exe'), 'evil\\u202etxt.exe')
})

test('letters of all scripts and emoji stay', (t) => {
  t.is(printable('Größe 文件 👩‍💻 naïve'), 'Größe 文件 👩‍💻 naïve')
})

test('lines stay lines where they are meant to', (t) => {
  t.is(printableLines('one\n\ttwo\u001b[0m'), 'one\n\ttwo\\x1b[0m')
})

test('property: nothing that a terminal acts on gets through', (t) => {
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), (text) => {
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      t.false(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(printable(text)))
    }),
  )
  t.pass()
})
