/** What cannot be read is told and recorded, and the rest is stored. */
import {execFileSync} from 'node:child_process'
import {chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {join} from 'node:path'
import test from 'ava'
import {
  initRepository,
  listEntries,
  openRepository,
  readFile,
  restoreSnapshot,
  type RestoreEvent,
  type SnapshotEvent,
  takeSnapshot,
} from '../../src/index.js'
import {IS_ROOT, NAMELESS, onRestricted, onSwitchable, RESTRICTED, WHERE_RESTRICTED} from '../users.js'
import {createPlace, emptyPlace, KEY_FILE, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {requestFor, startProgram} from './run-snapshot-program.js'
import {differences, listTree} from './tree-listing.js'

async function placeOf(t: Parameters<typeof emptyPlace>[0], user: number | undefined) {
  const place = emptyPlace(t)
  chmodSync(place.folder, 0o755)
  await initRepository({location: place.location, secret: KEY_FILE})
  mkdirSync(place.cacheDirectory)
  if (user === undefined) return place
  for (const path of [place.cacheDirectory, place.source]) chownSync(path, user, user)
  execFileSync('chown', ['-R', `${user}:${user}`, place.location])
  return place
}

onRestricted(`unreadable: files and folders without permission are told, recorded, and read later on${WHERE_RESTRICTED}`, async (t) => {
  const place = await placeOf(t, RESTRICTED)
  const {source} = place
  writeFileSync(join(source, 'open'), 'open')
  writeFileSync(join(source, 'closed'), 'closed', {mode: 0})
  mkdirSync(join(source, 'folder'))
  writeFileSync(join(source, 'folder', 'inside'), 'inside')
  chmodSync(join(source, 'folder'), 0)
  const first = await startProgram(requestFor(place, {user: RESTRICTED})).answer
  t.is(first.error, undefined)
  t.is(first.unreadable, 2)
  const told = first.events.flatMap((event) => (event.type === 'unreadable' ? [`${event.path} ${event.code}`] : []))
  t.deepEqual(told.sort(), [`${join(source, 'closed')} EACCES`, `${join(source, 'folder')} EACCES`])

  await withRepository(place, async (repository) => {
    const entries = new Map<string, string | undefined>()
    for await (const {path, error} of listEntries(repository, {reference: 'latest', recursive: true})) entries.set(path, error?.code)
    t.deepEqual(
      [...entries],
      [
        ['closed', 'EACCES'],
        ['folder', 'EACCES'],
        ['open', undefined],
      ],
    )
    await t.throwsAsync(readFile(repository, 'latest:closed').next(), {code: 'source-unreadable', message: /'closed'/})
    const target = join(place.folder, 'target')
    const events: RestoreEvent[] = []
    const result = await restoreSnapshot(repository, {reference: 'latest', target, onEvent: (event) => events.push(event)})
    t.deepEqual([result.files, result.directories, result.failed], [1, 1, 0])
    const warned = events.flatMap((event) => (event.type === 'warning' ? [event.path] : []))
    t.deepEqual(warned.sort(), ['closed', 'folder'])
    chmodSync(join(target, 'folder'), 0o755)
    t.deepEqual([...listTree(target).keys()].sort(), ['.', 'folder', 'open'])
  })

  chmodSync(join(source, 'closed'), 0o644)
  chmodSync(join(source, 'folder'), 0o755)
  const second = await startProgram(requestFor(place, {user: RESTRICTED})).answer
  t.deepEqual([second.unreadable, second.events.filter(({type}) => type === 'unreadable')], [0, []])
  await withRepository(place, async (repository) => {
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(source)), [])
  })
})

onRestricted(`unreadable: what was read once is not lost from the snapshot before${WHERE_RESTRICTED}`, async (t) => {
  const place = await placeOf(t, RESTRICTED)
  writeFileSync(join(place.source, 'file'), 'content', {mode: 0o644})
  const first = await startProgram(requestFor(place, {user: RESTRICTED})).answer
  chmodSync(join(place.source, 'file'), 0)
  const second = await startProgram(requestFor(place, {user: RESTRICTED})).answer
  t.deepEqual([first.unreadable, second.unreadable], [0, 1])
  await withRepository(place, async (repository) => {
    const {listing} = await restoreFresh(repository, place, 'latest~1')
    t.true(listing.has('file'))
  })
})

onRestricted(`unreadable: a source that cannot be listed at all is refused${WHERE_RESTRICTED}`, async (t) => {
  const place = await placeOf(t, RESTRICTED)
  chmodSync(place.source, 0o300)
  if (IS_ROOT) chownSync(place.source, 0, 0)
  const {error, id} = await startProgram(requestFor(place, {user: RESTRICTED})).answer
  chmodSync(place.source, 0o755)
  t.is(id, undefined)
  t.is(error?.code, 'source-unreadable')
  t.true(error?.message.includes(place.source))
})

onSwitchable(
  `unreadable: a user without a name takes snapshots like any other (only as root, and where other users may read the project)`,
  async (t) => {
    const place = await placeOf(t, NAMELESS)
    writeFileSync(join(place.source, 'file'), 'content')
    const {error, id} = await startProgram(requestFor(place, {user: NAMELESS})).answer
    t.is(error, undefined)
    t.truthy(id)
  },
)

test('unreadable: special files are skipped and told', async (t) => {
  const place = await createPlace(t)
  const {source} = place
  execFileSync('mkfifo', [join(source, 'fifo')])
  const server = createServer().listen(join(source, 'socket'))
  t.teardown(() => server.close())
  symlinkSync('fifo', join(source, 'link'))
  writeFileSync(join(source, 'file'), 'content')
  await withRepository(place, async (repository) => {
    const events: SnapshotEvent[] = []
    const {summary, unreadable} = await takeSnapshot(repository, {
      paths: [source],
      workers: WORKERS,
      onEvent: (event) => events.push(event),
    })
    t.deepEqual(
      events.filter(({type}) => type === 'skipped'),
      [
        {type: 'skipped', path: join(source, 'fifo'), reason: 'special-file'},
        {type: 'skipped', path: join(source, 'socket'), reason: 'special-file'},
      ],
    )
    t.deepEqual([summary.skipped, unreadable, summary.total.files, summary.total.links], [2, 0, 1, 1])
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual([...listing.keys()].sort(), ['.', 'file', 'link'])
  })
})

test('unreadable: what is removed between listing and reading is not part of the snapshot', async (t) => {
  const place = await createPlace(t)
  const {source} = place
  for (const name of ['a', 'b', 'm']) writeFileSync(join(source, name), `content of ${name}`)
  mkdirSync(join(source, 'folder'))
  writeFileSync(join(source, 'folder', 'inside'), 'inside')
  mkdirSync(join(source, 'kept'))
  writeFileSync(join(source, 'kept', 'inside'), 'kept')
  symlinkSync('b', join(source, 'link'))
  // Comes last in the folder: when it is told, all others have been looked at, and none has been opened.
  execFileSync('mkfifo', [join(source, 'zz')])
  await withRepository(place, async (repository) => {
    const events: SnapshotEvent[] = []
    const {summary, unreadable} = await takeSnapshot(repository, {
      paths: [source],
      workers: WORKERS,
      onEvent: (event) => {
        events.push(event)
        if (event.type === 'skipped') for (const name of ['a', 'm', 'folder']) rmSync(join(source, name), {recursive: true})
      },
    })
    t.deepEqual(
      events.filter(({type}) => type === 'unreadable'),
      [],
    )
    t.is(unreadable, 0)
    t.deepEqual([summary.files.new, summary.total.files, summary.total.directories, summary.total.links], [2, 2, 1, 1])
    const {listing} = await restoreFresh(repository, place, 'latest')
    const left = new Map([...listTree(source)].filter(([path]) => path !== 'zz' && path !== '.'))
    listing.delete('.')
    t.deepEqual(differences(listing, left), [])
  })
})

test('unreadable: files that vanish while the run goes on are left out, and nothing fails', async (t) => {
  const place = await createPlace(t)
  for (let folder = 0; folder < 50; folder++) {
    mkdirSync(join(place.source, `folder-${folder}`))
    for (let file = 0; file < 40; file++) writeFileSync(join(place.source, `folder-${folder}`, `file-${file}`), `${folder} ${file}`)
  }
  const repository = await openRepository({location: place.location, secret: place.secret})
  const events: SnapshotEvent[] = []
  const running = takeSnapshot(repository, {paths: [place.source], workers: WORKERS, onEvent: (event) => events.push(event)})
  // The walk gives way between folders, and workers read meanwhile.
  for (let folder = 49; folder >= 0; folder -= 2) {
    await new Promise(setImmediate)
    rmSync(join(place.source, `folder-${folder}`), {recursive: true})
  }
  const {unreadable, summary} = await running
  t.log(`${summary.total.files} files stored`)
  t.deepEqual([unreadable, events.filter(({type}) => type === 'unreadable')], [0, []])
  t.is(summary.files.new, summary.total.files)
  t.true(summary.total.files < 2000)
  const {listing} = await restoreFresh(repository, place, 'latest')
  const left = listTree(place.source)
  for (const [path, entry] of left) if (entry.startsWith('file')) t.is(listing.get(path), entry)
  await repository.close()
})
