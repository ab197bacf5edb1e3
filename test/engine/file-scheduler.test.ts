/** What workers answer about files goes into the directories, whatever it is. */
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {DirectoryBuilder} from '../../src/engine/directory-builder.js'
import {FileScheduler, type SnapshotPool} from '../../src/engine/file-scheduler.js'
import {type FileStats, type ReadDone, type ReadJob, STATUS} from '../../src/engine/messages.js'
import type {SnapshotEvent} from '../../src/engine/snapshot-events.js'
import {SnapshotTally} from '../../src/engine/snapshot-tally.js'
import {statEntry} from '../../src/filesystem/scan.js'
import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import {CHANGED_WHILE_READ} from '../../src/format/tree.js'
import {toByteString} from '../../src/util/bytes.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const LATER: FileStats = {mode: 0o600, uid: 12, gid: 13, mtime: 14n, ctime: 15n, inode: 16n}

type Answer = Partial<Pick<ReadDone, 'stats' | 'errors'>> & {status: number; lengths?: number[]}

/** The table of a folder of one file, of which a worker says `answer`. */
async function schedule(t: ExecutionContext, {status, lengths = [], ...rest}: Answer) {
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
    ...rest,
  }
  const jobs: ReadJob[] = []
  const pool = {ready: async () => {}, run: async (job: ReadJob) => (jobs.push(job), done)} as unknown as SnapshotPool
  const events: SnapshotEvent[] = []
  const tally = new SnapshotTally()
  const scheduler = new FileScheduler({
    pool,
    tally,
    save: () => t.fail(),
    emit: (event) => events.push(event),
    complete: () => {},
    largeFileBytes: Number.POSITIVE_INFINITY,
  })
  const directory = new DirectoryBuilder(toByteString('/folder'), 1)
  const listed = statEntry(toByteString(path))
  const entry = directory.add(toByteString('file'), ENTRY_TYPE.file, listed)
  await scheduler.add({directory, entry, path: toByteString(path), stats: listed, counted: 'new'})
  await scheduler.settle()
  t.is(jobs.length, 1)
  return {table: directory.build(), tally, listed, events: events.map(({type}) => type)}
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
