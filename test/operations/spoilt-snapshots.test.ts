/** Snapshot objects that are not as they were written: nothing is removed for want of them, and there is a way out. */
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {listSnapshots, pruneRepository, repairSnapshots} from '../../src/index.js'
import type {ObjectId} from '../../src/id.js'
import {replaceFile} from './content.js'
import {createPlace, type Place, restoreFresh, withRepository} from './repository-place.js'
import {objectsIn} from './second-copies.js'
import {take} from './simple-source.js'
import {differences, listTree} from './tree-listing.js'

const ALL = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const
const ignore = (): void => undefined

/** Two snapshots of other content each, of which the object of the first is empty. */
async function placeWithSpoilt(t: ExecutionContext): Promise<{place: Place; spoilt: ObjectId; whole: ObjectId; path: string}> {
  const place = await createPlace(t)
  const ids: ObjectId[] = []
  for (const content of ['one', 'two']) {
    rmSync(join(place.source, 'only-one'), {force: true})
    writeFileSync(join(place.source, 'file'), content.repeat(1000))
    writeFileSync(join(place.source, `only-${content}`), content.repeat(2000))
    ids.push((await withRepository(place, (repository) => take(repository, {paths: [place.source]}))).id!)
  }
  const path = join(place.location, 'snapshots', ids[0])
  replaceFile(path, new Uint8Array(0))
  return {place, spoilt: ids[0], whole: ids[1], path}
}

const withoutCache = (place: Place): Place => ({...place, cacheDirectory: join(place.folder, `cache-${Math.random()}`)})

test('spoilt snapshot: a prune refuses, since what it needs is not known, and goes on when it is told to', async (t) => {
  const {place, whole} = await placeWithSpoilt(t)
  const before = objectsIn(place, 'chunks')
  await withRepository(
    withoutCache(place),
    async (repository) => {
      await t.throwsAsync(pruneRepository(repository, ALL), {code: 'damaged-snapshot', message: /cannot tell all that is needed/})
      t.deepEqual(objectsIn(place, 'chunks'), before)
      await pruneRepository(repository, {...ALL, despiteDamage: true})
    },
    ignore,
  )
  t.true(objectsIn(place, 'chunks').length < before.length)
  await withRepository(
    withoutCache(place),
    async (repository) => t.deepEqual(differences((await restoreFresh(repository, place, whole)).listing, listTree(place.source)), []),
    ignore,
  )
})

test('spoilt snapshot: is put back from the copy of this machine', async (t) => {
  const {place, spoilt} = await placeWithSpoilt(t)
  await withRepository(place, async (repository) => {
    t.like(await repairSnapshots(repository, {dryRun: true}), {putBack: 1, spoilt: 0, damaged: 0})
    t.like(await repairSnapshots(repository), {putBack: 1, spoilt: 0, damaged: 0})
  })
  await withRepository(withoutCache(place), async (repository) => {
    t.true((await listSnapshots(repository)).some(({id}) => id === spoilt))
    t.like(await repairSnapshots(repository), {putBack: 0, spoilt: 0})
    await pruneRepository(repository, ALL)
    await restoreFresh(repository, place, spoilt)
  })
})

test('spoilt snapshot: where no copy is, it is removed when that is asked for, and then a prune goes on', async (t) => {
  const {place, path} = await placeWithSpoilt(t)
  await withRepository(
    withoutCache(place),
    async (repository) => {
      t.like(await repairSnapshots(repository), {putBack: 0, spoilt: 1, removed: 0, snapshots: 1})
      t.like(await repairSnapshots(repository, {dryRun: true, forget: true}), {spoilt: 1, removed: 0})
      t.true(objectsIn(place, 'snapshots').includes(path))
      t.like(await repairSnapshots(repository, {forget: true}), {spoilt: 1, removed: 1})
      t.false(objectsIn(place, 'snapshots').includes(path))
    },
    ignore,
  )
  await withRepository(withoutCache(place), (repository) => pruneRepository(repository, ALL))
})
