import {existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {spawnSync} from 'node:child_process'
import test from 'ava'
import {createLocalBackend, openLocalBackend} from '../../src/backend/local.js'
import {testConformance} from './conformance.js'
import {collect, pattern, rejectsWith} from './objects.js'
import {temporaryFolder} from './temporary-folder.js'

testConformance('local', async (t) => {
  const folder = temporaryFolder(t)
  return {backend: await createLocalBackend(folder), other: openLocalBackend(folder)}
})

const HOST = hostname().replace(/[^A-Za-z0-9]/g, '') || 'host'
const onPosix = process.platform === 'win32' ? test.skip : test

onPosix('local: objects are read-only and only their owner may read (Windows has no such modes)', async (t) => {
  const root = join(temporaryFolder(t), 'new', 'repository')
  const backend = await createLocalBackend(root)
  await backend.put('chunks/3f/a', pattern(10))
  await backend.put('config', pattern(10), {ifAbsent: true})
  const mode = (path: string) => (statSync(join(root, path)).mode & 0o7777).toString(8)
  t.is(mode('chunks/3f/a'), '400')
  t.is(mode('config'), '400')
  for (const folder of ['', '..', 'chunks', 'chunks/3f', '.tmp']) t.is(mode(folder), '700', folder)
})

test('local: create takes a folder that is there as it is', async (t) => {
  const root = temporaryFolder(t)
  writeFileSync(join(root, 'config'), 'x')
  const backend = await createLocalBackend(root)
  t.deepEqual(await backend.stat('config'), {sizeBytes: 1})
})

test('local: create says why when a file is in the way', async (t) => {
  const root = join(temporaryFolder(t), 'file')
  writeFileSync(root, 'x')
  await rejectsWith(t, createLocalBackend(join(root, 'repository')), 'io-failed')
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('local: create ends where folders cannot be made and nothing is missing above (only Linux has /proc)', async (t) => {
  await rejectsWith(t, createLocalBackend('/proc/pocket'), 'io-failed')
})

test('local: put leaves nothing but the object', async (t) => {
  const root = temporaryFolder(t)
  const backend = openLocalBackend(root)
  await backend.put('config', pattern(10), {ifAbsent: true})
  await backend.put('config', pattern(20))
  await rejectsWith(t, backend.put('config', pattern(10), {ifAbsent: true}), 'object-exists')
  t.deepEqual(readdirSync(join(root, '.tmp')), [])
  t.deepEqual(readdirSync(root).sort(), ['.tmp', 'config'])
})

test('local: a missing root is an error and never an empty repository', async (t) => {
  const root = join(temporaryFolder(t), 'unmounted')
  const backend = openLocalBackend(root)
  await rejectsWith(t, backend.put('chunks/3f/a', pattern(1)), 'io-failed')
  await rejectsWith(t, backend.put('config', pattern(1), {ifAbsent: true}), 'io-failed')
  await rejectsWith(t, collect(backend.list('')), 'io-failed')
  await rejectsWith(t, collect(backend.list('snapshots/')), 'io-failed')
  await rejectsWith(t, backend.remove('snapshots/a'), 'io-failed')
  await rejectsWith(t, backend.get('config'), 'object-missing')
  t.is(await backend.stat('config'), undefined)
  t.false(existsSync(root))
})

test('local: a root that vanishes between two puts is not made anew', async (t) => {
  const root = join(temporaryFolder(t), 'repository')
  const backend = await createLocalBackend(root)
  await backend.put('chunks/3f/a', pattern(1))
  rmSync(root, {recursive: true})
  t.like(await t.throwsAsync(backend.put('chunks/3f/b', pattern(1))), {
    code: 'io-failed',
    message: `cannot find the folder '${root}'`,
  })
  t.false(existsSync(root))
})

test('local: folders that somebody removed are made again', async (t) => {
  const root = temporaryFolder(t)
  const backend = openLocalBackend(root)
  await backend.put('chunks/3f/a', pattern(1))
  rmSync(join(root, 'chunks'), {recursive: true})
  rmSync(join(root, '.tmp'), {recursive: true})
  await backend.put('chunks/3f/b', pattern(1))
  t.deepEqual(await collect(backend.list('')), [{name: 'chunks/3f/b', sizeBytes: 1}])
})

test('local: lists neither unfinished objects nor files that are not objects', async (t) => {
  const root = temporaryFolder(t)
  const backend = openLocalBackend(root)
  await backend.put('chunks/3f/a', pattern(1))
  mkdirSync(join(root, 'lost+found'))
  mkdirSync(join(root, 'chunks/empty'))
  for (const name of ['.tmp/half', '.DS_Store', 'Thumbs.db', 'chunks/.nfs0001']) writeFileSync(join(root, name), 'x')
  t.deepEqual(await collect(backend.list('')), [{name: 'chunks/3f/a', sizeBytes: 1}])
})

test('local: removes what dead writers left more than a day ago, and nothing else', async (t) => {
  const root = temporaryFolder(t)
  mkdirSync(join(root, '.tmp'))
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const hoursAgo = {
    [`${HOST}_${dead}_deadold`]: 25,
    [`${HOST}_${dead}_deadyoung`]: 23,
    [`${HOST}_${process.pid}_liveold`]: 25,
    [`${HOST}_${process.ppid}_parentold`]: 25,
    [`otherhost_${process.pid}_deadold`]: 25,
    [`otherhost_${process.pid}_young`]: 1,
    'not-ours': 1000,
  }
  for (const [name, hours] of Object.entries(hoursAgo)) {
    writeFileSync(join(root, '.tmp', name), 'x')
    const time = new Date(statSync(join(root, '.tmp', name)).mtimeMs - hours * 3_600_000)
    utimesSync(join(root, '.tmp', name), time, time)
  }
  await openLocalBackend(root).put('config', pattern(1))
  const gone = [`${HOST}_${dead}_deadold`, `otherhost_${process.pid}_deadold`]
  const kept = Object.keys(hoursAgo).filter((name) => !gone.includes(name))
  t.deepEqual(readdirSync(join(root, '.tmp')).sort(), kept.sort())
})
