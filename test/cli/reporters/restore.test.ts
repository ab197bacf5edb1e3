import test from 'ava'
import {restoreJsonReporter} from '../../../src/cli/reporters/restore-json.js'
import {restoreTextReporter} from '../../../src/cli/reporters/restore-text.js'
import type {RestoreEvent, RestoreResult} from '../../../src/cli/reporters/restore-types.js'
import type {ObjectId} from '../../../src/id.js'
import {memoryOutput, parseLines} from '../memory-output.js'

const ID = '3fa9c2d1'.padEnd(64, '0') as ObjectId
const EVENTS: RestoreEvent[] = [
  {type: 'started', snapshot: ID, target: '/t', totalFiles: 2, totalBytes: 30},
  {type: 'progress', elapsedMs: 10.4, files: 1, bytes: 10, totalFiles: 2, totalBytes: 30},
  {type: 'failed', path: 'a\u0007', code: 'damaged-chunk', message: 'not what its id says', hint: 'remove it'},
  {type: 'warning', path: 'b', message: 'owner not set'},
]
const RESULT: RestoreResult = {
  snapshot: ID,
  target: '/t',
  files: 1,
  directories: 2,
  links: 1,
  bytes: 10,
  unchanged: 4,
  failed: 1,
  dryRun: false,
  elapsedMs: 20.4,
}

test('text: what failed goes to stderr with its count, what was done to stdout', (t) => {
  const [output, errorOutput] = [memoryOutput(), memoryOutput()]
  const reporter = restoreTextReporter({output, errorOutput, quiet: false})
  for (const event of EVENTS) reporter.event(event)
  reporter.result(RESULT)
  t.deepEqual(errorOutput.lines(), [
    "pocket: cannot restore 'a\\x07': not what its id says",
    "pocket: 'b': owner not set",
    'pocket: 1 entry could not be restored',
    'hint: remove it',
  ])
  t.deepEqual(output.lines(), [
    '1 file (10 B), 2 directories, 1 link in 0.0 s (490 B/s); 4 were there already',
    'a part of snapshot 3fa9c2d1 restored to /t',
  ])
})

test('text: when all was there already, it says so', (t) => {
  const output = memoryOutput()
  const result = {...RESULT, files: 0, directories: 0, links: 0, bytes: 0, failed: 0}
  restoreTextReporter({output, errorOutput: memoryOutput(), quiet: false}).result(result)
  t.is(output.lines()[0], 'nothing in 0.0 s; 4 were there already')
})

test('json: a line an event, and the summary last', (t) => {
  const output = memoryOutput()
  const reporter = restoreJsonReporter({output, quiet: false})
  for (const event of [...EVENTS, {type: 'would-restore', path: 'c', kind: 'link', action: 'keep'} as const]) reporter.event(event)
  reporter.result(RESULT)
  const schema = 1
  t.deepEqual(parseLines(output), [
    {schema, type: 'started', snapshot_id: ID, target: '/t', total_files: 2, total_bytes: 30},
    {schema, type: 'progress', elapsed_ms: 10, files: 1, bytes: 10, total_files: 2, total_bytes: 30, current_file: null, paused: false},
    {schema, type: 'failed', path: 'a\u0007', code: 'damaged-chunk', message: 'not what its id says', hint: 'remove it'},
    {schema, type: 'warning', path: 'b', message: 'owner not set'},
    {schema, type: 'would_restore', path: 'c', kind: 'link', action: 'keep'},
    {
      schema,
      type: 'summary',
      snapshot_id: ID,
      target: '/t',
      files: 1,
      directories: 2,
      links: 1,
      bytes: 10,
      unchanged: 4,
      failed: 1,
      dry_run: false,
      elapsed_ms: 20,
      traffic: null,
      cost: null,
    },
  ])
})
