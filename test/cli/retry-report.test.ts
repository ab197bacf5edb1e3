import test from 'ava'
import {retryReporter} from '../../src/cli/retry-report.js'
import {PocketError} from '../../src/errors.js'
import {memoryOutput, parseLines} from './memory-output.js'

const error = new PocketError('connection-failed', "cannot reach 'https://s3.example.org': connection refused", {retryable: true})

function report(options: {json?: boolean; quiet?: boolean} = {}) {
  const output = memoryOutput()
  const clock = {ms: 0}
  let cleared = 0
  const tell = retryReporter({output, json: false, quiet: false, ...options, clear: () => cleared++, now: () => clock.ms})
  return {output, clock, tell, cleared: () => cleared}
}

test('retries: at the start each attempt is a line, however soon it comes', (t) => {
  const {output, clock, tell, cleared} = report()
  for (const [attempt, delayMs] of [1, 2, 3].map((number) => [number, 500 * number])) {
    tell({error, attempt, attempts: 4, delayMs})
    clock.ms += delayMs
  }
  t.deepEqual(output.lines(), [
    "pocket: cannot reach 'https://s3.example.org': connection refused; trying again in 0.5 s (attempt 2 of 4)",
    "pocket: cannot reach 'https://s3.example.org': connection refused; trying again in 1.0 s (attempt 3 of 4)",
    "pocket: cannot reach 'https://s3.example.org': connection refused; trying again in 1.5 s (attempt 4 of 4)",
  ])
  t.is(cleared(), 3)
})

test('retries: many at the same time are one line, and the next line counts the others', (t) => {
  const {output, clock, tell} = report()
  for (let call = 0; call < 32; call++) tell({error, attempt: 1, attempts: undefined, delayMs: 2000 + call})
  clock.ms = 1999
  tell({error, attempt: 2, attempts: undefined, delayMs: 4000})
  t.is(output.lines().length, 1)
  clock.ms = 2000
  tell({error, attempt: 2, attempts: undefined, delayMs: 4000})
  t.regex(output.lines()[1], /; trying again in 4\.0 s \(attempt 3; 32 other requests meanwhile\)$/)
})

test('retries: pauses of nothing do not flood', (t) => {
  const {output, clock, tell} = report()
  for (let call = 0; call < 1000; call++) {
    clock.ms = call
    tell({error, attempt: call + 1, attempts: undefined, delayMs: 0})
  }
  t.is(output.lines().length, 1)
})

test('retries: as JSON for programs, and not at all when it is to be quiet', (t) => {
  const json = report({json: true})
  json.tell({error, attempt: 1, attempts: 4, delayMs: 12.4})
  json.clock.ms = 5000
  json.tell({error, attempt: 1, attempts: undefined, delayMs: 1})
  const common = {schema: 1, type: 'retry', code: 'connection-failed', message: error.message, attempt: 2, untold: 0}
  t.deepEqual(parseLines(json.output), [
    {...common, attempts: 4, delay_ms: 12},
    {...common, attempts: null, delay_ms: 1},
  ])
  const quiet = report({quiet: true})
  quiet.tell({error, attempt: 1, attempts: 4, delayMs: 1})
  t.is(quiet.output.text(), '')
})
