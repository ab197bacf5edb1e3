/** Repairing snapshots: what is left of them can be restored without an error, and what is lost is marked. */
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {
  checkRepository,
  listForgottenSnapshots,
  listSnapshots,
  openRepository,
  repairIndex,
  repairPacks,
  repairSnapshots,
  type RepairSnapshotsOptions,
  type RepairSnapshotsResult,
  type RestoreEvent,
  restoreSnapshot,
} from '../../src/index.js'
import type {ObjectId} from '../../src/id.js'
import {loadSnapshot} from '../../src/repository/snapshot-store.js'
import {findPath, readEntries, type TreeEntry, treeOf} from '../../src/snapshot/entries.js'
import type {ByteString} from '../../src/util/bytes.js'
import {randomContent, replaceFile, writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {flip, objectsIn, packsOf} from './second-copies.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

const ignore = (): void => undefined

async function placeWithTree(t: ExecutionContext): Promise<{place: Place; id: ObjectId}> {
  const place = await createSmallPlace(t)
  for (const folder of ['a', 'b', 'c']) {
    mkdirSync(join(place.source, folder, 'deep'), {recursive: true})
    for (let file = 0; file < 6; file++)
      writeRandom(join(place.source, folder, 'deep', `file-${file}`), folder.charCodeAt(0) * 10 + file, 30_000)
  }
  symlinkSync('a/deep', join(place.source, 'link'))
  writeFileSync(join(place.source, 'empty'), '')
  const id = await withRepository(place, async (repository) => (await take(repository, {paths: [place.source], tags: ['daily']})).id!)
  return {place, id}
}

interface Repaired {
  result: RepairSnapshotsResult
  paths: string[]
  stored: {original: ObjectId; id?: ObjectId; paths: number}[]
}

async function repair(place: Place, options: RepairSnapshotsOptions = {}): Promise<Repaired> {
  const paths: string[] = []
  const stored: Repaired['stored'] = []
  const onEvent: RepairSnapshotsOptions['onEvent'] = (event) => {
    if (event.type === 'damaged-path') paths.push(event.path.slice(place.source.length + 1))
    if (event.type === 'repaired-snapshot') stored.push(event)
  }
  const repository = await openRepository({...place, onWarning: () => undefined})
  try {
    return {result: await repairSnapshots(repository, {...options, onEvent}), paths: paths.sort(), stored}
  } finally {
    await repository.close()
  }
}

/** Takes in again what a repair has dropped. */
function repairIndexOf(place: Place): Promise<unknown> {
  return withRepository(
    place,
    (repository) => repairIndex(repository),
    () => undefined,
  )
}

/** Restores with a fresh cache: what is missing in comparison with the source, and what was warned of. */
async function restored(place: Place, reference: string): Promise<{missing: string[]; warned: string[]; failed: number}> {
  const fresh = {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
  const warned: string[] = []
  const onEvent = (event: RestoreEvent): void => {
    if (event.type === 'warning') warned.push(event.path)
  }
  return withRepository(fresh, async (repository) => {
    const target = mkdtempSync(join(place.folder, 'target-'))
    const {failed} = await restoreSnapshot(repository, {reference, target, workers: WORKERS, onEvent})
    const listing = listTree(target)
    const expected = listTree(place.source)
    const missing = [...expected.keys()].filter((path) => !listing.has(path) && path !== '.').sort()
    const wrong = differences(listing, expected).filter((line) => !missing.some((path) => line.includes(path)))
    if (wrong.some((line) => /file-/.test(line))) throw new Error(wrong.join('\n'))
    return {missing, warned: warned.sort(), failed}
  })
}

test('repair snapshots: files whose content is lost have marks, everything else is as it was', async (t) => {
  const {place, id} = await placeWithTree(t)
  rmSync((await packsOf(place, 'data'))[0])
  const dry = await repair(place, {dryRun: true})
  t.like(dry.result, {snapshots: 1, damaged: 1, repaired: 1, lost: 0, forgotten: 0})
  t.is((await withRepository(place, (repository) => listSnapshots(repository))).length, 1)
  const {result, paths, stored} = await repair(place)
  t.like(result, {snapshots: 1, damaged: 1, repaired: 1, lost: 0, forgotten: 0, damagedPaths: paths.length})
  t.true(paths.length > 0 && paths.length < 12)
  t.deepEqual([stored.length, stored[0].original, stored[0].paths, dry.stored[0].id], [1, id, paths.length, undefined])
  const {missing, warned, failed} = await restored(place, stored[0].id!)
  t.deepEqual([missing, warned, failed], [paths, paths, 0])
  await withRepository(place, async (repository) => {
    const record = await loadSnapshot(repository, stored[0].id!)
    const before = await loadSnapshot(repository, id)
    t.like(record, {isRepaired: true, original: id, tags: ['daily'], host: before.host, base: before.base})
    t.deepEqual([record.parent, record.paths, record.timeNs], [before.parent, before.paths, before.timeNs + 1n])
    t.is(record.summary.total.unreadable, paths.length)
    t.is(record.summary.total.files, before.summary.total.files)
    const latest = await restoreFresh(repository, place, 'latest')
    t.deepEqual([latest.result.snapshot, latest.result.failed], [stored[0].id!, 0])
    t.like(await checkRepository(repository), {snapshots: 2, damagedSnapshots: 1})
  })
  // Once is enough.
  t.like((await repair(place)).result, {snapshots: 2, damaged: 1, repaired: 1})
  t.is((await withRepository(place, (repository) => listSnapshots(repository))).length, 2)
  t.like((await repair(place, {forget: true})).result, {damaged: 1, repaired: 1, forgotten: 1})
  t.like((await repair(place)).result, {snapshots: 1, damaged: 0, repaired: 0})
  t.is((await withRepository(place, (repository) => listForgottenSnapshots(repository))).length, 1)
})

test('repair snapshots: nothing is forgotten as long as a pack is cut short, of which something may be whole', async (t) => {
  const {place} = await placeWithTree(t)
  const [path] = await packsOf(place, 'data')
  replaceFile(path, readFileSync(path).subarray(0, -1))
  const before = await withRepository(place, (repository) => listSnapshots(repository))
  await t.throwsAsync(repair(place, {forget: true}), {code: 'damaged-pack', message: /is cut short/})
  t.deepEqual(await withRepository(place, (repository) => listSnapshots(repository), ignore), before)
  await withRepository(place, (repository) => repairPacks(repository), ignore)
  t.like((await repair(place, {forget: true})).result, {damaged: 0, forgotten: 0})
  t.deepEqual(
    differences((await withRepository(place, (repository) => restoreFresh(repository, place, 'latest'))).listing, listTree(place.source)),
    [],
  )
})

test('repair snapshots: a stand-in has no content, an error that says why, and the metadata that the file had', async (t) => {
  const {place} = await placeWithTree(t)
  for (const path of await packsOf(place, 'data')) rmSync(path)
  const {stored} = await repair(place)
  await withRepository(place, async (repository) => {
    const trees = await repository.trees()
    const entriesAt = async (id: ObjectId, path: string): Promise<TreeEntry[]> => {
      const found = await findPath((chunk) => trees.read(chunk), await loadSnapshot(repository, id), path as ByteString)
      if (found.isRoot) throw new Error('a folder below the root is meant')
      const entries: TreeEntry[] = []
      for await (const entry of readEntries((chunk) => trees.read(chunk), treeOf(found.entry)!)) entries.push(entry)
      return entries
    }
    const before = await entriesAt(stored[0].original, 'b/deep')
    const after = await entriesAt(stored[0].id!, 'b/deep')
    t.is(after.length, 6)
    for (const [number, entry] of after.entries()) {
      const {name, type, mode, uid, gid, mtimeNs, ctimeNs} = before[number]
      t.like(entry, {name, type, mode, uid, gid, mtimeNs, ctimeNs, sizeBytes: 0, depth: 0})
      t.like(entry.error, {code: 'chunk-missing', message: 'its content is lost'})
      t.is(entry.references.lengths.length, 0)
    }
  })
})

test('repair snapshots: a folder whose listing is lost has a mark, and of a snapshot without a root nothing is left', async (t) => {
  const {place, id} = await placeWithTree(t)
  const packs = await packsOf(place, 'tree')
  mkdirSync(join(place.source, 'd'))
  writeRandom(join(place.source, 'd', 'file-9'), 999, 30_000)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  for (const path of packs) rmSync(path)
  rmSync(place.cacheDirectory, {recursive: true})
  const {result, stored} = await repair(place)
  t.like(result, {snapshots: 2, damaged: 2, repaired: 1, lost: 1})
  t.not(stored[0].original, id)
  t.is(stored[0].paths, 3)
  const {missing, warned, failed} = await restored(place, stored[0].id!)
  t.deepEqual(warned, ['a', 'b', 'c'])
  t.deepEqual([failed, missing.filter((path) => !/^[abc]\/deep/.test(path))], [0, []])
  t.like((await repair(place, {forget: true})).result, {damaged: 2, forgotten: 1, lost: 1})
})

test('repair snapshots: of a folder of many pages, those that are whole stay', async (t) => {
  const place = await createSmallPlace(t)
  const names = Array.from({length: 9000}, (_, number) => randomContent(number, 50).toString('hex'))
  for (const name of names) writeFileSync(join(place.source, name), '')
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  const packs = await packsOf(place, 'tree')
  t.true(packs.length > 2)
  let repaired = 0
  for (const path of packs) {
    const bytes = readFileSync(path)
    rmSync(path)
    rmSync(place.cacheDirectory, {recursive: true})
    const {result, stored} = await repair(place)
    replaceFile(path, bytes)
    await repairIndexOf(place)
    if (result.lost === 1) continue
    repaired++
    const {listing} = await withRepository(place, (repository) => restoreFresh(repository, place, stored[0].id!))
    t.true(listing.size > 1000 && listing.size < names.length, `${listing.size}`)
    break
  }
  t.is(repaired, 1)
})

test('repair snapshots: packs that are noted as damaged lose just what cannot be read', async (t) => {
  const {place} = await placeWithTree(t)
  const [damaged] = await packsOf(place, 'data')
  flip(damaged, 100)
  t.like((await repair(place)).result, {damaged: 0}, 'nobody knows so far')
  await withRepository(place, (repository) => repository.noteDamaged([basename(damaged) as ObjectId]))
  const {result, paths, stored} = await repair(place)
  t.like(result, {damaged: 1, repaired: 1})
  t.true(paths.length > 0 && paths.length <= 4)
  const {missing, failed} = await restored(place, stored[0].id!)
  t.deepEqual([missing, failed], [paths, 0])
})

test('repair snapshots: after a snapshot has stored anew what is lost, nothing is to be repaired', async (t) => {
  const {place} = await placeWithTree(t)
  rmSync((await packsOf(place, 'data'))[0])
  const repository = await openRepository({...place, onWarning: () => undefined})
  await take(repository, {paths: [place.source]})
  await repository.close()
  t.like((await repair(place)).result, {snapshots: 2, damaged: 0, repaired: 0})
})

test('repair snapshots: the next snapshot takes up what has a mark', async (t) => {
  const {place} = await placeWithTree(t)
  rmSync((await packsOf(place, 'data'))[0])
  await repair(place, {forget: true})
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  t.deepEqual(await restored(place, 'latest'), {missing: [], warned: [], failed: 0})
})

test('repair snapshots: only those that are named', async (t) => {
  const {place, id} = await placeWithTree(t)
  const [first] = await packsOf(place, 'data')
  writeFileSync(join(place.source, 'more'), 'more')
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  rmSync(first)
  t.like((await repair(place, {references: [id.slice(0, 10)]})).result, {snapshots: 1, damaged: 1, repaired: 1})
  t.like((await repair(place)).result, {snapshots: 3, damaged: 2, repaired: 2})
  t.is(objectsIn(place, 'snapshots').length, 4)
  await t.throwsAsync(repair(place, {references: ['0000000000']}), {code: 'snapshot-missing'})
})
