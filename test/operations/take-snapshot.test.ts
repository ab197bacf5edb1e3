import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {listSnapshots, openRepository, repositoryStats} from '../../src/index.js'
import {textContent, writeRandom} from './content.js'
import {createPlace, NO_SECRET, restoreFresh, withRepository} from './repository-place.js'
import {differences, listTree} from './tree-listing.js'
import {take, writeSource} from './simple-source.js'

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
