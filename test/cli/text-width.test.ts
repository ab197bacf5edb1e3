import fc from 'fast-check'
import test from 'ava'
import {padEnd, padStart, shortenEnd, shortenMiddle, textWidth} from '../../src/cli/text-width.js'

test('wide characters take two columns, combining marks none', (t) => {
  t.is(textWidth('abc'), 3)
  t.is(textWidth('文件'), 4)
  t.is(textWidth('e\u0301'), 1)
  t.is(textWidth('한글.txt'), 8)
  t.is(textWidth('🚀'), 2)
})

test('a path is shortened in its middle, and its end counts for more', (t) => {
  t.is(shortenMiddle('/home/ada/projects/site/index.html', 20), '/home/a…e/index.html')
  t.is(shortenMiddle('short', 20), 'short')
  t.is(shortenMiddle('anything', 0), '')
})

test('a status is shortened at its end', (t) => {
  t.is(shortenEnd('12 files  3 KiB read', 10), '12 files …')
  t.is(shortenEnd('12 files', 10), '12 files')
})

test('property: what is shortened fits', (t) => {
  fc.assert(
    fc.property(fc.string({unit: 'grapheme'}), fc.integer({min: 0, max: 40}), (text, columns) => {
      t.true(textWidth(shortenMiddle(text, columns)) <= columns)
      t.true(textWidth(shortenEnd(text, columns)) <= columns)
    }),
  )
  t.pass()
})

test('padding counts columns, not characters', (t) => {
  t.is(padEnd('文', 4), '文  ')
  t.is(padStart('文', 4), '  文')
})
