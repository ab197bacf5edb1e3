/** What a reader found in checks, prunes and repairs of what is damaged, or changes meanwhile. */
import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {wrapBackend} from '../../src/backend/wrap.js'
import {PocketError} from '../../src/errors.js'
import type {ObjectId} from '../../src/id.js'
import {
  checkRepository,
  forgetAll,
  openRepository,
  pruneRepository,
  type Repository,
  repairPacks,
  repairSnapshots,
} from '../../src/index.js'
import {type CheckOptions, readCheckAhead} from '../../src/operations/check-repository.js'
import {saveRemovals} from '../../src/repository/removal-store.js'
import {replaceFile} from './content.js'
import {createPlace, type Place, withRepository} from './repository-place.js'
import {objectsIn, packPath} from './second-copies.js'
import {take} from './simple-source.js'

const ALL = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const
const ignore = (): void => undefined
const withoutCache = (place: Place): Place => ({...place, cacheDirectory: join(place.folder, `cache-${Math.random()}`)})

async function placeWithTwo(t: ExecutionContext): Promise<{place: Place; ids: ObjectId[]; pathOf: (id: ObjectId) => string}> {
  const place = await createPlace(t)
  const ids: ObjectId[] = []
  for (const content of ['one', 'two']) {
    writeFileSync(join(place.source, 'file'), content.repeat(1000))
    ids.push((await withRepository(place, (repository) => take(repository, {paths: [place.source]}))).id!)
  }
  return {place, ids, pathOf: (id) => join(place.location, 'snapshots', id)}
}

/** `repository`, whose reading of `name` fails so many times as a bad sector does. */
function failing(repository: Repository, name: string, times: number): Repository {
  let left = times
  const {backend} = repository
  const faulty = wrapBackend(backend, {
    get: (asked, options) =>
      asked === name && left-- > 0 ? Promise.reject(new PocketError('io-failed', 'input/output error')) : backend.get(asked, options),
  })
  return Object.assign(repository, {backend: faulty})
}

test('repair snapshots: what cannot be read now is not removed', async (t) => {
  const {place, ids, pathOf} = await placeWithTwo(t)
  await withRepository(
    withoutCache(place),
    async (repository) => {
      const result = await repairSnapshots(failing(repository, `snapshots/${ids[0]}`, 2), {forget: true})
      t.like(result, {spoilt: 0, removed: 0})
    },
    ignore,
  )
  t.true(objectsIn(place, 'snapshots').includes(pathOf(ids[0])))
})

test('repair snapshots: of a spoilt one that is put back meanwhile nothing is removed', async (t) => {
  const {place, ids, pathOf} = await placeWithTwo(t)
  const good = readFileSync(pathOf(ids[0]))
  replaceFile(pathOf(ids[0]), new Uint8Array(0))
  const onEvent = (): void => replaceFile(pathOf(ids[0]), good)
  const result = await withRepository(withoutCache(place), (repository) => repairSnapshots(repository, {forget: true, onEvent}), ignore)
  t.like(result, {spoilt: 1, removed: 0})
  t.deepEqual(readFileSync(pathOf(ids[0])), good)
})

test('repair snapshots: of the spoilt ones only those that are named are removed', async (t) => {
  const {place, ids, pathOf} = await placeWithTwo(t)
  replaceFile(pathOf(ids[0]), new Uint8Array(0))
  const repair = (id: ObjectId) =>
    withRepository(withoutCache(place), (repository) => repairSnapshots(repository, {forget: true, references: [id.slice(0, 10)]}), ignore)
  t.like(await repair(ids[1]), {snapshots: 1, spoilt: 0, removed: 0})
  // As of a variable that is not set.
  await t.throwsAsync(repair('' as ObjectId))
  t.true(objectsIn(place, 'snapshots').includes(pathOf(ids[0])))
  t.like(await repair(ids[0]), {snapshots: 0, spoilt: 1, removed: 1})
  t.deepEqual(objectsIn(place, 'snapshots'), [pathOf(ids[1])])
})

test('check: what others forget and prune after it has read ahead is no damage', async (t) => {
  const {place, ids} = await placeWithTwo(t)
  let ahead: CheckOptions['ahead']
  const {location, secret} = place
  const whileUnlocking = (backend: NonNullable<CheckOptions['ahead']>): void => void (ahead = readCheckAhead(backend))
  const repository = await openRepository({location, secret, whileUnlocking, cacheDirectory: withoutCache(place).cacheDirectory})
  t.teardown(() => repository.close())
  t.truthy(ahead)
  // All that it reads ahead.
  for (const prefix of ['keys/', 'snapshots/', 'forgotten/', 'removals/', 'index/', 'chunks/']) for await (const _ of ahead!.list(prefix));
  const again = readCheckAhead(repository.backend)
  await new Promise((resolve) => setTimeout(resolve, 200))
  await withRepository(withoutCache(place), async (other) => {
    await forgetAll(other, [ids[0]])
    await pruneRepository(other, ALL)
  })
  t.like(await checkRepository(repository, {ahead: again}), {damagedObjects: 0, damagedPaths: 0, damagedSnapshots: 0, unindexed: 0})
})

test('check: is asked for only once there is a secret, so that nothing is older than that', async (t) => {
  const {place} = await placeWithTwo(t)
  const order: string[] = []
  const repository = await openRepository({
    location: place.location,
    cacheDirectory: undefined,
    whileUnlocking: () => order.push('ahead'),
    secret: async () => {
      order.push('secret')
      return place.secret
    },
  })
  await repository.close()
  t.deepEqual(order, ['secret', 'ahead'])
})

test('check: sees what became damaged since the repository was checked before', async (t) => {
  const {place} = await placeWithTwo(t)
  await withRepository(
    place,
    async (repository) => {
      t.is((await checkRepository(repository)).damagedObjects, 0)
      const indexes = objectsIn(place, 'index')
      for (const path of indexes) replaceFile(path, Buffer.from('spoilt'))
      t.is((await checkRepository(repository)).damagedObjects, indexes.length)
    },
    ignore,
  )
})

test('prune: tells of lost pages, and of snapshots that cannot be opened, when it goes on despite them', async (t) => {
  const {place, ids, pathOf} = await placeWithTwo(t)
  replaceFile(pathOf(ids[0]), new Uint8Array(0))
  await withRepository(
    withoutCache(place),
    async (repository) => {
      const {packs} = await repository.loadIndex()
      for (const {id, kind} of packs) if (kind === 'tree') rmSync(packPath(place, id))
      repository.refresh()
      const {missingChunks, unreadSnapshots} = await pruneRepository(repository, {...ALL, despiteDamage: true})
      t.is(unreadSnapshots, 1)
      t.true(missingChunks > 0)
    },
    ignore,
  )
})

test('repair packs: what lies whole in packs that a removal names is not lost', async (t) => {
  const {place} = await placeWithTwo(t)
  await withRepository(withoutCache(place), async (repository) => {
    const {packs} = await repository.loadIndex()
    await saveRemovals(
      repository.removalStore,
      packs.map(({id}) => id),
    )
    repository.refresh()
    t.like(await checkRepository(repository), {damagedPaths: 0})
    t.like(await repairPacks(repository, {readAllPacks: true}), {damaged: 0, damagedPaths: 0, damagedSnapshots: 0})
  })
})
