/** What a write session that died leaves behind, and what the next makes of it. */
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {packName} from '../../src/repository/names.js'
import {writeChunks} from '../../src/repository/write-session.js'
import type {Fault} from '../backend/fault.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {buildPack, memoryRepository, noise} from './material.js'
import {indexedPacks, OPTIONS, putData, sessionFixture} from './session-fixture.js'

function markers(cacheDirectory: string): string[] {
  const [id] = readdirSync(cacheDirectory)
  return readdirSync(join(cacheDirectory, id, 'sessions'))
}

/** Stores a pack, and dies before its index. */
async function dieBeforeIndex(t: ExecutionContext, backend: Backend, cacheDirectory: string): Promise<string> {
  const {repository} = await sessionFixture({backend, cacheDirectory, faults: [{effect: 'die', verb: 'put', name: 'index/'}]})
  let id = ''
  await t.throwsAsync(
    writeChunks(repository, OPTIONS, async (session) => {
      id = putData(session, 1)
    }),
  )
  return id
}

test('session recovery: a marker lies in the cache while it runs, and stays when something is not indexed', async (t) => {
  const cacheDirectory = temporaryFolder(t)
  const {repository, backend} = await sessionFixture({cacheDirectory})
  await writeChunks(repository, OPTIONS, async (session) => {
    t.is(markers(cacheDirectory).length, 1)
    putData(session, 0)
  })
  t.is(markers(cacheDirectory).length, 0)
  await dieBeforeIndex(t, backend, cacheDirectory)
  t.is(markers(cacheDirectory).length, 1)
})

test('session recovery: what a dead session on this machine had stored is indexed by the next, once', async (t) => {
  const cacheDirectory = temporaryFolder(t)
  const backend = createMemoryBackend()
  const id = await dieBeforeIndex(t, backend, cacheDirectory)
  leaveDeadMarker(cacheDirectory)
  t.deepEqual(await indexedPacks(backend), [])
  const next = await sessionFixture({backend, cacheDirectory})
  await writeChunks(next.repository, OPTIONS, async (session) => {
    t.true(session.index.hasPack(id as never))
  })
  t.deepEqual(await indexedPacks(backend), [id])
  const after = await sessionFixture({backend, cacheDirectory})
  await writeChunks(after.repository, OPTIONS, async () => undefined)
  t.false(after.faulty.calls.some((call) => call.startsWith('get chunks/')))
})

/** As a process leaves that is killed; the markers of this process itself count as alive. */
function leaveDeadMarker(cacheDirectory: string): void {
  const [id] = readdirSync(cacheDirectory)
  const folder = join(cacheDirectory, id, 'sessions')
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, `${process.pid}_dead`), '')
}

test('session recovery: without a cache, orphans are looked for each time', async (t) => {
  const {repository, backend} = await sessionFixture()
  const pack = buildPack({kind: 'tree', sealing: repository.sealing, frames: [[noise(1000, 1)]]})
  await backend.put(packName(pack.id), pack.bytes)
  await writeChunks(repository, OPTIONS, async () => undefined)
  t.deepEqual(await indexedPacks(backend), [pack.id])
})

test('session recovery: what a failed session took over from a dead one is in no index, and the next session indexes it', async (t) => {
  // Each session tries twice.
  const failing = [1, 2, 3, 4].map((call): Fault => ({effect: 'fail-for-good', verb: 'put', name: 'index/', call}))
  const {repository, backend} = await sessionFixture({faults: failing})
  const save = () => writeChunks(repository, OPTIONS, async (session) => session.saveTree(noise(1000, 1)))
  await t.throwsAsync(save())
  await t.throwsAsync(save())
  t.deepEqual(await indexedPacks(backend), [])
  const reference = await save()
  t.is((await indexedPacks(backend)).length, 1)
  const {repository: fresh} = await memoryRepository({backend})
  t.deepEqual(Uint8Array.from(await (await fresh.trees()).read(reference)), noise(1000, 1))
})

test('session recovery: notes that cannot be removed from the cache are told, and fail nothing', async (t) => {
  const cacheDirectory = temporaryFolder(t)
  const {repository, backend, warnings} = await sessionFixture({cacheDirectory})
  await writeChunks(repository, OPTIONS, async (session) => {
    putData(session, 1)
    const [id] = readdirSync(cacheDirectory)
    rmSync(join(cacheDirectory, id), {recursive: true})
    writeFileSync(join(cacheDirectory, id), 'no folder')
  })
  t.is((await indexedPacks(backend)).length, 1)
  t.true(
    warnings.some(({message}) => message.includes('notes')),
    warnings.map(({message}) => message).join(),
  )
})
