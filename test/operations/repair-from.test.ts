/** Fetching from a copy of the repository what is lost in it. */
import {cpSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync} from 'node:fs'
import {basename, join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {
  type CheckEvent,
  checkRepository,
  openRepository,
  repairFrom,
  type RepairFromResult,
  type RepairOptions,
  repairPacks,
} from '../../src/index.js'
import type {ObjectId} from '../../src/id.js'
import {writeRandom} from './content.js'
import {createPlace, type Place, restoreFresh, withRepository} from './repository-place.js'
import {flip, objectsIn, packsOf} from './second-copies.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

/** A place with two snapshots, and a copy of its repository. */
async function placeWithCopy(t: ExecutionContext): Promise<{place: Place; copy: Place}> {
  const place = await createSmallPlace(t)
  for (const folder of ['a', 'b']) {
    mkdirSync(join(place.source, folder, 'deep'), {recursive: true})
    for (let file = 0; file < 8; file++)
      writeRandom(join(place.source, folder, 'deep', `file-${file}`), folder.charCodeAt(0) + file, 30_000)
    await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  }
  const location = join(place.folder, 'copy')
  cpSync(place.location, location, {recursive: true})
  return {place, copy: {...place, location, cacheDirectory: join(place.folder, 'copy-cache')}}
}

async function repair(place: Place, copy: Place, options: RepairOptions = {}): Promise<RepairFromResult> {
  const repository = await openRepository({...place, onWarning: () => undefined})
  try {
    return await withRepository(copy, (other) => repairFrom(repository, other, options))
  } finally {
    await repository.close()
  }
}

async function isWhole(t: ExecutionContext, place: Place): Promise<void> {
  const fresh = {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
  await withRepository(fresh, async (repository) => {
    t.like(await checkRepository(repository), {damagedObjects: 0, damagedPaths: 0, snapshots: 2})
    const {listing, result} = await restoreFresh(repository, place, 'latest')
    t.deepEqual([differences(listing, listTree(place.source)), result.failed], [[], 0])
  })
}

test('repair from: data that is lost is fetched from the copy, and once is enough', async (t) => {
  const {place, copy} = await placeWithCopy(t)
  const [first, second] = await packsOf(place, 'data')
  rmSync(first)
  rmSync(second)
  const dry = await repair(place, copy, {dryRun: true})
  t.true(dry.recoveredChunks > 10)
  const before = objectsIn(copy, '.').length
  t.like(await repair(place, copy), {
    snapshots: 2,
    recoveredChunks: dry.recoveredChunks,
    recoveredBytes: dry.recoveredBytes,
    missingChunks: 0,
  })
  t.is(objectsIn(copy, '.').length, before)
  await isWhole(t, place)
  t.like(await repair(place, copy), {recoveredChunks: 0, missingChunks: 0})
})

test('repair from: listings that are lost are fetched, and what only they lead to', async (t) => {
  const {place, copy} = await placeWithCopy(t)
  for (const path of objectsIn(place, 'chunks')) rmSync(path)
  rmSync(place.cacheDirectory, {recursive: true})
  const {recoveredChunks, missingChunks} = await repair(place, copy)
  t.true(recoveredChunks > 50)
  t.is(missingChunks, 0)
  await isWhole(t, place)
})

test('repair from: what is noted as damaged is fetched, and then the damaged pack goes', async (t) => {
  const {place, copy} = await placeWithCopy(t)
  for (const kind of ['data', 'tree'] as const) {
    const [damaged] = await packsOf(place, kind)
    flip(damaged, 100)
    await withRepository(place, (repository) => repository.noteDamaged([basename(damaged) as ObjectId]))
  }
  rmSync(join(place.cacheDirectory, 'none'), {force: true})
  t.true((await repair(place, copy)).recoveredChunks > 0)
  const packs = await withRepository(place, (repository) => repairPacks(repository))
  t.like(packs, {removed: 2, damagedPaths: 0, lostChunks: 0})
  await isWhole(t, place)
})

test('repair from: what the copy lacks too is told, and the rest is fetched', async (t) => {
  const {place, copy} = await placeWithCopy(t)
  const [first, second] = await packsOf(place, 'data')
  rmSync(first)
  rmSync(second)
  rmSync(second.replace(place.location, copy.location))
  const {recoveredChunks, missingChunks} = await repair(place, copy)
  t.true(recoveredChunks > 0 && missingChunks > 0)
})

test('repair from: with other keys, lost content is found by path, size and time, and only what is the same is taken', async (t) => {
  const {place} = await placeWithCopy(t)
  const other = await createPlace(t)
  writeRandom(join(place.source, 'changed'), 1, 60_000)
  writeRandom(join(place.source, 'large'), 2, 9_000_000)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  // In the other repository it has the same size and time, and something else in it.
  const {mtime} = statSync(join(place.source, 'changed'))
  writeRandom(join(place.source, 'changed'), 3, 60_000)
  utimesSync(join(place.source, 'changed'), mtime, mtime)
  await withRepository(other, (repository) => take(repository, {paths: [place.source]}))
  writeRandom(join(place.source, 'changed'), 1, 60_000)
  utimesSync(join(place.source, 'changed'), mtime, mtime)
  for (const path of await packsOf(place, 'data')) rmSync(path)
  const {recoveredChunks, missingChunks} = await repair(place, other)
  t.true(recoveredChunks > 500 && missingChunks > 0, `${recoveredChunks} ${missingChunks}`)
  const fresh = {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
  await withRepository(fresh, async (repository) => {
    const paths: string[] = []
    const onEvent = (event: CheckEvent): void => {
      if (event.type === 'damaged-path') paths.push(basename(event.path))
    }
    await checkRepository(repository, {readData: {type: 'all'}, onEvent})
    t.deepEqual(paths, ['changed'])
    const {result} = await restoreFresh(repository, place, 'latest')
    t.is(result.failed, 1)
  })
})
