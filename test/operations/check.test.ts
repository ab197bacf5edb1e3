/** What a check finds of what is wrong, and that it finds nothing where nothing is. */
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {type CheckEvent, type CheckResult, checkRepository, type DataSubset, openRepository, takeSnapshot} from '../../src/index.js'
import {PocketError} from '../../src/errors.js'
import {hash} from '../../src/crypto/blake3.js'
import type {ObjectId} from '../../src/id.js'
import {toHex} from '../../src/util/bytes.js'
import {replaceFile, writeRandom} from './content.js'
import {createPlace, type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {flip, objectsIn, packsOf, storeTwice} from './second-copies.js'
import {createSmallPlace} from './small-pieces.js'

interface Checked {
  result: CheckResult
  objects: string[]
  paths: {path: string; snapshots: string[]}[]
}

async function check(place: Place, readData?: DataSubset): Promise<Checked> {
  const repository = await openRepository({...place, onWarning: () => undefined})
  const objects: string[] = []
  const paths: Checked['paths'] = []
  const onEvent = (event: CheckEvent): void => {
    if (event.type === 'damaged-object') objects.push(event.code)
    if (event.type === 'damaged-path') paths.push({path: event.path.slice(place.source.length + 1), snapshots: event.snapshots})
  }
  try {
    const result = await checkRepository(repository, {readData, onEvent})
    return {result, objects: objects.sort(), paths: paths.sort((a, b) => (a.path < b.path ? -1 : 1))}
  } finally {
    await repository.close()
  }
}

/** Two snapshots of small pieces in many packs; `b` is in the second alone. Of each a pack with data that was new in it. */
async function placeWithTwo(t: ExecutionContext): Promise<{place: Place; ids: ObjectId[]; packs: {first: string; second: string}}> {
  const place = await createSmallPlace(t)
  mkdirSync(join(place.source, 'a', 'deep'), {recursive: true})
  for (let file = 0; file < 20; file++) writeRandom(join(place.source, 'a', 'deep', `file-${file}`), file, 50_000)
  const ids: ObjectId[] = []
  const take = () =>
    withRepository(place, async (repository) => {
      const {id} = await takeSnapshot(repository, {paths: [place.source], workers: 1})
      if (id) ids.push(id)
    })
  await take()
  const [first] = await packsOf(place, 'data')
  const before = new Set(await packsOf(place, 'data'))
  mkdirSync(join(place.source, 'b'))
  for (let file = 0; file < 20; file++) writeRandom(join(place.source, 'b', `file-${file}`), 100 + file, 50_000)
  await take()
  const second = (await packsOf(place, 'data')).find((pack) => !before.has(pack))!
  return {place, ids, packs: {first, second}}
}

const ALL: DataSubset = {type: 'all'}

test('check: where nothing is wrong it finds nothing, and counts what it looked at', async (t) => {
  const {place} = await placeWithTwo(t)
  for (const readData of [undefined, ALL]) {
    const {result, objects, paths} = await check(place, readData)
    t.deepEqual([objects, paths], [[], []])
    const storedBytes = objectsIn(place, 'chunks').reduce((sum, path) => sum + readFileSync(path).length, 0)
    t.like(result, {snapshots: 2, damagedSnapshots: 0, unindexed: 0, alien: 0, storedBytes, readBytes: readData ? storedBytes : 0})
    t.true(result.packs > 4)
    // The first snapshot has two roots, and what the second has of the first is looked at once.
    t.is(result.files, 40)
  }
})

test('check: a pack that is gone or cut short is found with all files that need it, and in which snapshots', async (t) => {
  const {place, ids, packs} = await placeWithTwo(t)
  const {first} = packs
  const whole = readFileSync(first)
  for (const damage of ['gone', 'short'] as const) {
    if (damage === 'gone') rmSync(first)
    else replaceFile(first, whole.subarray(0, whole.length >> 1))
    const {result, objects, paths} = await check(place)
    t.deepEqual(objects, [damage === 'gone' ? 'object-missing' : 'damaged-pack'])
    t.true(paths.length > 0 && paths.every(({path}) => path.startsWith('a/deep/file-')))
    for (const {snapshots} of paths) t.deepEqual([...snapshots].sort(), [...ids].sort())
    t.is(result.damagedSnapshots, 2)
    const {result: restored} = await withRepository(place, (repository) => restoreFresh(repository, place, ids[1]))
    t.is(restored.failed, paths.length, 'as many cannot be restored')
    replaceFile(first, whole)
  }
  t.deepEqual((await check(place)).objects, [])
})

test('check: a changed byte in data is found only by reading, and names just what it costs', async (t) => {
  const {place, ids, packs} = await placeWithTwo(t)
  flip(packs.second, 100)
  t.deepEqual((await check(place)).objects, [])
  const {objects, paths, result} = await check(place, ALL)
  t.deepEqual(objects, ['damaged-pack'])
  t.true(paths.length > 0 && paths.length < 20)
  for (const {path, snapshots} of paths) {
    t.true(path.startsWith('b/'))
    t.deepEqual(snapshots, [ids[1]])
  }
  t.is(result.damagedSnapshots, 1)
  const {result: restored} = await withRepository(place, (repository) => restoreFresh(repository, place, ids[1]))
  t.is(restored.failed, paths.length)
})

test('check: a changed byte behind the frames of a pack costs no file', async (t) => {
  const {place} = await placeWithTwo(t)
  const [pack] = await packsOf(place, 'data')
  flip(pack, -10)
  const {objects, paths} = await check(place, ALL)
  t.deepEqual([objects, paths], [['damaged-pack'], []])
})

test('check: trees that only the cache has are lost', async (t) => {
  const {place} = await placeWithTwo(t)
  for (const pack of await packsOf(place, 'tree')) rmSync(pack)
  const {objects, result} = await check(place)
  t.true(objects.length > 0 && objects.every((code) => code === 'object-missing'))
  t.is(result.damagedSnapshots, 2)
})

test('check: objects that are not as they were written are found past the cache', async (t) => {
  const {place} = await placeWithTwo(t)
  const damaged = ['index', 'keys', 'snapshots'].map((folder) => objectsIn(place, folder)[0])
  const before = damaged.map((path) => readFileSync(path))
  for (const [number, code] of ['damaged-index', 'damaged-key', 'damaged-snapshot'].entries()) {
    // The only key opens nothing any more when it is damaged.
    if (code === 'damaged-key') continue
    flip(damaged[number], 60)
    const {objects} = await check(place)
    t.deepEqual(objects, [code])
    replaceFile(damaged[number], before[number])
  }
})

test('check: a snapshot that cannot be read is lost, whatever the cache has of it and whatever its name says', async (t) => {
  const {place} = await placeWithTwo(t)
  const [path] = objectsIn(place, 'snapshots')
  flip(path, 60)
  const {objects, result} = await check(place)
  t.deepEqual(objects, ['damaged-snapshot'])
  t.like(result, {snapshots: 2, damagedSnapshots: 1, damagedPaths: 0})
  const garbage = Buffer.from('not a snapshot')
  writeFileSync(join(place.location, 'snapshots', toHex(hash(garbage))), garbage)
  const again = await check(place)
  t.is(again.objects.length, 2)
  t.like(again.result, {snapshots: 3, damagedSnapshots: 2})
})

test('check: an index object, a removal or a forgotten snapshot that is named right and says nothing is damaged', async (t) => {
  const {place} = await placeWithTwo(t)
  for (const [folder, code] of [
    ['index', 'damaged-index'],
    ['removals', 'damaged-removal'],
    ['forgotten', 'damaged-snapshot'],
  ]) {
    const garbage = Buffer.from(`no ${folder}`)
    const path = join(place.location, folder, toHex(hash(garbage)))
    mkdirSync(join(place.location, folder), {recursive: true})
    writeFileSync(path, garbage)
    const {objects, result} = await check(place)
    t.deepEqual([objects, result.damagedSnapshots], [[code], 0])
    replaceFile(path, Buffer.from('and not named right either'))
    t.deepEqual((await check(place)).objects, [code])
    rmSync(path)
  }
})

test('check: what lies in two packs is whole while one of them is, data and trees', async (t) => {
  const place = await createSmallPlace(t)
  for (let file = 0; file < 20; file++) writeRandom(join(place.source, `file-${file}`), file, 20_000)
  await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: 1}))
  const first = objectsIn(place, 'chunks')
  const {packs} = await storeTwice(place)
  const fresh = (): Place => ({...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))})
  for (const damaged of [first, [...packs.data, ...packs.tree]]) {
    const whole = damaged.map((path) => readFileSync(path))
    for (const path of damaged) flip(path, 100)
    const read = await check(fresh(), ALL)
    t.deepEqual([read.objects.length, read.paths, read.result.damagedSnapshots], [damaged.length, [], 0])
    t.deepEqual((await check(fresh())).paths, [])
    for (const path of damaged) rmSync(path)
    t.deepEqual((await check(fresh())).paths, [])
    damaged.forEach((path, number) => replaceFile(path, whole[number]))
  }
})

test('check: a pack that may not be read is told, and the others are read', async (t) => {
  const {place, packs} = await placeWithTwo(t)
  const repository = await openRepository(place)
  const get = repository.backend.get.bind(repository.backend)
  repository.backend.get = (name, options) => {
    if (packs.second.endsWith(name) && options?.isFresh) throw new PocketError('permission-denied', `cannot read '${name}': EACCES`)
    return get(name, options)
  }
  const codes: string[] = []
  let read = 0
  const result = await checkRepository(repository, {
    readData: ALL,
    onEvent: (event) => {
      if (event.type === 'damaged-object') codes.push(event.code)
      if (event.type === 'progress' && event.phase === 'data') read = event.done
    },
  })
  await repository.close()
  t.deepEqual(codes, ['permission-denied'])
  t.is(read, result.storedBytes)
  t.true(result.damagedPaths > 0)
})

test('check: what its hint for a damaged index says brings everything back', async (t) => {
  const {place} = await placeWithTwo(t)
  for (const path of objectsIn(place, 'index')) flip(path, 60)
  t.true((await check(place)).objects.includes('damaged-index'))
  for (const path of objectsIn(place, 'index')) rmSync(path)
  const uncached = {...place, cacheDirectory: undefined as unknown as string}
  const repository = await openRepository({...uncached, onWarning: () => undefined})
  await takeSnapshot(repository, {paths: [join(place.source, 'b')], workers: WORKERS})
  await repository.close()
  const {objects, paths, result} = await check(place)
  t.deepEqual([objects, paths], [[], []])
  t.like(result, {snapshots: 3, damagedSnapshots: 0, unindexed: 0})
})

test('check: what the index lacks is told with the files that need it', async (t) => {
  const {place} = await placeWithTwo(t)
  for (const path of objectsIn(place, 'index')) rmSync(path)
  const {result, paths} = await check({...place, cacheDirectory: undefined as unknown as string})
  t.is(result.damagedSnapshots, 2)
  t.deepEqual(
    paths.map(({path}) => path),
    ['', ''].slice(0, paths.length),
  )
  t.true(result.unindexed > 4)
})

test('check: what Pocket did not write is counted and harms nothing', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'content')
  await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
  const names = ['chunks/notes.txt', 'index/more.txt', 'snapshots/copy-of-one', 'keys/old']
  for (const name of names) writeFileSync(join(place.location, name), 'mine')
  const {result, objects} = await check(place, ALL)
  t.deepEqual([objects, result.alien], [[], names.length])
  const told: string[] = []
  await withRepository(place, (repository) =>
    checkRepository(repository, {onEvent: (event) => event.type === 'alien-object' && told.push(`${event.name} ${event.bytes}`)}),
  )
  t.deepEqual(told.sort(), names.map((name) => `${name} 4`).sort())
})

test('check: can be interrupted', async (t) => {
  const {place} = await placeWithTwo(t)
  await withRepository(place, (repository) =>
    t.throwsAsync(checkRepository(repository, {readData: ALL, signal: AbortSignal.abort()}), {code: 'interrupted'}),
  )
})
