import test from 'ava'
import {asksForHelp, asksForJson, findCommand, isTopic} from '../../src/cli/find-command.js'
import {PocketError} from '../../src/errors.js'

const IDS = ['cache:clear', 'cache:list', 'diff', 'key:add', 'key:list', 'list', 'snapshot']

test('a command is found by its words, and the rest is its own', (t) => {
  t.deepEqual(findCommand(['snapshot', '--tag', 'a', 'list'], IDS), {id: 'snapshot', argv: ['--tag', 'a', 'list']})
  t.deepEqual(findCommand(['key', 'add', '--label', 'x'], IDS), {id: 'key:add', argv: ['--label', 'x']})
})

test('a topic by itself lists', (t) => {
  t.deepEqual(findCommand(['key'], IDS), {id: 'key:list', argv: []})
  t.deepEqual(findCommand(['cache', '--json'], IDS), {id: 'cache:list', argv: ['--json']})
})

test('an unknown command is an error of usage that suggests the nearest', (t) => {
  const cases: [string[], string, RegExp][] = [
    [['snapsht', '/home'], "unknown command 'snapsht'", /^did you mean 'pocket snapshot'\?/],
    [['key', 'ad'], "unknown command 'key ad'", /^did you mean 'pocket key add'\?.*'pocket help key'/],
    [['frobnicate'], "unknown command 'frobnicate'", /^see 'pocket help'$/],
    [['--json', 'list'], "unknown flag '--json'", /^flags come after the command/],
  ]
  for (const [argv, message, hint] of cases) {
    const error = t.throws(() => findCommand(argv, IDS), {instanceOf: PocketError})
    t.is(error?.code, 'usage')
    t.is(error?.message, message)
    t.regex(error?.hint ?? '', hint)
  }
})

test('flags behind -- are names of files', (t) => {
  t.true(asksForHelp(['snapshot', '-h']))
  t.false(asksForHelp(['snapshot', '--', '--help']))
  t.true(asksForJson(['list', '--json']))
  t.false(asksForJson(['snapshot', '--', '--json']))
})

test('topics are the first words of commands with two', (t) => {
  t.true(isTopic('key', IDS))
  t.false(isTopic('list', IDS))
  t.false(isTopic(undefined, IDS))
})
