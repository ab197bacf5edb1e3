import test from 'ava'
import {ProgressDisplay} from '../../../src/cli/progress-display.js'
import {snapshotJsonReporter} from '../../../src/cli/reporters/snapshot-json.js'
import {snapshotTextReporter} from '../../../src/cli/reporters/snapshot-text.js'
import type {SnapshotEvent, SnapshotResult} from '../../../src/cli/reporters/snapshot-types.js'
import type {ObjectId} from '../../../src/id.js'
import {memoryOutput, parseLines} from '../memory-output.js'

const ID = '3fa9c2d1'.padEnd(64, '0') as ObjectId
const PROGRESS: SnapshotEvent = {
  type: 'progress',
  elapsedMs: 1000.4,
  files: 12,
  directories: 3,
  bytesRead: 2048,
  bytesProcessed: 4096,
  bytesNew: 1024,
  bytesStored: 512,
  currentFile: 'a\u001b[31m',
}
const EVENTS: SnapshotEvent[] = [
  {type: 'started', paths: ['/home/ada'], parent: ID},
  PROGRESS,
  {type: 'unreadable', path: '/home/ada/secret\n', code: 'EACCES', message: 'permission denied'},
  {type: 'changed-while-read', path: '/home/ada/log', isStable: false},
  {type: 'changed-while-read', path: '/home/ada/note', isStable: true},
  {type: 'skipped', path: '/home/ada/pipe', reason: 'special-file'},
  {type: 'skipped', path: '/home/ada/.cache/pocket', reason: 'cache'},
  {type: 'finishing'},
]
const RESULT: SnapshotResult = {
  id: ID,
  dryRun: false,
  parent: ID,
  unreadable: 1,
  elapsedMs: 2000.6,
  summary: {
    files: {new: 1200, changed: 3, unchanged: 0},
    directories: {new: 1, changed: 0, unchanged: 2},
    bytesRead: 2048,
    bytesAdded: 3000,
    bytesStored: 1000,
    chunksNew: 7,
    changedWhileRead: 2,
    skipped: 2,
    total: {files: 1203, directories: 3, links: 0, others: 0, bytes: 4096, unreadable: 1},
  },
}

test('text: what went wrong goes to stderr as it happens, the summary to stdout, the id last', (t) => {
  const [output, errorOutput] = [memoryOutput(), memoryOutput()]
  const reporter = snapshotTextReporter({output, errorOutput, quiet: false})
  for (const event of EVENTS) reporter.event(event)
  reporter.result(RESULT)
  t.deepEqual(errorOutput.lines(), [
    "pocket: cannot read '/home/ada/secret\\x0a': permission denied",
    "pocket: '/home/ada/log' changed while it was read; it is stored as it was read last",
    "pocket: '/home/ada/note' changed while it was read; it was read again",
    "pocket: skipped '/home/ada/pipe': it is neither file, directory nor link",
    "pocket: skipped '/home/ada/.cache/pocket': it is pocket's own cache",
    'pocket: 1 entry could not be read; all the rest is in the snapshot',
  ])
  t.deepEqual(output.lines(), [
    '               new  changed  unchanged',
    'files        1,200        3          0',
    'directories      1        0          2',
    '',
    'read    2.0 KiB in 2.0 s (1.0 KiB/s)',
    'added   2.9 KiB, stored as 1000 B (ratio 3.00)',
    'total   1,203 files, 3 directories, 4.0 KiB',
    '',
    'snapshot 3fa9c2d1 saved',
  ])
})

test('text: quiet leaves the id and what went wrong', (t) => {
  const [output, errorOutput] = [memoryOutput(), memoryOutput()]
  const reporter = snapshotTextReporter({output, errorOutput, quiet: true})
  for (const event of EVENTS) reporter.event(event)
  reporter.result(RESULT)
  t.deepEqual(output.lines(), ['snapshot 3fa9c2d1 saved'])
  t.is(errorOutput.lines().length, 6)
})

test('text: where nothing has changed it is said since when', (t) => {
  const output = memoryOutput()
  const reporter = snapshotTextReporter({output, errorOutput: memoryOutput(), quiet: true})
  reporter.result({...RESULT, id: undefined, isUnchanged: true})
  t.true(output.lines().includes('nothing has changed since snapshot 3fa9c2d1: none was saved'))
})

test('text: a dry run says that nothing was stored', (t) => {
  const output = memoryOutput()
  const reporter = snapshotTextReporter({output, errorOutput: memoryOutput(), quiet: true})
  reporter.result({...RESULT, id: undefined, dryRun: true})
  t.deepEqual(output.lines(), ['dry run: nothing was stored'])
})

test('text: the display is cleared before anything else is written, and shows names escaped', (t) => {
  const errorOutput = memoryOutput()
  const stream = {columns: 120, write: (text: string) => void errorOutput.write(text)}
  const reporter = snapshotTextReporter({output: memoryOutput(), errorOutput, display: new ProgressDisplay(stream), quiet: false})
  for (const event of EVENTS) reporter.event(event)
  const text = errorOutput.text()
  t.true(
    text.startsWith('12 files  2.0 KiB read  1.0 KiB new  0 B/s read  0 B/s written\na\\x1b[31m\u001b[1A\r\u001b[Jpocket: cannot read'),
    text,
  )
})

test('json: a line an event, in documented words', (t) => {
  const output = memoryOutput()
  const reporter = snapshotJsonReporter({output, quiet: false})
  for (const event of EVENTS) reporter.event(event)
  reporter.result(RESULT)
  const schema = 1
  t.deepEqual(parseLines(output), [
    {schema, type: 'started', paths: ['/home/ada'], parent_id: ID},
    {
      schema,
      type: 'progress',
      elapsed_ms: 1000,
      files: 12,
      directories: 3,
      bytes_read: 2048,
      bytes_processed: 4096,
      bytes_new: 1024,
      bytes_stored: 512,
      total_files: null,
      total_bytes: null,
      current_file: 'a\u001b[31m',
      paused: false,
    },
    {schema, type: 'unreadable', path: '/home/ada/secret\n', code: 'EACCES', message: 'permission denied'},
    {schema, type: 'changed_while_read', path: '/home/ada/log', is_stable: false},
    {schema, type: 'changed_while_read', path: '/home/ada/note', is_stable: true},
    {schema, type: 'skipped', path: '/home/ada/pipe', reason: 'special_file'},
    {schema, type: 'skipped', path: '/home/ada/.cache/pocket', reason: 'cache'},
    {schema, type: 'finishing'},
    {
      schema,
      type: 'summary',
      snapshot_id: ID,
      parent_id: ID,
      dry_run: false,
      unchanged: false,
      elapsed_ms: 2001,
      traffic: null,
      cost: null,
      files: {new: 1200, changed: 3, unchanged: 0},
      directories: {new: 1, changed: 0, unchanged: 2},
      bytes_read: 2048,
      bytes_added: 3000,
      bytes_stored: 1000,
      chunks_new: 7,
      changed_while_read: 2,
      skipped: 2,
      total: {files: 1203, directories: 3, links: 0, others: 0, bytes: 4096, unreadable: 1},
      unreadable: 1,
    },
  ])
})

test('json: quiet leaves out what is only on the way', (t) => {
  const output = memoryOutput()
  const reporter = snapshotJsonReporter({output, quiet: true})
  for (const event of EVENTS) reporter.event(event)
  t.deepEqual(
    parseLines(output).map(({type}) => type),
    ['unreadable', 'changed_while_read', 'changed_while_read', 'skipped', 'skipped'],
  )
})
