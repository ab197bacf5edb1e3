/** The backend dies for good, or loses an answer, at each call of a snapshot in turn: nothing that was there before suffers. */
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {isPocketError, type PocketError} from '../../src/errors.js'
import {listSnapshots, type Repository, takeSnapshot} from '../../src/index.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {type Effect, type Fault, faultyBackend} from '../backend/fault.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {writeRandom} from './content.js'
import {KEY_FILE, restoreFresh} from './repository-place.js'
import {createSmallPieces} from './small-pieces.js'
import {duplicateChunks, readPacks} from './stored-chunks.js'
import {differences, listTree, type Listing} from './tree-listing.js'

interface Scene {
  folder: string
  source: string
  /** The repository before the run that crashes, with two snapshots. */
  objects: ReadonlyMap<string, Uint8Array>
  /** What each of them restores to. */
  earlier: {id: string; expected: Listing}[]
  /** The source as the run that crashes finds it. */
  expected: Listing
}

async function withOpen<T>(backend: Backend, use: (repository: Repository) => Promise<T>): Promise<T> {
  const warnings: PocketError[] = []
  const repository = await openRepositoryOn(backend, {
    secret: async () => KEY_FILE,
    cacheDirectory: undefined,
    onWarning: (warning) => warnings.push(warning),
  })
  const result = await use(repository)
  // That the backend fails may be told, but nothing may be found damaged by it.
  const [worse] = warnings.filter(({code}) => code !== 'io-failed')
  if (worse) throw worse
  return result
}

const take = (repository: Repository, {source}: Pick<Scene, 'source'>) =>
  takeSnapshot(repository, {paths: [source], workers: 1, compression: 'off'})

async function prepare(t: ExecutionContext): Promise<Scene> {
  const folder = temporaryFolder(t)
  const source = join(folder, 'source')
  mkdirSync(join(source, 'below'), {recursive: true})
  const objects = new Map<string, Uint8Array>()
  const backend = createMemoryBackend(objects)
  await createSmallPieces(backend)
  const earlier: Scene['earlier'] = []
  for (let round = 0; round < 2; round++) {
    writeRandom(join(source, `file-${round}`), round, 150_000)
    writeFileSync(join(source, 'below', 'counter'), String(round))
    const {id} = await withOpen(backend, (repository) => take(repository, {source}))
    earlier.push({id: id!, expected: listTree(source)})
  }
  for (let file = 2; file < 6; file++) writeRandom(join(source, 'below', `file-${file}`), file, 120_000)
  rmSync(join(source, 'file-0'))
  return {folder, source, objects, earlier, expected: listTree(source)}
}

/** Runs a snapshot on a backend with these faults; returns its error. */
async function crash(
  scene: Scene,
  objects: Map<string, Uint8Array>,
  faults: Fault[],
): Promise<{error?: unknown; calls: readonly string[]; unused: Fault[]}> {
  const backend = faultyBackend(createMemoryBackend(objects), faults)
  const end = (error?: unknown) => ({error, calls: backend.calls, unused: backend.unused()})
  try {
    await withOpen(backend, (repository) => take(repository, scene))
    return end()
  } catch (error) {
    return end(error)
  }
}

async function checkAfter(t: ExecutionContext, scene: Scene, objects: Map<string, Uint8Array>, where: string): Promise<void> {
  const backend = createMemoryBackend(objects)
  for (const [name, bytes] of scene.objects)
    t.is(Buffer.compare(objects.get(name) ?? Buffer.alloc(0), bytes), 0, `${where}: ${name} has changed`)
  const finished = await withOpen(backend, readPacks)
  await withOpen(backend, async (repository) => {
    const {summary} = await take(repository, scene)
    t.deepEqual(await duplicateChunks(repository), [], `${where}: chunks were stored again`)
    const raw = (packs: typeof finished) => packs.reduce((sum, {directory}) => sum + directory.chunkLengths.reduce((a, b) => a + b, 0), 0)
    t.is(summary.bytesAdded, raw(await readPacks(repository)) - raw(finished), where)
  })
  await withOpen(backend, async (repository) => {
    const {listing, result} = await restoreFresh(repository, scene, 'latest')
    t.deepEqual([differences(listing, scene.expected), result.failed], [[], 0], where)
  })
}

/** Earlier snapshots after a crash: their objects are as they were, so one of them stands for all calls. */
async function checkEarlier(t: ExecutionContext, scene: Scene, objects: Map<string, Uint8Array>, where: string): Promise<void> {
  for (const {id, expected} of scene.earlier) {
    await withOpen(createMemoryBackend(objects), async (repository) => {
      const {listing} = await restoreFresh(repository, scene, id)
      t.deepEqual(differences(listing, expected), [], where)
    })
  }
}

const EFFECTS: readonly [Effect, string][] = [
  ['die', 'the backend dies at'],
  ['die-after', 'the backend dies after the effect of'],
  ['lost-answer', 'the answer is lost of'],
]

for (const [effect, title] of EFFECTS) {
  test.serial(
    `crash: ${title} every call of a snapshot: earlier snapshots restore, the next one is whole and stores nothing twice`,
    async (t) => {
      t.timeout(120_000)
      const scene = await prepare(t)
      const {error, calls} = await crash(scene, new Map(scene.objects), [])
      t.is(error, undefined)
      const puts = calls.filter((call) => call.startsWith('put')).length
      t.true(puts >= 6, `only ${puts} puts`)
      const committed = calls.findLastIndex((call) => call.startsWith('put snapshots/'))
      let crashes = 0
      for (let call = 1; call <= calls.length; call++) {
        const objects = new Map(scene.objects)
        const outcome = await crash(scene, objects, [{effect, call}])
        const where = `call ${call}, ${outcome.calls[call - 1]}`
        // Only tidying up may fail without failing the run: what comes after the snapshot is there.
        const isTidying = outcome.error === undefined && call > committed + 1
        t.true(isTidying || isPocketError(outcome.error, 'io-failed'), `${where}: ${String(outcome.error)}`)
        t.deepEqual(outcome.unused, [], where)
        crashes++
        await checkAfter(t, scene, objects, where)
        // Once for each kind of call is enough to restore all that was there before.
        if (call % 5 === 0) await checkEarlier(t, scene, objects, where)
      }
      t.log(`${crashes} calls, ${puts} of them puts`)
    },
  )
}

test.serial('crash: a snapshot whose last answer is lost is there, and is listed once', async (t) => {
  const scene = await prepare(t)
  const objects = new Map(scene.objects)
  const {error} = await crash(scene, objects, [{effect: 'lost-answer', verb: 'put', name: 'snapshots/', call: 2}])
  t.true(isPocketError(error, 'io-failed'))
  await withOpen(createMemoryBackend(objects), async (repository) => {
    t.is((await listSnapshots(repository)).length, 3)
    const {listing} = await restoreFresh(repository, scene, 'latest')
    t.deepEqual(differences(listing, scene.expected), [])
  })
})
