/** What may be a source of a snapshot, what is left out of it, and where it stands in the tree. */
import {mkdirSync, realpathSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import test from 'ava'
import {initRepository, listSnapshots} from '../../src/index.js'
import {createPlace, emptyPlace, type Place, restoreFresh, withRepository} from './repository-place.js'
import {below, differences, listTree} from './tree-listing.js'
import {pathsIn, take, writeSource} from './simple-source.js'

test('sources: a file can be the source', async (t) => {
  const place = await createPlace(t)
  writeSource(place)
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [join(place.source, 'a', 'one.bin')]})
    t.deepEqual(await pathsIn(repository), ['one.bin'])
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.is(listing.get('one.bin'), listTree(place.source).get('a/one.bin'))
  })
})

test('sources: of several sources each is kept below the folder that they share', async (t) => {
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

test('sources: a source that is reached through a link is taken, not the link alone', async (t) => {
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

test('sources: a link as a source is kept as the link', async (t) => {
  const place = await createPlace(t)
  symlinkSync('/nowhere', join(place.source, 'link'))
  await withRepository(place, async (repository) => {
    await take(repository, {paths: [join(place.source, 'link')]})
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.is(listing.get('link'), listTree(place.source).get('link'))
  })
})

test('sources: what lies behind a link that was named is told to be left out', async (t) => {
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

test('sources: of nothing that can be stored is refused', async (t) => {
  const place = await createPlace(t)
  await withRepository(place, async (repository) => {
    await t.throwsAsync(take(repository, {paths: ['/dev/null']}), {code: 'usage', message: /'\/dev\/null' is neither/})
    t.deepEqual(await listSnapshots(repository), [])
  })
})

test('sources: the repository and the cache, or what is in them, are refused as sources', async (t) => {
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

test('sources: excludes are relative to each source, and leave nothing of what they name', async (t) => {
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

test('sources: a repository and a cache inside the source are skipped, and told', async (t) => {
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

test('sources: paths that are not there, and none at all, are refused before anything is stored', async (t) => {
  const place = await createPlace(t)
  const before = listTree(place.location)
  await withRepository(place, async (repository) => {
    await t.throwsAsync(take(repository, {paths: [join(place.source, 'nothing')]}), {code: 'path-missing', message: /nothing/})
    await t.throwsAsync(take(repository, {paths: []}), {code: 'usage'})
    await t.throwsAsync(take(repository, {paths: [place.source], parent: 'abcd'}), {code: 'snapshot-missing', message: /abcd/})
  })
  t.deepEqual(differences(listTree(place.location), before), [])
})
