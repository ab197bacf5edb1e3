import {chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {setTimes} from '../../src/filesystem/native.js'
import {type Change, type DiffOptions, diffSnapshots, type DiffTotals, type Repository, takeSnapshot} from '../../src/index.js'
import {textContent} from './content.js'
import {createPlace, type Place, withRepository, WORKERS} from './repository-place.js'

const TIME = 1_500_000_000_000_000_000n

async function diff(repository: Repository, options: DiffOptions): Promise<{changes: Change[]; totals: DiffTotals}> {
  const changes: Change[] = []
  const comparison = diffSnapshots(repository, options)
  for (;;) {
    const next = await comparison.next()
    if (next.done) return {changes, totals: next.value}
    changes.push(next.value)
  }
}

const short = (changes: readonly Change[]) =>
  changes.map(({change, kind, path, sizeBefore, sizeAfter}) => `${change} ${kind} ${path} ${sizeBefore ?? '-'} ${sizeAfter ?? '-'}`)

function write(path: string, content: string): void {
  writeFileSync(path, content)
  setTimes(Buffer.from(path), 0n, TIME)
}

/** The source as it is in snapshot 1, then 2, then 2 again; the folder's own times never change. */
async function withEdits(t: ExecutionContext, use: (repository: Repository, place: Place) => Promise<void>): Promise<void> {
  const place = await createPlace(t)
  const {source} = place
  for (const folder of ['same', 'gone', 'gone/deep', 'edited', 'turned']) mkdirSync(join(source, folder))
  write(join(source, 'same', 'file'), 'same')
  write(join(source, 'gone', 'one'), 'one')
  write(join(source, 'gone', 'deep', 'two'), 'second')
  write(join(source, 'edited', 'content'), 'before')
  write(join(source, 'edited', 'mode'), 'mode')
  write(join(source, 'edited', 'time'), 'time')
  write(join(source, 'edited', 'unseen'), 'abc')
  write(join(source, 'turned', 'inside'), '12345')
  symlinkSync('before', join(source, 'link'))
  setTimes(Buffer.from(join(source, 'link')), 0n, TIME)
  const settle = () => {
    for (const folder of ['gone/deep', 'gone', 'edited', 'turned', '.']) setTimes(Buffer.from(join(source, folder)), 0n, TIME)
  }
  settle()
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [source], workers: WORKERS})
    write(join(source, 'edited', 'content'), 'after, and longer')
    chmodSync(join(source, 'edited', 'mode'), 0o600)
    setTimes(Buffer.from(join(source, 'edited', 'time')), 0n, TIME + 1n)
    write(join(source, 'edited', 'unseen'), 'xyz')
    rmSync(join(source, 'gone'), {recursive: true})
    rmSync(join(source, 'turned'), {recursive: true})
    write(join(source, 'turned'), 'a file now')
    rmSync(join(source, 'link'))
    symlinkSync('after', join(source, 'link'))
    setTimes(Buffer.from(join(source, 'link')), 0n, TIME)
    mkdirSync(join(source, 'new'))
    write(join(source, 'new', 'file'), 'new')
    symlinkSync('x', join(source, 'new', 'link'))
    for (const folder of ['edited', 'new', '.']) setTimes(Buffer.from(join(source, folder)), 0n, TIME)
    await takeSnapshot(repository, {paths: [source], workers: WORKERS})
    await use(repository, place)
  })
}

const EXPECTED = [
  'content file edited/content 6 17',
  'metadata file edited/mode 4 4',
  'metadata file edited/time 4 4',
  'content file edited/unseen 3 3',
  'removed directory gone - -',
  'removed directory gone/deep - -',
  'removed file gone/deep/two 6 -',
  'removed file gone/one 3 -',
  'content link link - -',
  'added directory new - -',
  'added file new/file - 3',
  'added link new/link - -',
  'type file turned - 10',
  'removed file turned/inside 5 -',
]

const TOTALS: DiffTotals = {
  added: {files: 1, directories: 1, links: 1, others: 0, bytes: 3},
  removed: {files: 3, directories: 2, links: 0, others: 0, bytes: 14},
  content: {files: 3, bytesBefore: 9, bytesAfter: 20},
  metadata: {entries: 2},
  type: {entries: 1},
  unknown: {entries: 0},
}

test('diff: every kind of change between two snapshots is told once, in the order of names, with totals', async (t) => {
  await withEdits(t, async (repository) => {
    const {changes, totals} = await diff(repository, {from: 'latest~1', to: 'latest'})
    t.deepEqual(short(changes), EXPECTED)
    t.deepEqual(totals, TOTALS)
  })
})

test('diff: the other way round, what was added is removed', async (t) => {
  await withEdits(t, async (repository) => {
    const {totals} = await diff(repository, {from: 'latest', to: 'latest~1'})
    t.deepEqual([totals.added, totals.removed], [TOTALS.removed, TOTALS.added])
    t.is(totals.metadata.entries, 2)
  })
})

test('diff: a snapshot and itself, and one of the same tree, do not differ', async (t) => {
  await withEdits(t, async (repository, {source}) => {
    t.deepEqual((await diff(repository, {from: 'latest', to: 'latest'})).changes, [])
    await takeSnapshot(repository, {paths: [source], force: true, workers: WORKERS})
    t.deepEqual((await diff(repository, {from: 'latest', to: 'latest~1'})).changes, [])
  })
})

test('diff: a live folder stands for the second side', async (t) => {
  await withEdits(t, async (repository, {source}) => {
    t.deepEqual((await diff(repository, {from: 'latest', to: {directory: source}})).changes, [])
    const since = await diff(repository, {from: 'latest~1', to: {directory: source}})
    // A file of equal size and mtime is read when its metadata has been changed since.
    t.deepEqual(short(since.changes), EXPECTED)
    truncateSync(join(source, 'edited', 'content'), 0)
    renameSync(join(source, 'new', 'file'), join(source, 'new', 'renamed'))
    write(join(source, 'edited', 'mode'), 'MODE')
    setTimes(Buffer.from(join(source, 'edited', 'mode')), 0n, TIME + 5n)
    for (const folder of ['edited', 'new', '.']) setTimes(Buffer.from(join(source, folder)), 0n, TIME)
    t.deepEqual(short((await diff(repository, {from: 'latest', to: {directory: source}})).changes), [
      'content file edited/content 17 0',
      'content file edited/mode 4 4',
      'removed file new/file 3 -',
      'added file new/renamed - 3',
    ])
  })
})

test('diff: a file with another time and the same content has changed in its metadata only', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeFileSync(path, textContent(1, 400_000))
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    setTimes(Buffer.from(path), 0n, TIME)
    t.deepEqual(short((await diff(repository, {from: 'latest', to: {directory: place.source}})).changes), [
      'metadata file file 400000 400000',
    ])
  })
})

test('diff: folders within snapshots are compared with each other', async (t) => {
  await withEdits(t, async (repository, {source}) => {
    const {changes} = await diff(repository, {from: 'latest~1:edited', to: 'latest:edited'})
    t.deepEqual(
      changes.map(({path}) => path),
      ['content', 'mode', 'time', 'unseen'],
    )
    t.deepEqual((await diff(repository, {from: 'latest:new', to: {directory: join(source, 'new')}})).changes, [])
    await t.throwsAsync(diff(repository, {from: 'latest:turned', to: 'latest'}), {code: 'not-a-directory', message: /'latest:turned'/})
    await t.throwsAsync(diff(repository, {from: 'latest', to: {directory: join(source, 'none')}}), {code: 'path-missing', message: /none/})
    await t.throwsAsync(diff(repository, {from: 'latest', to: {directory: join(source, 'turned')}}), {code: 'not-a-directory'})
  })
})

test("diff: a live folder is looked at through the snapshot's excludes, or others that are given", async (t) => {
  const place = await createPlace(t)
  write(join(place.source, 'kept'), 'kept')
  write(join(place.source, 'a.log'), 'log')
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], excludes: ['*.log'], workers: WORKERS})
    const to = {directory: place.source}
    t.deepEqual((await diff(repository, {from: 'latest', to})).changes, [])
    t.deepEqual(short((await diff(repository, {from: 'latest', to, excludes: []})).changes), ['added file a.log - 3'])
    t.deepEqual(short((await diff(repository, {from: 'latest', to, excludes: ['*']})).changes), ['removed file kept 4 -'])
  })
})
