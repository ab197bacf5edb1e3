import test from 'ava'
import {ProgressDisplay} from '../../src/cli/progress-display.js'
import {textWidth} from '../../src/cli/text-width.js'

const DRAW_OVER = '\u001b[1A\r\u001b[J'

function fakeDisplay(columns = 40) {
  const written: string[] = []
  const clock = {now: 0}
  const display = new ProgressDisplay({columns, write: (text) => written.push(text)}, () => clock.now)
  return {display, written, clock}
}

test('two lines are drawn, then drawn over', (t) => {
  const {display, written, clock} = fakeDisplay()
  display.show('1 file', '/home/ada/a')
  clock.now += 100
  display.show('2 files', '/home/ada/b')
  t.deepEqual(written, ['1 file\n/home/ada/a', `${DRAW_OVER}2 files\n/home/ada/b`])
})

test('it draws at most ten times a second', (t) => {
  const {display, written, clock} = fakeDisplay()
  for (; clock.now < 1000; clock.now += 10) display.show('status', 'path')
  t.is(written.length, 10)
})

test('no line is wider than the terminal, so that none wraps', (t) => {
  const {display, written} = fakeDisplay(30)
  display.show('x'.repeat(100), `/home/${'文'.repeat(100)}`)
  for (const line of written[0].split('\n')) t.true(textWidth(line) < 30)
})

test('clearing takes the lines away once, and the next status is drawn at once', (t) => {
  const {display, written} = fakeDisplay()
  display.clear()
  t.deepEqual(written, [])
  display.show('1 file', 'a')
  display.clear()
  display.clear()
  display.show('2 files', 'b')
  t.deepEqual(written, ['1 file\na', DRAW_OVER, '2 files\nb'])
})

test('what is shown is drawn again at once when it is asked for, and nothing where nothing is shown', (t) => {
  const {display, written} = fakeDisplay()
  display.refresh()
  t.deepEqual(written, [])
  display.show('1 file', 'a')
  display.refresh()
  t.deepEqual(written, ['1 file\na', `${DRAW_OVER}1 file\na`])
  display.clear()
  display.refresh()
  t.is(written.length, 3)
})
