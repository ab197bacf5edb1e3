import test from 'ava'
import {setTimeout} from 'node:timers/promises'
import {askWhatToSave} from '../../src/cli/review-question.js'
import {isPocketError} from '../../src/errors.js'
import {fakeTerminal} from './memory-output.js'
import {fileChange} from './reviewed-changes.js'

const DOWN = '\u001b[B'
const ENTER = '\r'
const changes = [fileChange('new', 'a'), fileChange('modified', 'b'), fileChange('deleted', 'c')]

/** Asks, and presses `keys` one after the other, each when the answer to the one before is shown. */
async function answer(keys: readonly string[], {given = changes, maxRows}: {given?: typeof changes; maxRows?: number} = {}) {
  const {terminal, type, shown} = fakeTerminal()
  // As stderr, which no question ends.
  Object.assign(terminal.output, {end: () => undefined})
  let text = ''
  const asked = askWhatToSave(given, {terminal, maxRows})
  // A rejection is for the test to see, however long the keys take.
  asked.catch(() => undefined)
  for (const key of keys) {
    for (let wait = 0; wait < 100; wait++) {
      await setTimeout(10)
      const more = shown()
      if (more === '' && text !== '') break
      text += more
    }
    type(key)
  }
  return {asked, text: () => (text += shown())}
}

function pathsOf(answer: Awaited<ReturnType<typeof askWhatToSave>>): string[] | 'all' {
  return answer === 'all' ? 'all' : answer.map(({path}) => path)
}

test('review question: all is the first answer, none the second', async (t) => {
  t.is(await (await answer([ENTER])).asked, 'all')
  t.deepEqual(await (await answer([DOWN, ENTER])).asked, [])
})

test('review question: what is picked is what is marked', async (t) => {
  const {asked, text} = await answer([DOWN, DOWN, ENTER, ' ', DOWN, DOWN, ' ', ENTER])
  t.deepEqual(pathsOf(await asked), ['a', 'c'])
  t.regex(text(), /M b {2}\(1 B -> 10 B\)/)
  t.regex(text(), /2 of 3/)
})

test('review question: picking every change is all', async (t) => {
  t.is(pathsOf(await (await answer([DOWN, DOWN, ENTER, 'a', ENTER])).asked), 'all')
})

test('review question: of too many changes folders can be picked', async (t) => {
  const given = ['x/1', 'x/2', 'y/1', 'y/2'].map((path) => fileChange('new', path))
  const {asked, text} = await answer([DOWN, DOWN, ENTER, DOWN, ' ', ENTER], {given, maxRows: 2})
  t.deepEqual(pathsOf(await asked), ['y/1', 'y/2'])
  t.regex(text(), /4 changes; a folder is all that is in it/)
})

test('review question: where nothing has changed there is nothing to pick', async (t) => {
  const {asked, text} = await answer([DOWN, DOWN, ENTER], {given: []})
  t.deepEqual(await asked, [])
  t.notRegex(text(), /pick/)
})

test('review question: Ctrl-C interrupts, in either question', async (t) => {
  for (const keys of [['\u0003'], [DOWN, DOWN, ENTER, '\u0003']]) {
    t.true(isPocketError(await t.throwsAsync((await answer(keys)).asked), 'interrupted'))
  }
})

test('review question: an aborted signal interrupts', async (t) => {
  const {terminal} = fakeTerminal()
  const controller = new AbortController()
  const asked = askWhatToSave(changes, {terminal, signal: controller.signal})
  await setTimeout(50)
  controller.abort()
  t.true(isPocketError(await t.throwsAsync(asked), 'interrupted'))
})

test('review question: names that would move the cursor are shown escaped', async (t) => {
  const {asked, text} = await answer([DOWN, DOWN, ENTER, ENTER], {given: [fileChange('new', 'evil\u001b[2J\u202e')]})
  t.deepEqual(await asked, [])
  t.true(text().includes('evil\\x1b[2J\\u202e'))
})

test.serial('review question: there are no colours where NO_COLOR is set', async (t) => {
  const before = process.env.NO_COLOR
  process.env.NO_COLOR = '1'
  t.teardown(() => {
    if (before === undefined) delete process.env.NO_COLOR
    else process.env.NO_COLOR = before
  })
  const {asked, text} = await answer([DOWN, DOWN, ENTER, ' ', ENTER])
  t.deepEqual(pathsOf(await asked), ['a'])
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  t.notRegex(text(), /\u001b\[[0-9;]*m/)
  t.true(text().includes('[x] + a'))
})
