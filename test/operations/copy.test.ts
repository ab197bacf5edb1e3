/** Copying snapshots between repositories: what arrives, what is read and stored for it, and what becomes of damage and interruptions. */
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {checkRepository, copySnapshots, listSnapshots, markSnapshots, takeSnapshot} from '../../src/index.js'
import {loadSnapshots, saveSnapshot} from '../../src/repository/snapshot-store.js'
import {faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {recorder} from '../backend/recorder.js'
import {copy, emptyObjects, openOn, prepareScene, restoresAll, takeRound} from './copy-place.js'
import {writeRandom} from './content.js'
import {NO_SECRET} from './repository-place.js'
import {duplicateChunks} from './stored-chunks.js'

test('copy: to a repository with other keys, everything restores bit for bit, and nothing is stored twice', async (t) => {
  const scene = await prepareScene(t)
  const objects = await emptyObjects('small')
  const from = faultyBackend(createMemoryBackend(scene.objects), [])
  const result = await copy(from, createMemoryBackend(objects))
  t.like(result, {copied: 3, skipped: 0, failed: 0, dryRun: false})
  await restoresAll(t, scene, objects)
  t.deepEqual(
    from.calls.filter((call) => call.startsWith('put') || call.startsWith('remove')),
    [],
    'the source is only read',
  )
  await openOn(createMemoryBackend(objects), async (repository) => {
    t.deepEqual(await duplicateChunks(repository), [])
    const check = await checkRepository(repository, {readData: {type: 'all'}})
    t.deepEqual([check.damagedObjects, check.damagedPaths, check.unindexed], [0, 0, 0])
    const [first, second, third] = await listSnapshots(repository)
    t.deepEqual([first.parent, second.parent, third.parent], [undefined, first.id, second.id])
  })
})

test('copy: folders of several pages and files of several lists of chunks keep them, and are learned from', async (t) => {
  const scene = await prepareScene(t, 1)
  const objects = await emptyObjects('small')
  writeRandom(join(scene.source, 'many-chunks'), 7, 8_000_000)
  mkdirSync(join(scene.source, 'many-names'))
  for (let file = 0; file < 2500; file++)
    writeFileSync(join(scene.source, 'many-names', `${file}-${'long'.repeat(55)}`), file % 100 ? '' : String(file))
  scene.taken.push(await takeRound(scene, 1))
  t.like(await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects)), {copied: 2})
  await restoresAll(t, scene, objects)
  scene.taken.push(await takeRound(scene, 2))
  const {backend, readings} = recorder(createMemoryBackend(scene.objects))
  t.like(await copy(backend, createMemoryBackend(objects)), {copied: 1, skipped: 2})
  const read = dataBytes(readings, scene.objects)
  t.true(read < 350_000, `${read} bytes were read`)
  await restoresAll(t, scene, objects)
})

test('copy: to a repository without encryption, and from one', async (t) => {
  const scene = await prepareScene(t)
  const plain = await emptyObjects('plain')
  const again = await emptyObjects('small')
  t.like(await copy(createMemoryBackend(scene.objects), createMemoryBackend(plain), {secret: NO_SECRET}), {copied: 3})
  await restoresAll(t, scene, plain, {secret: NO_SECRET})
  await openOn(
    createMemoryBackend(plain),
    (from) =>
      openOn(createMemoryBackend(again), async (to) => {
        t.like(await copySnapshots(from, to), {copied: 3, failed: 0})
      }),
    {secret: NO_SECRET},
  )
  await restoresAll(t, scene, again)
})

test('copy: where the keys are the same, chunks keep their ids, and what is there is not read', async (t) => {
  const scene = await prepareScene(t, 2)
  const objects = new Map(scene.objects)
  scene.taken.push(await takeRound(scene, 2))
  const {backend, readings} = recorder(createMemoryBackend(scene.objects))
  const result = await copy({...backend, location: 'elsewhere'}, createMemoryBackend(objects))
  t.like(result, {copied: 1, skipped: 2})
  const read = dataBytes(readings, scene.objects)
  t.true(read < 350_000 && read > 100_000, `${read} bytes were read`)
  await openOn(createMemoryBackend(objects), async (to) => {
    await openOn(createMemoryBackend(scene.objects), async (from) => {
      const [copied, taken] = [await loadSnapshots(to, fail), await loadSnapshots(from, fail)]
      t.deepEqual(copied.at(-1)?.record.root, taken.at(-1)?.record.root)
      t.is(copied.at(-1)?.record.parent, taken.at(-2)?.id)
    })
    t.deepEqual(await duplicateChunks(to), [])
  })
})

test('copy: where the keys are the same, what no snapshot of the target has told of is not read either', async (t) => {
  const scene = await prepareScene(t, 2)
  const objects = new Map([...scene.objects].filter(([name]) => !name.startsWith('snapshots/')))
  const {backend, readings} = recorder(createMemoryBackend(scene.objects))
  t.like(await copy({...backend, location: 'elsewhere'}, createMemoryBackend(objects)), {copied: 2, chunksNew: 0, bytesStored: 0})
  t.is(dataBytes(readings, scene.objects), 0)
  await restoresAll(t, scene, objects)
})

test('copy: of one more snapshot only what is new is read of the data and stored, where the keys are others', async (t) => {
  const scene = await prepareScene(t, 2)
  const objects = await emptyObjects('small')
  const first = await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects))
  t.like(first, {copied: 2})
  scene.taken.push(await takeRound(scene, 2))
  const {backend, readings} = recorder(createMemoryBackend(scene.objects))
  const before = storedBytes(objects)
  const result = await copy(backend, createMemoryBackend(objects))
  t.like(result, {copied: 1, skipped: 2})
  const read = dataBytes(readings, scene.objects)
  t.true(read < 350_000 && read > 100_000, `${read} bytes were read`)
  t.true(result.bytesNew < 350_000, `${result.bytesNew} bytes were new`)
  t.is(storedBytes(objects) - before, result.bytesStored)
  await restoresAll(t, scene, objects)
})

test('copy: what is there already is skipped, also when its tags have changed on either side', async (t) => {
  const scene = await prepareScene(t, 2)
  const objects = await emptyObjects('small')
  await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects))
  await openOn(createMemoryBackend(scene.objects), async (from) => {
    await markSnapshots(from, (await loadSnapshots(from, fail)).slice(0, 1), {addTags: ['changed']})
  })
  await openOn(createMemoryBackend(objects), async (to) => {
    await markSnapshots(to, (await loadSnapshots(to, fail)).slice(1), {pinned: true})
  })
  const {events, ...result} = await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects))
  t.like(result, {copied: 0, skipped: 2, chunksNew: 0, bytesStored: 0})
  t.is(events.filter(({type}) => type === 'skipped').length, 2)
  // And back to where it came from.
  t.like(await copy(createMemoryBackend(objects), createMemoryBackend(scene.objects)), {copied: 0, skipped: 2})
})

test('copy: those that are named, or match a choice; incomplete ones only when named', async (t) => {
  const scene = await prepareScene(t, 2)
  const plain = await emptyObjects('plain')
  let incomplete = ''
  await openOn(createMemoryBackend(scene.objects), async (from) => {
    await takeSnapshot(from, {paths: [scene.source], tags: ['wanted'], workers: 1})
    const [{record}] = await loadSnapshots(from, fail)
    incomplete = await saveSnapshot(from, {...record, timeNs: record.timeNs + 1n, isIncomplete: true})
  })
  const to = (options: Parameters<typeof copy>[2]) =>
    copy(createMemoryBackend(scene.objects), createMemoryBackend(plain), {secret: NO_SECRET, ...options})
  t.like(await to({tags: ['wanted']}), {copied: 1})
  t.like(await to({references: [scene.taken[0].id]}), {copied: 1})
  t.like(await to({references: ['latest']}), {copied: 0, skipped: 1})
  t.like(await to({}), {copied: 1, skipped: 2})
  t.like(await to({references: [incomplete]}), {copied: 1, skipped: 0})
  // Again it takes the place of the one before.
  t.like(await to({references: [incomplete]}), {copied: 1, skipped: 0})
  await rejectsWith(t, to({references: ['0123']}), 'snapshot-missing')
  await openOn(
    createMemoryBackend(plain),
    async (repository) => {
      const list = await listSnapshots(repository)
      t.deepEqual([list.length, list.filter(({isIncomplete}) => isIncomplete).length], [4, 1])
    },
    {secret: NO_SECRET},
  )
})

test('copy: a dry run stores nothing, and tells what would be stored', async (t) => {
  const scene = await prepareScene(t)
  const objects = await emptyObjects('small')
  const before = new Map(objects)
  const promised = await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects), {dryRun: true})
  t.like(promised, {copied: 3, dryRun: true, bytesStored: 0})
  t.deepEqual(objects, before)
  const result = await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects))
  t.true(promised.bytesNew <= result.bytesNew && promised.bytesNew > result.bytesNew - 50_000)
})

test('copy: a repository is not copied to itself', async (t) => {
  const scene = await prepareScene(t, 1)
  const backend = createMemoryBackend(scene.objects)
  await rejectsWith(t, copy(backend, backend), 'usage')
})

function dataBytes(readings: readonly {name: string; length: number}[], objects: ReadonlyMap<string, Uint8Array>): number {
  const isData = (name: string): boolean => name.startsWith('chunks/') && objects.get(name)?.[5] === 1
  return readings.filter(({name}) => isData(name)).reduce((sum, {length}) => sum + length, 0)
}

function storedBytes(objects: ReadonlyMap<string, Uint8Array>): number {
  return [...objects].filter(([name]) => name.startsWith('chunks/')).reduce((sum, [, {length}]) => sum + length, 0)
}

function fail(error: Error): never {
  throw error
}
