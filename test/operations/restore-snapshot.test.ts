import {chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {type Repository, type RestoreEvent, restoreSnapshot, type RestoreSnapshotOptions, takeSnapshot} from '../../src/index.js'
import {setTimes} from '../../src/filesystem/native.js'
import {textContent, writeRandom} from './content.js'
import {createPlace, type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {below, differences, listTree, type Listing} from './tree-listing.js'

/** A snapshot of a/one.bin, a/b/two.txt, a/b/link, c/three.log, empty and the folder d. */
async function withSnapshot(
  t: ExecutionContext,
  use: (repository: Repository, place: Place, expected: Listing) => Promise<void>,
): Promise<void> {
  const place = await createPlace(t)
  const {source} = place
  mkdirSync(join(source, 'a', 'b'), {recursive: true, mode: 0o750})
  mkdirSync(join(source, 'c'), {mode: 0o711})
  mkdirSync(join(source, 'd'))
  writeRandom(join(source, 'a', 'one.bin'), 1, 300_000)
  writeFileSync(join(source, 'a', 'b', 'two.txt'), textContent(2, 50_000), {mode: 0o640})
  symlinkSync('two.txt', join(source, 'a', 'b', 'link'))
  writeFileSync(join(source, 'c', 'three.log'), 'three')
  writeFileSync(join(source, 'empty'), '')
  for (const name of ['a/b', 'a', 'c', 'd', '.']) setTimes(Buffer.from(join(source, name)), 0n, 1_500_000_000_000_000_000n)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [source], workers: WORKERS})
    await use(repository, place, listTree(source))
  })
}

async function restore(repository: Repository, target: string | undefined, options: Partial<RestoreSnapshotOptions> = {}) {
  const events: RestoreEvent[] = []
  const onEvent = (event: RestoreEvent) => event.type !== 'progress' && events.push(event)
  const result = await restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, onEvent, ...options})
  return {...result, events}
}

test('restore: a folder of a snapshot becomes the target itself', async (t) => {
  await withSnapshot(t, async (repository, place, expected) => {
    const relative = await restoreFresh(repository, place, 'latest:a')
    t.deepEqual(differences(relative.listing, below(expected, 'a')), [])
    const absolute = await restoreFresh(repository, place, `latest:${join(place.source, 'a', 'b')}`)
    t.deepEqual(differences(absolute.listing, below(expected, 'a/b')), [])
    t.deepEqual(
      {...absolute.result, elapsedMs: 0, target: '', snapshot: ''},
      {
        snapshot: '',
        target: '',
        files: 1,
        directories: 0,
        links: 1,
        bytes: 50_000,
        unchanged: 0,
        failed: 0,
        dryRun: false,
        elapsedMs: 0,
      },
    )
  })
})

test('restore: a single file or link goes into the target under its name', async (t) => {
  await withSnapshot(t, async (repository, place, expected) => {
    const file = await restoreFresh(repository, place, 'latest:a/b/two.txt')
    t.deepEqual([...file.listing.keys()], ['.', 'two.txt'])
    t.is(file.listing.get('two.txt'), expected.get('a/b/two.txt'))
    const link = await restoreFresh(repository, place, 'latest:a/b/link')
    t.is(link.listing.get('link'), expected.get('a/b/link'))
    const empty = await restoreFresh(repository, place, 'latest:empty')
    t.is(empty.listing.get('empty'), expected.get('empty'))
  })
})

test('restore: includes and excludes choose by patterns, with the folders that lead there', async (t) => {
  await withSnapshot(t, async (repository, place, expected) => {
    const choose = async (options: Partial<RestoreSnapshotOptions>) => {
      const {listing} = await restoreFresh(repository, place, {reference: 'latest', ...options})
      for (const [path, entry] of listing) if (path !== '.') t.is(expected.get(path), entry)
      return [...listing.keys()].filter((path) => path !== '.').sort()
    }
    t.deepEqual(await choose({includes: ['*.txt']}), ['a', 'a/b', 'a/b/two.txt'])
    t.deepEqual(await choose({includes: ['/a'], excludes: ['*.bin']}), ['a', 'a/b', 'a/b/link', 'a/b/two.txt'])
    t.deepEqual(await choose({excludes: ['a', 'd/']}), ['c', 'c/three.log', 'empty'])
    const target = join(place.folder, 'never-made')
    for (const options of [{includes: ['nothing']}, {includes: ['*.txt'], excludes: ['b']}]) {
      const asked = restoreSnapshot(repository, {reference: 'latest', target, ...options})
      await t.throwsAsync(asked, {code: 'path-missing', message: /nothing in 'latest'/})
    }
    t.false(existsSync(target))
  })
})

test('restore: what is there already with the same content stays as it is, and with overwrite gets its metadata back', async (t) => {
  await withSnapshot(t, async (repository, place, expected) => {
    const {target} = await restoreFresh(repository, place, 'latest')
    chmodSync(join(target, 'a', 'one.bin'), 0o777)
    setTimes(Buffer.from(join(target, 'empty')), 0n, 5_000_000_000n)
    const inode = lstatSync(join(target, 'a', 'one.bin')).ino
    chmodSync(join(target, 'a', 'b'), 0o700)
    const before = listTree(target)
    await restore(repository, target)
    t.deepEqual(differences(listTree(target), before), [])
    const {files, unchanged, failed} = await restore(repository, target, {overwrite: true})
    t.deepEqual({files, unchanged, failed}, {files: 0, unchanged: 5, failed: 0})
    t.is(lstatSync(join(target, 'a', 'one.bin')).ino, inode)
    t.deepEqual(differences(listTree(target), expected), [])
  })
})

test('restore: anything that differs is refused before anything is written', async (t) => {
  await withSnapshot(t, async (repository, place) => {
    const target = join(place.folder, 'busy')
    mkdirSync(join(target, 'a'), {recursive: true})
    writeFileSync(join(target, 'a', 'one.bin'), 'something else')
    writeFileSync(join(target, 'other'), 'stays')
    const before = listTree(target)
    await t.throwsAsync(restore(repository, target), {
      code: 'target-differs',
      message: /'a\/one\.bin' in '.*busy' is not as in the snapshot/,
    })
    t.deepEqual(differences(listTree(target), before), [])
  })
})

test('restore: with overwrite, files and links that differ are replaced and nothing else is touched', async (t) => {
  await withSnapshot(t, async (repository, place, expected) => {
    const target = join(place.folder, 'busy')
    mkdirSync(join(target, 'a', 'b'), {recursive: true})
    writeFileSync(join(target, 'a', 'one.bin'), 'something else')
    writeFileSync(join(target, 'a', 'b', 'link'), 'no link')
    symlinkSync('one.bin', join(target, 'a', 'b', 'two.txt'))
    writeFileSync(join(target, 'empty'), 'not empty')
    writeFileSync(join(target, 'd'), 'no folder')
    writeFileSync(join(target, 'other'), 'stays')
    const {failed, events} = await restore(repository, target, {overwrite: true})
    t.is(failed, 0, JSON.stringify(events))
    t.is(readFileSync(join(target, 'other'), 'utf8'), 'stays')
    rmSync(join(target, 'other'))
    setTimes(Buffer.from(target), 0n, 1_500_000_000_000_000_000n)
    t.deepEqual(differences(listTree(target), expected), [])
  })
})

test('restore: a link in the place of a folder is replaced, and nothing is written through it', async (t) => {
  await withSnapshot(t, async (repository, place, expected) => {
    const {target} = await restoreFresh(repository, place, 'latest')
    const elsewhere = await restoreFresh(repository, place, 'latest:a')
    rmSync(join(target, 'a'), {recursive: true})
    symlinkSync(elsewhere.target, join(target, 'a'))
    writeFileSync(join(elsewhere.target, 'b', 'two.txt'), 'not of the snapshot')
    const before = listTree(elsewhere.target)
    await t.throwsAsync(restore(repository, target), {code: 'target-differs'})
    const {failed, events} = await restore(repository, target, {overwrite: true})
    t.is(failed, 0, JSON.stringify(events))
    setTimes(Buffer.from(target), 0n, 1_500_000_000_000_000_000n)
    t.deepEqual(differences(listTree(target), expected), [])
    t.deepEqual(differences(listTree(elsewhere.target), before), [])
  })
})

test('restore: a folder in the place of a file is never removed', async (t) => {
  await withSnapshot(t, async (repository, place) => {
    const target = join(place.folder, 'busy')
    mkdirSync(join(target, 'empty', 'precious'), {recursive: true})
    const before = listTree(target)
    await t.throwsAsync(restore(repository, target, {overwrite: true}), {code: 'target-differs', message: /'empty'/})
    t.deepEqual(differences(listTree(target), before), [])
  })
})

test('restore: a dry run tells each entry and writes nothing', async (t) => {
  await withSnapshot(t, async (repository, place) => {
    const target = join(place.folder, 'none')
    const fresh = await restore(repository, target, {dryRun: true})
    t.false(existsSync(target))
    t.deepEqual([fresh.files, fresh.directories, fresh.links, fresh.bytes, fresh.dryRun], [4, 4, 1, 350_005, true])
    const told = (events: RestoreEvent[]) =>
      events.flatMap((event) => (event.type === 'would-restore' ? [`${event.action} ${event.kind} ${event.path}`] : []))
    t.deepEqual(told(fresh.events), [
      'create directory a',
      'create directory a/b',
      'create link a/b/link',
      'create file a/b/two.txt',
      'create file a/one.bin',
      'create directory c',
      'create file c/three.log',
      'create directory d',
      'create file empty',
    ])
    const partial = join(place.folder, 'partial')
    mkdirSync(join(partial, 'a'), {recursive: true})
    writeFileSync(join(partial, 'a', 'one.bin'), 'other')
    writeFileSync(join(partial, 'empty'), '')
    const before = listTree(partial)
    const busy = told((await restore(repository, partial, {dryRun: true, overwrite: true})).events)
    t.true(
      busy.includes('overwrite file a/one.bin') && busy.includes('keep file empty') && busy.includes('keep directory a'),
      busy.join('\n'),
    )
    await t.throwsAsync(restore(repository, partial, {dryRun: true}), {code: 'target-differs'})
    t.deepEqual(differences(listTree(partial), before), [])
  })
})

test('restore: goes back to where it came from when no target is given', async (t) => {
  await withSnapshot(t, async (repository, place, expected) => {
    rmSync(join(place.source, 'a'), {recursive: true})
    const {failed, target} = await restore(repository, undefined, {overwrite: true})
    t.deepEqual({failed, target}, {failed: 0, target: place.source})
    t.deepEqual(differences(listTree(place.source), expected), [])
    rmSync(join(place.source, 'a', 'b', 'two.txt'))
    await restore(repository, undefined, {reference: 'latest:a/b'})
    t.is(listTree(place.source).get('a/b/two.txt'), expected.get('a/b/two.txt'))
  })
})

test('restore: an aborted run ends with interrupted and leaves no part of a file', async (t) => {
  const place = await createPlace(t)
  for (let file = 0; file < 8; file++) writeRandom(join(place.source, `file-${file}`), file, 6_000_000)
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const target = join(place.folder, 'target')
    const controller = new AbortController()
    const running = restore(repository, target, {signal: controller.signal})
    setTimeout(() => controller.abort(), 120)
    await t.throwsAsync(running, {code: 'interrupted'})
    const expected = listTree(place.source)
    const listing = listTree(target)
    listing.delete('.')
    t.log(`${listing.size} of 8 files were whole`)
    for (const [path, entry] of listing) t.is(expected.get(path), entry)
    t.deepEqual(
      readdirSync(target).filter((name) => name.startsWith('.pocket')),
      [],
    )
  })
})

test('restore: what is not there is refused: paths, snapshots, targets that are files', async (t) => {
  await withSnapshot(t, async (repository, place) => {
    const target = join(place.folder, 'target')
    await t.throwsAsync(restore(repository, target, {reference: 'latest:nothing'}), {code: 'path-missing', message: /'nothing'/})
    await t.throwsAsync(restore(repository, target, {reference: 'latest:empty/below'}), {code: 'not-a-directory', message: /'empty'/})
    await t.throwsAsync(restore(repository, target, {reference: 'latest:/elsewhere'}), {code: 'path-missing', message: /\/elsewhere/})
    await t.throwsAsync(restore(repository, target, {reference: 'latest~1'}), {code: 'snapshot-missing', message: /latest~1/})
    await t.throwsAsync(restore(repository, target, {reference: 'no snapshot'}), {code: 'usage'})
    t.false(existsSync(target))
    writeFileSync(target, '')
    await t.throwsAsync(restore(repository, target), {code: 'not-a-directory'})
  })
})
