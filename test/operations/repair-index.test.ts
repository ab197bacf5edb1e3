/** Repairing the index: what packs hold is found again, whatever became of the index. */
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {hash} from '../../src/crypto/blake3.js'
import {checkRepository, openRepository, repairIndex, type RepairIndexOptions, type RepairIndexResult} from '../../src/index.js'
import type {ObjectId} from '../../src/id.js'
import {saveRemovals} from '../../src/repository/removal-store.js'
import {toHex} from '../../src/util/bytes.js'
import {replaceFile, writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository} from './repository-place.js'
import {flip, objectsIn, packsOf} from './second-copies.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

async function placeWithPacks(t: ExecutionContext): Promise<Place> {
  const place = await createSmallPlace(t)
  for (let round = 0; round < 3; round++) {
    for (let file = 0; file < 8; file++) writeRandom(join(place.source, `file-${round}-${file}`), round * 10 + file, 30_000)
    await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  }
  return place
}

/** Without a cache, and with the codes of warnings and damage. */
async function repair(place: Place, options: RepairIndexOptions = {}): Promise<{result: RepairIndexResult; codes: string[]}> {
  const codes: string[] = []
  const cacheDirectory = mkdtempSync(join(place.folder, 'cache-'))
  const repository = await openRepository({...place, cacheDirectory, onWarning: () => undefined})
  const onEvent: RepairIndexOptions['onEvent'] = (event) => {
    if (event.type === 'damaged-object') codes.push(event.code)
  }
  try {
    return {result: await repairIndex(repository, {...options, onEvent}), codes}
  } finally {
    await repository.close()
  }
}

async function isWhole(t: ExecutionContext, place: Place): Promise<void> {
  const fresh = {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
  await withRepository(fresh, async (repository) => {
    const {listing, result} = await restoreFresh(repository, place, 'latest')
    t.deepEqual([differences(listing, listTree(place.source)), result.failed], [[], 0])
    t.like(await checkRepository(repository, {readData: {type: 'all'}}), {damagedObjects: 0, damagedPaths: 0, unindexed: 0})
  })
}

for (const readAllPacks of [false, true]) {
  const how = readAllPacks ? 'all packs' : 'what is in no index'
  test(`repair index: reading ${how}, a lost index is made again`, async (t) => {
    const place = await placeWithPacks(t)
    for (const path of objectsIn(place, 'index')) rmSync(path)
    const packs = objectsIn(place, 'chunks').length
    const dry = await repair(place, {readAllPacks, dryRun: true})
    t.like(dry.result, {packs, taken: {packs}, dropped: 0, damagedIndexes: 0})
    t.deepEqual(objectsIn(place, 'index'), [])
    t.like((await repair(place, {readAllPacks})).result, {packs, taken: {packs}})
    await isWhole(t, place)
    t.like((await repair(place, {readAllPacks})).result, {packs, taken: {packs: 0}, dropped: 0, damagedIndexes: 0})
  })

  test(`repair index: reading ${how}, index objects that cannot be read are replaced`, async (t) => {
    const place = await placeWithPacks(t)
    const [first, second] = objectsIn(place, 'index')
    flip(first, 60)
    const garbage = Buffer.from('no index')
    const named = join(place.location, 'index', toHex(hash(garbage)))
    writeFileSync(named, garbage)
    const {result, codes} = await repair(place, {readAllPacks})
    t.deepEqual(codes, ['damaged-index', 'damaged-index'])
    t.is(result.damagedIndexes, 2)
    t.true(result.taken.packs > 0)
    const left = objectsIn(place, 'index')
    t.false(left.includes(first) || left.includes(named))
    t.is(left.includes(second), !readAllPacks)
    await isWhole(t, place)
  })

  test(`repair index: reading ${how}, packs that are gone or unreadable are dropped or told, and one that is cut short stays for its salvage`, async (t) => {
    const place = await placeWithPacks(t)
    const [gone, short] = await packsOf(place, 'data')
    rmSync(gone)
    replaceFile(short, readFileSync(short).subarray(0, 5000))
    const stray = join(place.location, 'chunks', 'ab', 'ab'.repeat(32))
    mkdirSync(join(place.location, 'chunks', 'ab'), {recursive: true})
    writeFileSync(stray, 'no pack')
    const {result, codes} = await repair(place, {readAllPacks})
    t.like(result, {dropped: 1, unreadable: 1})
    t.is(codes.length, readAllPacks ? 2 : 1)
    const named = [...(await packsOf(place, 'data')), ...(await packsOf(place, 'tree'))]
    t.false([gone, stray].some((path) => named.includes(path)))
    t.true(named.includes(short))
    t.is(named.length, objectsIn(place, 'chunks').length - 1)
  })

  test(`repair index: reading ${how}, what a removal names is taken in while it is there, and not dropped`, async (t) => {
    const place = await placeWithPacks(t)
    const [first, second] = await packsOf(place, 'data')
    rmSync(first)
    await withRepository(place, ({removalStore}) =>
      saveRemovals(
        removalStore,
        [first, second].map((path) => basename(path) as ObjectId),
      ),
    )
    const before = await packsOf(place, 'data')
    t.like((await repair(place, {readAllPacks})).result, {taken: {packs: 0}, dropped: 0})
    t.deepEqual((await packsOf(place, 'data')).sort(), before.sort())
    for (const path of objectsIn(place, 'index')) rmSync(path)
    await repair(place, {readAllPacks})
    const after = await packsOf(place, 'data')
    t.false(after.includes(first))
    t.true(after.includes(second))
  })
}

test('repair index: a pack that another removes meanwhile does not stay in the index', async (t) => {
  const place = await placeWithPacks(t)
  const [victim] = await packsOf(place, 'data')
  for (const path of objectsIn(place, 'index')) rmSync(path)
  await withRepository({...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}, async (repository) => {
    const put = repository.backend.put.bind(repository.backend)
    repository.backend.put = async (name, ...rest) => {
      // It is named, and dropped from an index that does not name it so far, just before this names it.
      if (name.startsWith('index/')) {
        await saveRemovals(repository.removalStore, [basename(victim) as ObjectId])
        rmSync(victim, {force: true})
      }
      return put(name, ...rest)
    }
    await repairIndex(repository)
  })
  t.false((await packsOf(place, 'data')).includes(victim))
})
