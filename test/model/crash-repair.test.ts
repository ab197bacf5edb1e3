/**
 * The backend dies, or loses an answer, at each call of a repair: whatever could be read before can be read then, and the repair run again
 * comes to what it comes to when nothing goes wrong.
 */
import test, {type ExecutionContext} from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {loadZstd} from '../../src/compression/zstd.js'
import {isPocketError} from '../../src/errors.js'
import {checkRepository} from '../../src/operations/check-repository.js'
import {copySnapshots} from '../../src/operations/copy-snapshots.js'
import {pruneRepository} from '../../src/operations/prune-repository.js'
import {repairFrom} from '../../src/operations/repair-from.js'
import {repairIndex} from '../../src/operations/repair-index.js'
import {repairPacks} from '../../src/operations/repair-packs.js'
import {repairSnapshots} from '../../src/operations/repair-snapshots.js'
import {packName} from '../../src/repository/names.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import type {Repository} from '../../src/repository/repository.js'
import {listSnapshotIds} from '../../src/repository/snapshot-store.js'
import {type Effect, faultyBackend} from '../backend/fault.js'
import {KEY_FILE} from '../operations/repository-place.js'
import {createSmallPieces} from '../operations/small-pieces.js'
import {expectedFiles} from './client.js'
import {
  cutShort,
  type DamagedScene,
  flipFrame,
  forgottenIds,
  hashed,
  type Objects,
  readable,
  type Readable,
  wholeScene,
} from './damaged-scene.js'
import {createModelRepository, openModel} from './place.js'
import {Random} from './random.js'

interface Scene extends DamagedScene {
  /** The copies of `repair from`. */
  copies: Objects
}

interface Command {
  name: string
  damage: (scene: Scene) => void
  /** Stores copies of everything before that. */
  copy?: (scene: Scene) => Promise<void>
  run: (repository: Repository, scene: Scene) => Promise<object>
  /** What an uninterrupted run must tell of, or it is no test. */
  counts: readonly string[]
  /** Snapshots may be forgotten when what takes their place is there. */
  mayForget?: boolean
  /** What of a pack cannot be read, as in a bad sector, is lost to it. */
  takesForDamage?: true
}

const NOW = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const

function loseIndexes({objects, indexes, packs: {data}}: Scene): void {
  objects.delete(indexes[1])
  objects.set(indexes[2], Uint8Array.from(objects.get(indexes[2])!).fill(0, 60, 64))
  objects.delete(packName(data[0].id))
}

function damagePacks({objects, packs: {data, tree}}: Scene): void {
  flipFrame(objects, data[0])
  cutShort(objects, data[1])
  objects.delete(packName(data[2].id))
  flipFrame(objects, tree[1])
}

function loseContent({objects, packs: {data}}: Scene): void {
  objects.delete(packName(data[0].id))
  objects.delete(packName(data[2].id))
}

const openEncrypted = (copies: Objects): Promise<Repository> =>
  openRepositoryOn(createMemoryBackend(copies), {secret: async () => KEY_FILE, cacheDirectory: undefined, onWarning: () => undefined})

const COMMANDS: readonly Command[] = [
  {name: 'repair index', damage: loseIndexes, run: (repository) => repairIndex(repository), counts: ['taken', 'dropped', 'damagedIndexes']},
  {
    name: 'repair index, all packs',
    damage: loseIndexes,
    run: (repository) => repairIndex(repository, {readAllPacks: true}),
    counts: ['taken', 'dropped', 'damagedIndexes'],
  },
  {
    name: 'repair packs',
    damage: damagePacks,
    run: (repository) => repairPacks(repository),
    counts: ['damaged', 'removed', 'salvagedChunks', 'lostChunks', 'damagedPaths'],
  },
  {
    name: 'repair snapshots',
    damage: loseContent,
    run: (repository) => repairSnapshots(repository),
    counts: ['damaged', 'repaired', 'damagedPaths'],
    takesForDamage: true,
  },
  {
    name: 'repair snapshots and forget',
    damage: loseContent,
    run: (repository) => repairSnapshots(repository, {forget: true}),
    counts: ['damaged', 'repaired', 'damagedPaths', 'forgotten'],
    takesForDamage: true,
    mayForget: true,
  },
  {
    name: 'repair from a copy',
    damage: damagePacks,
    copy: async ({objects, copies}) => {
      const to = createMemoryBackend(copies)
      await createModelRepository(to, new Random(12))
      await copySnapshots(await openModel(createMemoryBackend(objects)), await openModel(to))
    },
    run: async (repository, {copies}) => repairFrom(repository, await openModel(createMemoryBackend(copies))),
    counts: ['recoveredChunks'],
  },
  {
    name: 'repair from a copy with other keys',
    damage: loseContent,
    copy: async ({objects, copies}) => {
      await createSmallPieces(createMemoryBackend(copies))
      await copySnapshots(await openModel(createMemoryBackend(objects)), await openEncrypted(copies))
    },
    run: async (repository, {copies}) => repairFrom(repository, await openEncrypted(copies)),
    counts: ['recoveredChunks'],
  },
]

async function prepare({damage, copy}: Command): Promise<Scene> {
  const scene = {...(await wholeScene()), copies: new Map()}
  await copy?.(scene)
  damage(scene)
  return scene
}

/** What was readable of each snapshot still is, in itself or, where that may be, in what took its place; and nothing is other than it was. */
async function verify(t: ExecutionContext, objects: Objects, {scene, before, mayForget}: Before, where: string): Promise<Readable> {
  const now = await readable(objects)
  const present = new Set(await listSnapshotIds(createMemoryBackend(objects)))
  for (const [tag, files] of before) {
    const isReplaced = mayForget && now.has(`${tag} repaired`)
    t.true(present.has(scene.ids.get(tag)!) || isReplaced, `${where}: ${tag} is gone`)
    const own = now.get(tag) ?? now.get(`${tag} repaired`)
    for (const [path, bytes] of files) t.is(own?.get(path) ?? '', bytes, `${where}: ${path} of ${tag} is lost`)
  }
  for (const [name, files] of now) {
    const expected = hashed(expectedFiles(scene.contents.get(name.split(' ')[0])!))
    for (const [path, bytes] of files) t.is(expected.get(path) ?? '', bytes, `${where}: ${path} of ${name} is other than it was`)
  }
  return now
}

interface Before {
  scene: Scene
  before: Readable
  mayForget: boolean
}

/** What a user can tell: what can be read of each snapshot, and what a check finds. What was stored in vain goes with a prune. */
async function outcomeOf(objects: Objects): Promise<object> {
  const repository = await openModel(createMemoryBackend(new Map(objects)))
  const {damagedObjects, damagedPaths, damagedSnapshots} = await checkRepository(repository, {readData: {type: 'all'}})
  return {files: await readable(objects), forgotten: await forgottenIds(objects), damagedObjects, damagedPaths, damagedSnapshots}
}

async function runOn(objects: Objects, scene: Scene, {run}: Command): Promise<object> {
  return run(await openModel(createMemoryBackend(objects)), scene)
}

/** Prunes a repository of which something is lost: what it refuses it leaves alone. */
async function prune(objects: Objects): Promise<void> {
  try {
    await pruneRepository(await openModel(createMemoryBackend(objects)), NOW)
  } catch (error) {
    if (!isPocketError(error)) throw error
  }
}

async function verifyPruned(t: ExecutionContext, objects: Objects, start: Before, where: string): Promise<void> {
  const pruned = new Map(objects)
  await prune(pruned)
  await verify(t, pruned, start, where)
}

const EFFECTS: readonly Effect[] = ['die', 'die-after', 'lost-answer', 'fail-for-good']

test.before(loadZstd)

/** Whether there is something to be learned from it: to die after a call is to die at the next, and the answer of a call that changes nothing is lost like any failure. */
function isWorthwhile(effect: Effect, call: string, isLast: boolean): boolean {
  if (effect === 'die-after') return isLast
  return effect !== 'lost-answer' || isChange(call)
}

function isChange(call: string): boolean {
  return /^(put|remove) /.test(call)
}

for (const command of COMMANDS) {
  const {name, run, counts, mayForget = false, takesForDamage} = command
  for (const effect of EFFECTS) {
    test.serial(`crash of ${name}: '${effect}' at every call`, async (t) => {
      t.timeout(240_000)
      const scene = await prepare(command)
      const start: Before = {scene, before: await readable(scene.objects), mayForget}
      const finished = new Map(scene.objects)
      const whole = faultyBackend(createMemoryBackend(finished), [])
      const told = await run(await openModel(whole), scene)
      for (const count of counts) t.not((told as Record<string, unknown>)[count], 0, `${count} of ${JSON.stringify(told)}`)
      const outcome = await outcomeOf(finished)
      for (const [index, call] of whole.calls.entries()) {
        const isLast = index === whole.calls.length - 1
        if (!isWorthwhile(effect, call, isLast)) continue
        if (takesForDamage && effect === 'fail-for-good' && call.startsWith('get chunks/')) continue
        const where = `call ${index + 1}, ${call}`
        const objects = new Map(scene.objects)
        const faulty = faultyBackend(createMemoryBackend(objects), [{effect, call: index + 1}])
        try {
          await run(await openModel(faulty), scene)
        } catch (error) {
          t.true(isPocketError(error, 'io-failed'), `${where}: ${String(error)}`)
        }
        t.deepEqual(faulty.unused(), [], where)
        await verify(t, objects, start, where)
        // Between two calls that change something, what is stored is the same.
        const isNewState = isLast || isChange(call)
        if (isNewState) await verifyPruned(t, objects, start, `${where}, and a prune`)
        await t.notThrowsAsync(runOn(objects, scene, command), `${where}, and again`)
        await verify(t, objects, start, `${where}, and again`)
        if (!isNewState) continue
        t.deepEqual(await outcomeOf(objects), outcome, `${where}, and again`)
        await verifyPruned(t, objects, start, `${where}, again, and a prune`)
      }
    })
  }
}
