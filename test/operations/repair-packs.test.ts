/** Repairing packs: what is whole in a damaged pack survives it, what is not is told, and the damaged pack goes. */
import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs'
import {basename, join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {PocketError} from '../../src/errors.js'
import {
  checkRepository,
  openRepository,
  type RepairEvent,
  repairPacks,
  type RepairPacksOptions,
  type RepairPacksResult,
  type Repository,
} from '../../src/index.js'
import type {ObjectId} from '../../src/id.js'
import {replaceFile, writeRandom} from './content.js'
import {createPlace, NO_SECRET, type Place, restoreFresh, withRepository} from './repository-place.js'
import {flip, objectsIn, packsOf, storeTwice} from './second-copies.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

const FILES = 24

async function placeWithFiles(t: ExecutionContext): Promise<Place> {
  const place = await createSmallPlace(t)
  for (let file = 0; file < FILES; file++) writeRandom(join(place.source, `file-${file}`), file, 30_000)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  return place
}

interface Repaired {
  result: RepairPacksResult
  objects: string[]
  paths: string[]
}

async function repair(place: Place, options: RepairPacksOptions = {}, prepare?: (repository: Repository) => void): Promise<Repaired> {
  const objects: string[] = []
  const paths: string[] = []
  const onEvent = (event: RepairEvent): void => {
    if (event.type === 'damaged-object') objects.push(event.code)
    if (event.type === 'damaged-path') paths.push(event.path.slice(place.source.length + 1))
  }
  const repository = await openRepository({...place, onWarning: () => undefined})
  prepare?.(repository)
  try {
    return {result: await repairPacks(repository, {...options, onEvent}), objects, paths}
  } finally {
    await repository.close()
  }
}

/** Restores the latest snapshot with a fresh cache: how many files fail, and that the others are right. */
async function failedFiles(t: ExecutionContext, place: Place): Promise<number> {
  const fresh = {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
  return withRepository(fresh, async (repository) => {
    const {listing, result} = await restoreFresh(repository, place, 'latest')
    t.is(differences(listing, listTree(place.source)).length, result.failed)
    return result.failed
  })
}

function idOf(path: string): ObjectId {
  return basename(path) as ObjectId
}

test('repair packs: of a pack with a damaged frame everything else survives, and what is lost is told', async (t) => {
  const place = await placeWithFiles(t)
  const [damaged] = await packsOf(place, 'data')
  flip(damaged, 100)
  const dry = await repair(place, {dryRun: true})
  t.like(dry.result, {damaged: 1, packs: objectsIn(place, 'chunks').length})
  t.true(statSync(damaged).isFile())
  const {result, objects, paths} = await repair(place)
  t.deepEqual([objects, dry.objects], [['damaged-pack'], ['damaged-pack']])
  t.like(result, {damaged: 1, removed: 1, spared: 0, damagedSnapshots: 1, damagedPaths: paths.length})
  t.true(result.salvagedChunks > 0 && result.lostChunks > 0)
  t.deepEqual([result.salvagedChunks, result.salvagedBytes], [dry.result.salvagedChunks, dry.result.salvagedBytes])
  t.false(objectsIn(place, 'chunks').includes(damaged))
  t.is(await failedFiles(t, place), paths.length)
  t.true(paths.length > 0 && paths.length < FILES / 2)
  await withRepository(place, async (repository) => {
    t.like(await checkRepository(repository, {readData: {type: 'all'}}), {damagedObjects: 0, damagedPaths: paths.length, unindexed: 0})
  })
  // With the source still there, the next snapshot has all of it.
  await withRepository(place, (repository) => take(repository, {paths: [place.source], force: true}))
  t.is(await failedFiles(t, place), 0)
  t.like((await repair(place)).result, {damaged: 0, removed: 0, damagedPaths: 0})
})

test('repair packs: a pack that is cut short, and one with a bad directory, lose only what is lost', async (t) => {
  const place = await placeWithFiles(t)
  const [short, behind] = await packsOf(place, 'data')
  replaceFile(short, readFileSync(short).subarray(0, statSync(short).size - 40_000))
  flip(behind, -10)
  const {result, paths} = await repair(place)
  t.like(result, {damaged: 2, removed: 2})
  t.true(result.lostChunks > 0 && result.salvagedChunks > result.lostChunks)
  t.true(paths.length > 0 && paths.length < FILES / 2)
  t.is(await failedFiles(t, place), paths.length)
})

test('repair packs: without encryption, too', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  for (let file = 0; file < 40; file++) writeRandom(join(place.source, `file-${file}`), file, 100_000)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  const [damaged] = await packsOf(place, 'data')
  flip(damaged, 100)
  flip(damaged, -10)
  const {result, paths} = await repair(place)
  t.like(result, {damaged: 1, removed: 1})
  t.true(result.salvagedChunks > 0 && paths.length > 0 && paths.length < 30)
  t.is(await failedFiles(t, place), paths.length)
})

test('repair packs: what lies in two damaged packs is whole when either has it', async (t) => {
  const place = await placeWithFiles(t)
  const before = objectsIn(place, 'chunks')
  await storeTwice(place)
  // All that was stored first loses its first frames, all that was stored then its last.
  for (const path of objectsIn(place, 'chunks')) {
    if (before.includes(path)) flip(path, 100)
  }
  const {result, paths} = await repair(place)
  t.like(result, {damaged: before.length, removed: before.length, lostChunks: 0, damagedPaths: 0})
  t.deepEqual(paths, [])
  t.is(await failedFiles(t, place), 0)
})

test('repair packs: trees that the cache of this machine still has are not lost', async (t) => {
  const place = await placeWithFiles(t)
  // So that all of it is in the cache.
  await withRepository(place, (repository) => restoreFresh(repository, place, 'latest'))
  for (const path of await packsOf(place, 'tree')) flip(path, 100)
  const {result} = await repair(place)
  t.like(result, {lostChunks: 0, damagedPaths: 0})
  t.is(await failedFiles(t, place), 0)
})

test('repair packs: only those that are named or noted are read, and wrong names are refused', async (t) => {
  const place = await placeWithFiles(t)
  const packs = await packsOf(place, 'data')
  flip(packs[0], 100)
  flip(packs[1], 100)
  t.like((await repair(place, {packs: [idOf(packs[1]).slice(0, 12)]})).result, {packs: 1, damaged: 1, removed: 1})
  await withRepository(place, (repository) => repository.noteDamaged([idOf(packs[0])]))
  t.like((await repair(place)).result, {packs: 1, damaged: 1, removed: 1})
  t.like((await repair(place, {readAllPacks: true})).result, {packs: objectsIn(place, 'chunks').length, damaged: 0})
  t.like((await repair(place, {packs: [idOf(packs[2])]})).result, {packs: 1, damaged: 0, removed: 0})
  await t.throwsAsync(repair(place, {packs: ['0123456789']}), {code: 'usage'})
})

test('repair packs: one that may not be read stays, and the others are repaired', async (t) => {
  const place = await placeWithFiles(t)
  const [closed, damaged] = await packsOf(place, 'data')
  flip(damaged, 100)
  const {result, objects} = await repair(place, {readAllPacks: true}, ({backend}) => {
    const get = backend.get.bind(backend)
    backend.get = (name, options) => {
      if (closed.endsWith(name) && options?.isFresh) throw new PocketError('permission-denied', `cannot read '${name}': EACCES`)
      return get(name, options)
    }
  })
  t.like(result, {unreadable: 1, damaged: 1, removed: 1})
  t.deepEqual(objects.sort(), ['damaged-pack', 'permission-denied'])
  t.true(objectsIn(place, 'chunks').includes(closed))
})

test('repair packs: a bad sector costs the frame that it is in', async (t) => {
  const place = await placeWithFiles(t)
  const [bad] = await packsOf(place, 'data')
  const sector = 20_000
  const {result, paths} = await repair(place, {readAllPacks: true}, ({backend}) => {
    const get = backend.get.bind(backend)
    backend.get = (name, options) => {
      const range = options?.range as {start: number; length: number} | undefined
      const isHit = !range || (range.start <= sector && range.start + range.length > sector)
      if (bad.endsWith(name) && isHit) throw new PocketError('io-failed', `cannot read '${name}': EIO`)
      return get(name, options)
    }
  })
  // It may be read another time.
  t.like(result, {damaged: 1, removed: 0})
  t.true(result.salvagedChunks > 0 && result.lostChunks > 0 && paths.length < FILES / 2)
  rmSync(bad, {force: true})
  t.is(await failedFiles(t, place), paths.length)
})

test('repair packs: a snapshot that is stored meanwhile on the ground of a damaged pack stays whole', async (t) => {
  const place = await placeWithFiles(t)
  const [damaged] = await packsOf(place, 'data')
  flip(damaged, 100)
  const {result} = await repair(place, {readAllPacks: true}, ({backend}) => {
    const put = backend.put.bind(backend)
    let isDone = false
    backend.put = async (name, ...rest) => {
      if (name.startsWith('removals/') && !isDone) {
        isDone = true
        // It has read its index before the removal is there, and ends before.
        await withRepository({...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}, (repository) =>
          take(repository, {paths: [place.source]}),
        )
      }
      return put(name, ...rest)
    }
  })
  // What is lost was lost before; nothing else is by the repair.
  t.is(result.removed + result.spared, 1)
  t.is(await failedFiles(t, place), result.damagedPaths)
})
