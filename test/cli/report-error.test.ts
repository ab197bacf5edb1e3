import test from 'ava'
import type {ExitCode} from '../../src/cli/exit-codes.js'
import {reportError, reportWarning} from '../../src/cli/report-error.js'
import {type ErrorCode, PocketError} from '../../src/errors.js'

const PLAIN = {json: false, debug: false}

test('an error is its message and its hint, and no stack', (t) => {
  const error = new PocketError('damaged-pack', "cannot read pack '3fa9c2d1'", {hint: 'run it again'})
  t.deepEqual(reportError(error, PLAIN), {exitCode: 1, text: "pocket: cannot read pack '3fa9c2d1'\nhint: run it again\n"})
})

test('exit codes are those of docs/scripting.md', (t) => {
  const codes: [ErrorCode, ExitCode][] = [
    ['usage', 2],
    ['repository-missing', 10],
    ['wrong-password', 12],
    ['interrupted', 130],
    ['not-a-repository', 1],
    ['snapshot-missing', 1],
    ['no-space', 1],
  ]
  for (const [code, exitCode] of codes) t.is(reportError(new PocketError(code, ''), PLAIN).exitCode, exitCode)
})

test('a working directory that was removed is no bug', (t) => {
  const error = Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), {code: 'ENOENT', syscall: 'uv_cwd'})
  t.deepEqual(reportError(error, PLAIN), {
    exitCode: 1,
    text: 'pocket: the working directory is not there any more\nhint: change to another one\n',
  })
})

test('as JSON it is one object on one line', (t) => {
  const error = new PocketError('wrong-password', "no key of '/r' opens with this password")
  const {text} = reportError(error, {json: true, debug: false})
  t.deepEqual(JSON.parse(text), {
    schema: 1,
    type: 'error',
    code: 'wrong-password',
    message: "no key of '/r' opens with this password",
    hint: null,
    exit_code: 12,
  })
  t.true(text.endsWith('}\n'))
})

test('anything else is called a bug; its stack shows only when asked for', (t) => {
  const error = new TypeError('x is not a function')
  const {exitCode, text} = reportError(error, PLAIN)
  t.is(exitCode, 1)
  t.is(
    text,
    'pocket: unexpected error: x is not a function\nhint: this is a bug in pocket: please run it again with POCKET_DEBUG=1 and report what it prints\n',
  )
  t.regex(reportError(error, {json: false, debug: true}).text, /report-error\.test/)
  t.is(JSON.parse(reportError('text', {json: true, debug: false}).text).code, 'bug')
})

test('names inside messages cannot reach the terminal as they are', (t) => {
  const {text} = reportError(new PocketError('path-missing', "'\u001b[2J' is not there", {hint: '\u009b'}), PLAIN)
  t.is(text, "pocket: '\\x1b[2J' is not there\nhint: \\x9b\n")
})

test('a warning is one line, for people and for programs', (t) => {
  const warning = new PocketError('damaged-snapshot', "cannot read snapshot 'ab'", {hint: 'look at the disk'})
  t.is(reportWarning(warning, {json: false}), "pocket: warning: cannot read snapshot 'ab' (look at the disk)")
  t.deepEqual(JSON.parse(reportWarning(warning, {json: true})), {
    schema: 1,
    type: 'warning',
    code: 'damaged-snapshot',
    message: "cannot read snapshot 'ab'",
    hint: 'look at the disk',
  })
})
