import test from 'ava'
import {askNewPassword, askPassword} from '../../src/cli/password-prompt.js'
import {isPocketError} from '../../src/errors.js'
import {fakeTerminal} from './memory-output.js'

test('the line typed is taken and not shown, and the terminal is as it was', async (t) => {
  const {terminal, type, shown, modes} = fakeTerminal()
  const asked = askPassword(terminal, 'password: ')
  for (const key of 'swordfish\r') type(key)
  t.is(await asked, 'swordfish')
  t.is(shown(), 'password: \n')
  t.deepEqual(modes, [true, false])
})

test('backspace takes a whole character back, Ctrl-U all of them, arrow keys do nothing', async (t) => {
  const {terminal, type} = fakeTerminal()
  const asked = askPassword(terminal, '')
  type('wrong\u0015pas🐟\u007fs\u001b[D\u001b[3~\u001bOP!x\b\r')
  t.is(await asked, 'pass!')
})

test('a character may come in pieces', async (t) => {
  const {terminal, type} = fakeTerminal()
  const asked = askPassword(terminal, '')
  for (const byte of Buffer.from('größe\n')) type(Uint8Array.of(byte))
  t.is(await asked, 'größe')
})

test('two lines pasted at once answer two questions', async (t) => {
  const {terminal, type} = fakeTerminal()
  const asked = askNewPassword(terminal, 'new: ')
  type('\u001b[200~swordfish\r\nswordfish\r\n\u001b[201~')
  t.is(await asked, 'swordfish')
})

test('Ctrl-C interrupts, and the terminal is as it was', async (t) => {
  const {terminal, type, modes} = fakeTerminal()
  const asked = askPassword(terminal, '')
  type('half\u0003')
  t.true(isPocketError(await t.throwsAsync(asked), 'interrupted'))
  t.deepEqual(modes, [true, false])
})

test('no answer is an error: Ctrl-D, or the end of the input', async (t) => {
  const first = fakeTerminal()
  const asked = askPassword(first.terminal, '')
  first.type('\u0004')
  t.true(isPocketError(await t.throwsAsync(asked), 'password-missing'))
  const second = fakeTerminal()
  const askedAgain = askPassword(second.terminal, '')
  second.end()
  t.true(isPocketError(await t.throwsAsync(askedAgain), 'password-missing'))
})

test('a new password must be given twice the same, and be one: else it is asked for again', async (t) => {
  const {terminal, type, shown} = fakeTerminal()
  const asked = askNewPassword(terminal, 'new: ')
  type('\rone\rtwo\rthree\rthree\r')
  t.is(await asked, 'three')
  t.regex(shown(), /^new: \nthe password is empty, try again\nnew: \nthe same again: \nthe two passwords differ, try again\nnew: /)
})
