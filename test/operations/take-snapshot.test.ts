import {mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import test from 'ava'
import {
  initRepository,
  listEntries,
  listSnapshots,
  openRepository,
  type Repository,
  repositoryStats,
  type SnapshotEvent,
  type SnapshotOptions,
  takeSnapshot,
} from '../../src/index.js'
import {textContent, writeRandom} from './content.js'
import {createPlace, emptyPlace, NO_SECRET, type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {below, differences, listTree} from './tree-listing.js'

/** Folders a, a/b and c with a file each, and one more file. */
function writeSource({source}: Place): void {
  mkdirSync(join(source, 'a', 'b'), {recursive: true})
  mkdirSync(join(source, 'c'))
  writeRandom(join(source, 'a', 'one.bin'), 1, 100_000)
  writeFileSync(join(source, 'a', 'b', 'two.txt'), textContent(2, 50_000))
  writeFileSync(join(source, 'c', 'three.log'), 'three')
  writeFileSync(join(source, 'four'), '')
}

async function take(repository: Repository, options: SnapshotOptions) {
  const events: SnapshotEvent[] = []
  const result = await takeSnapshot(repository, {workers: WORKERS, ...options, onEvent: (event) => events.push(event)})
  return {...result, events: events.filter(({type}) => type !== 'progress')}
}

async function pathsIn(repository: Repository, reference = 'latest'): Promise<string[]> {
  const paths: string[] = []
  for await (const {path} of listEntries(repository, {reference, recursive: true})) paths.push(path)
  return paths
}

test('snapshot: a file can be the source', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [join(place.source, 'a', 'one.bin')]})
    t.deepEqual(await pathsIn(repository), ['one.bin'])
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.is(listing.get('one.bin'), listTree(place.source).get('a/one.bin'))
  })
})

test('snapshot: of several sources each is kept below the folder that they share', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    await take(repository, {
      paths: [join(place.source, 'c'), join(place.source, 'a', 'b', 'two.txt'), join(place.source, 'c', 'three.log')],
    })
    const [{base, paths}] = await listSnapshots(repository)
    t.is(base, place.source)
    t.deepEqual(paths, [join(place.source, 'a', 'b', 'two.txt'), join(place.source, 'c')])
    t.deepEqual(await pathsIn(repository), ['a', 'a/b', 'a/b/two.txt', 'c', 'c/three.log'])
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.is(listing.get('a/b/two.txt'), listTree(place.source).get('a/b/two.txt'))
    t.deepEqual(differences(below(listing, 'c'), below(listTree(place.source), 'c')), [])
    t.is(listing.get('a/b'), listTree(place.source).get('a/b'))
  })
})

test('snapshot: a source that is reached through a link is taken, not the link alone', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  symlinkSync(join(place.source, 'a'), join(place.folder, 'way'))
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [join(place.folder, 'way', 'b'), join(place.source, 'c')]})
    const paths = await pathsIn(repository)
    t.true(
      paths.some((path) => path.endsWith('/b/two.txt')),
      paths.join(', '),
    )
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.true([...listing.keys()].some((path) => path.endsWith('/b/two.txt')))
  })
})

test('snapshot: a link as a source is kept as the link', async (t) => {
  const place = await createPlace(t)
  symlinkSync('/nowhere', join(place.source, 'link'))
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [join(place.source, 'link')]})
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.is(listing.get('link'), listTree(place.source).get('link'))
  })
})

test('snapshot: what lies behind a link that was named is told to be left out', async (t) => {
  const place = await createPlace(t)
  const folder = realpathSync(place.folder)
  mkdirSync(join(folder, 'behind'))
  symlinkSync('../behind', join(folder, 'source', 'link'))
  symlinkSync('link', join(folder, 'source', 'second'))
  const paths = ['link', 'second'].map((name) => join(folder, 'source', name))
  await withRepository(place, async (repository) => {
    const skippedOf = async (sources: string[]) => (await take(repository, {paths: sources})).events.filter(({type}) => type === 'skipped')
    const event = {type: 'skipped', path: join(folder, 'behind'), reason: 'behind-link'} as const
    t.deepEqual(await skippedOf(paths), [event, event])
    t.deepEqual(await skippedOf([place.source]), [], 'links below a source are nothing special')
  })
})

test('snapshot: of nothing that can be stored is refused', async (t) => {
  const place = await createPlace(t)
  await withRepository(place, async (repository) => {
    await t.throwsAsync(take(repository, {paths: ['/dev/null']}), {code: 'usage', message: /'\/dev\/null' is neither/})
    t.deepEqual(await listSnapshots(repository), [])
  })
})

test('snapshot: the repository and the cache, or what is in them, are refused as sources', async (t) => {
  const place = await createPlace(t)
  symlinkSync(place.location, join(place.folder, 'alias'))
  await withRepository(place, async (repository) => {
    mkdirSync(place.cacheDirectory, {recursive: true})
    for (const path of [place.location, join(place.location, 'keys'), join(place.folder, 'alias', 'keys')]) {
      await t.throwsAsync(take(repository, {paths: [path, place.source]}), {code: 'usage', message: /belongs to the repository/}, path)
    }
    const cache = repository.cacheDirectory ?? ''
    mkdirSync(join(cache, 'x'), {recursive: true})
    await t.throwsAsync(take(repository, {paths: [join(cache, 'x')]}), {code: 'usage', message: /cache/})
  })
})

test('snapshot: excludes are relative to each source, and leave nothing of what they name', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [place.source], excludes: ['*.log', '/a/b']})
    t.deepEqual(await pathsIn(repository), ['a', 'a/one.bin', 'c', 'four'])
    await take(repository, {paths: [join(place.source, 'a'), join(place.source, 'c')], excludes: ['/b', '*.bin']})
    t.deepEqual(await pathsIn(repository), ['a', 'c', 'c/three.log'])
    const absolute = [join(place.source, 'a', 'b'), join(place.source, 'c', 'one.bin'), join(place.source, 'c', 'three.log')]
    await take(repository, {paths: [join(place.source, 'a'), join(place.source, 'c')], excludes: absolute})
    t.deepEqual(await pathsIn(repository), ['a', 'a/one.bin', 'c'], 'an absolute one means a single source')
    t.deepEqual(
      (await listSnapshots(repository)).map(({excludes}) => excludes),
      [['*.log', '/a/b'], ['/b', '*.bin'], absolute],
    )
  })
})

test('snapshot: a dry run tells what would be stored and leaves nothing', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const before = listTree(place.location)
  await withRepository(place, async (repository) => {
    const rehearsal = await take(repository, {paths: [place.source], dryRun: true})
    t.is(rehearsal.id, undefined)
    t.deepEqual(differences(listTree(place.location), before), [])
    const real = await take(repository, {paths: [place.source]})
    // Sealing and packing depend on nothing but the content: the rehearsal is exact.
    t.deepEqual({...rehearsal.summary, bytesStored: 0}, {...real.summary, bytesStored: 0})
    t.true(Math.abs(rehearsal.summary.bytesStored - real.summary.bytesStored) < 2000)
    t.is(real.summary.files.new, 4)
  })
})

test('snapshot: the parent is the latest of the same host and paths, the one that is named, or none', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const paths = [place.source]
  await withRepository(place, async (repository) => {
    const first = await take(repository, {paths, host: 'here'})
    const other = await take(repository, {paths: [join(place.source, 'a')], host: 'here'})
    const elsewhere = await take(repository, {paths, host: 'elsewhere'})
    const second = await take(repository, {paths, host: 'here'})
    t.deepEqual([first.parent, other.parent, elsewhere.parent, second.parent], [undefined, undefined, undefined, first.id])
    t.is((await take(repository, {paths, host: 'here'})).parent, second.id)
    t.is((await take(repository, {paths, host: 'here', parent: elsewhere.id!.slice(0, 12)})).parent, elsewhere.id)
    const without = await take(repository, {paths, host: 'here', parent: false})
    t.is(without.parent, undefined)
    t.deepEqual(without.summary.files, {new: 4, changed: 0, unchanged: 0})
    t.is(without.summary.bytesStored, 0)
  })
})

test('snapshot: one that is told to be older does not take a newer one as its parent', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const paths = [place.source]
  await withRepository(place, async (repository) => {
    const early = await take(repository, {paths, timeNs: 1_000_000_000n})
    const late = await take(repository, {paths, timeNs: 3_000_000_000n})
    const between = await take(repository, {paths, timeNs: 2_000_000_000n})
    t.is(between.parent, early.id)
    t.deepEqual(
      (await listSnapshots(repository)).map(({id}) => id),
      [early.id, between.id, late.id],
    )
  })
})

test('snapshot: force reads everything again and stores nothing twice', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [place.source]})
    const forced = await take(repository, {paths: [place.source], force: true})
    t.is(forced.summary.bytesRead, 150_005)
    t.is(forced.summary.chunksNew, 0)
    t.is(forced.summary.bytesStored, 0)
    t.deepEqual(forced.summary.files, {new: 0, changed: 0, unchanged: 4})
  })
})

for (const compression of ['off', 'fastest', 'auto', 'better', 'max'] as const) {
  for (const secret of ['encrypted', 'unencrypted'] as const) {
    test(`snapshot: compression ${compression}, ${secret}: everything is restored`, async (t) => {
      const place = secret === 'encrypted' ? await createPlace(t) : await createPlace(t, NO_SECRET)
      writeFileSync(join(place.source, 'text'), textContent(1, 1_500_000))
      writeRandom(join(place.source, 'random'), 1, 500_000)
      await withRepository(place, async (repository) => {
        const {summary} = await take(repository, {paths: [place.source], compression})
        const {listing} = await restoreFresh(repository, place, 'latest')
        t.deepEqual(differences(listing, listTree(place.source)), [])
        t.is(summary.bytesAdded > summary.bytesStored * 1.5, compression !== 'off')
      })
    })
  }
}

test('snapshot: equal content is stored once', async (t) => {
  const place = await createPlace(t)
  for (const name of ['a', 'b', 'c']) writeRandom(join(place.source, name), 1, 400_000)
  await withRepository(place, async (repository) => {
    const {summary} = await take(repository, {paths: [place.source]})
    t.true(summary.bytesAdded < 410_000, String(summary.bytesAdded))
    t.is(summary.bytesRead, 1_200_000)
    const stats = await repositoryStats(repository)
    t.true(stats.ratios.deduplication > 2.9)
  })
})

test('snapshot: a repository and a cache inside the source are skipped, and told', async (t) => {
  const outer = emptyPlace(t)
  const place: Place = {...outer, location: join(outer.source, 'below', 'repository'), cacheDirectory: join(outer.source, 'cache')}
  mkdirSync(dirname(place.location))
  writeFileSync(join(place.source, 'file'), 'content')
  await initRepository(place)
  for (let round = 0; round < 2; round++) {
    await withRepository(place, async (repository) => {
      mkdirSync(repository.cacheDirectory!, {recursive: true})
      const {events, summary} = await take(repository, {paths: [place.source]})
      const skipped = events.filter(({type}) => type === 'skipped')
      t.deepEqual(skipped, [
        {type: 'skipped', path: place.location, reason: 'repository'},
        {type: 'skipped', path: repository.cacheDirectory, reason: 'cache'},
      ])
      t.is(summary.skipped, 2)
      t.deepEqual(await pathsIn(repository), ['below', 'cache', 'file'])
    })
  }
})

test('snapshot: one repository that is kept open sees what it has stored itself', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [place.source]})
    t.is((await take(repository, {paths: [place.source]})).summary.bytesStored, 0)
    writeRandom(join(place.source, 'more'), 9, 100_000)
    await take(repository, {paths: [place.source]})
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
})

test('snapshot: paths that are not there, and none at all, are refused before anything is stored', async (t) => {
  const place = await createPlace(t)
  const before = listTree(place.location)
  await withRepository(place, async (repository) => {
    await t.throwsAsync(take(repository, {paths: [join(place.source, 'nothing')]}), {code: 'path-missing', message: /nothing/})
    await t.throwsAsync(take(repository, {paths: []}), {code: 'usage'})
    await t.throwsAsync(take(repository, {paths: [place.source], parent: 'abcd'}), {code: 'snapshot-missing', message: /abcd/})
  })
  t.deepEqual(differences(listTree(place.location), before), [])
})

test('snapshot: nothing of names and contents can be read in an encrypted repository', async (t) => {
  const place = await createPlace(t)
  mkdirSync(join(place.source, 'folder-of-secrets'))
  writeFileSync(join(place.source, 'folder-of-secrets', 'name-of-file'), 'the content of the file')
  await withRepository(place, (repository) => take(repository, {paths: [place.source], compression: 'off', tags: ['some-tag']}))
  for (const entry of readdirSync(place.location, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue
    const bytes = readFileSync(join(entry.parentPath, entry.name)).toString('latin1')
    for (const secret of ['folder-of-secrets', 'name-of-file', 'the content', 'some-tag']) t.false(bytes.includes(secret), entry.name)
  }
})

test('snapshot: a repository without cache works, and stores nothing twice', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  const {location, secret} = place
  const first = await openRepository({location, secret})
  await take(first, {paths: [place.source]})
  await first.close()
  const second = await openRepository({location, secret})
  t.is((await take(second, {paths: [place.source]})).summary.bytesStored, 0)
  const {listing} = await restoreFresh(second, place, 'latest')
  t.deepEqual(differences(listing, listTree(place.source)), [])
  await second.close()
})
