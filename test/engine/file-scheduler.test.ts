/** What workers answer about files goes into the directories, whatever it is. */
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {type FileStats, type ReadDone, STATUS} from '../../src/engine/messages.js'
import {PocketError} from '../../src/errors.js'
import {CHANGED_WHILE_READ} from '../../src/format/tree.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {scheduleFile} from './schedule-file.js'

const LATER: FileStats = {mode: 0o600, uid: 12, gid: 13, mtime: 14n, ctime: 15n, inode: 16n}

type Answer = Partial<Pick<ReadDone, 'stats' | 'errors'>> & {status: number; lengths?: number[]}

/** The table of a folder of one file, of which a worker says `answer`. */
async function schedule(t: ExecutionContext, {status, lengths = [], ...details}: Answer) {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, 'content')
  const done: Omit<ReadDone, 'job'> = {
    type: 'read-done',
    status: Uint8Array.of(status),
    counts: Uint32Array.of(lengths.length),
    ids: new Uint8Array(lengths.length * 32).fill(7),
    lengths: Uint32Array.from(lengths),
    stats: new Map(),
    errors: new Map(),
    ...details,
  }
  let jobs = 0
  const answer = () => (jobs++, done)
  const {directory, ...rest} = await scheduleFile(t, {path, answer, largeFileBytes: Number.POSITIVE_INFINITY})
  t.is(jobs, 1)
  return {...rest, table: directory.build()}
}

test('file scheduler: a file as it was listed keeps the metadata of the listing', async (t) => {
  const {table, listed, events} = await schedule(t, {status: STATUS.same, lengths: [3, 4]})
  t.deepEqual([table.sizes[0], table.mtimes[0], table.counts[0]], [7n, listed.mtimeNs, 2])
  t.deepEqual(events, [])
})

test('file scheduler: a file that is newer than its listing gets the metadata that belongs to what was read', async (t) => {
  const {table, tally, events} = await schedule(t, {status: STATUS.newer, lengths: [9], stats: new Map([[0, LATER]])})
  t.deepEqual([table.sizes[0], table.modes[0], table.uids[0], table.gids[0]], [9n, LATER.mode, LATER.uid, LATER.gid])
  t.deepEqual([table.mtimes[0], table.ctimes[0], table.inodes[0]], [LATER.mtime, LATER.ctime, LATER.inode])
  t.deepEqual([table.errors, tally.changedWhileRead, events], [[], 1, ['changed-while-read']])
})

test('file scheduler: a file that never came to rest is stored, marked, and not counted as unreadable', async (t) => {
  const {table, tally} = await schedule(t, {status: STATUS.changing, lengths: [9], stats: new Map([[0, LATER]])})
  t.deepEqual([table.sizes[0], table.errors.map(({code}) => code)], [9n, [CHANGED_WHILE_READ]])
  t.deepEqual([table.totals.unreadable, tally.unreadable, tally.changedWhileRead], [0, 0, 1])
})

test('file scheduler: a file that could not be read is there without content, and counted', async (t) => {
  const errors = new Map([[0, {code: 'EACCES', message: 'permission denied'}]])
  const {table, tally, events} = await schedule(t, {status: STATUS.failed, errors})
  t.deepEqual([table.sizes[0], table.counts[0], table.errors], [0n, 0, [{index: 0, code: 'EACCES', message: 'permission denied'}]])
  t.deepEqual([table.totals.unreadable, tally.unreadable, events], [1, 1, ['unreadable']])
})

for (const [title, largeFileBytes] of [
  ['small', Number.POSITIVE_INFINITY],
  ['large', 0],
] as const) {
  test(`file scheduler: when the backend has failed, no more is read of a ${title} file`, async (t) => {
    const path = join(temporaryFolder(t), 'file')
    writeFileSync(path, 'content')
    const failure = new PocketError('no-space', 'the disk is full')
    const answer = () => t.fail('a worker was given a job')
    const backpressure = () => Promise.reject(failure)
    await t.throwsAsync(scheduleFile(t, {path, largeFileBytes, answer, backpressure}), {is: failure})
  })
}
