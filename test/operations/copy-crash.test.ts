/** A copy that is cut off at any call, or interrupted: what was there stays, and the same copy again makes everything whole. */
import test from 'ava'
import type {PutOptions} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {isPocketError} from '../../src/errors.js'
import {checkRepository, listSnapshots, pruneRepository, type Repository} from '../../src/index.js'
import {announceAs} from '../../src/snapshot/announcement.js'
import {type Effect, faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {recorder} from '../backend/recorder.js'
import {copy, emptyObjects, type Objects, openOn, prepareScene, restoresAll, type Scene} from './copy-place.js'
import {NO_SECRET} from './repository-place.js'
import {duplicateChunks} from './stored-chunks.js'

/** A process that is gone: what it has announced is left for others. */
const DEAD = 2 ** 30

async function crash(scene: Scene, objects: Objects, effect: Effect | undefined, call: number) {
  const to = faultyBackend(createMemoryBackend(objects), effect ? [{effect, call}] : [])
  announceAs(DEAD)
  try {
    await copy(createMemoryBackend(scene.objects), to)
    return {error: undefined, calls: to.calls, unused: to.unused()}
  } catch (error) {
    return {error, calls: to.calls, unused: to.unused()}
  } finally {
    announceAs()
  }
}

const EFFECTS: readonly [Effect, string][] = [
  ['die', 'the target dies at'],
  ['die-after', 'the target dies after the effect of'],
  ['lost-answer', 'the answer is lost of'],
]

for (const [effect, title] of EFFECTS) {
  test.serial(`copy: ${title} every call: the same copy again stores nothing twice, and everything restores`, async (t) => {
    t.timeout(240_000)
    const scene = await prepareScene(t, 2)
    const empty = await emptyObjects('small')
    const source = new Map(scene.objects)
    const {error, calls} = await crash(scene, new Map(empty), undefined, 0)
    t.is(error, undefined)
    t.true(calls.filter((call) => call.startsWith('put')).length >= 12)
    let withError = 0
    for (let call = 1; call <= calls.length; call++) {
      const objects = new Map(empty)
      const outcome = await crash(scene, objects, effect, call)
      // Calls that go at the same time may come in another order, and be fewer by one.
      if (outcome.unused.length > 0) continue
      const where = `call ${call}, ${outcome.calls[call - 1]}`
      t.true(outcome.error === undefined || isPocketError(outcome.error, 'io-failed'), `${where}: ${String(outcome.error)}`)
      if (outcome.error) withError++
      const again = await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects))
      t.is(again.copied + again.skipped, 2, where)
      await openOn(createMemoryBackend(objects), async (repository) => {
        t.deepEqual(await duplicateChunks(repository), [], where)
        const check = await checkRepository(repository, {readData: {type: 'all'}})
        t.deepEqual([check.damagedObjects, check.damagedPaths], [0, 0], where)
      })
      if (call % 4 === 0) await restoresAll(t, scene, objects, {where})
    }
    t.true(withError > calls.length / 2)
    t.deepEqual(scene.objects, source)
  })
}

test.serial('copy: interrupted between two packs, what was read is stored, in however small a pack, and is not stored again', async (t) => {
  const scene = await prepareScene(t)
  // Its packs are larger than everything that is copied.
  const objects = await emptyObjects('plain')
  const controller = new AbortController()
  let read = 0
  const open = (use: (repository: Repository) => Promise<unknown>) => openOn(createMemoryBackend(objects), use, {secret: NO_SECRET})
  const interrupted = copy(createMemoryBackend(scene.objects), createMemoryBackend(objects), {
    secret: NO_SECRET,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'progress') read = event.bytes
      if (read > 200_000) controller.abort()
    },
  })
  await rejectsWith(t, interrupted, 'interrupted')
  const packs = [...objects.keys()].filter((name) => name.startsWith('chunks/'))
  t.true(packs.length > 0)
  const kept = packs.reduce((sum, name) => sum + objects.get(name)!.length, 0)
  await open(async (repository) => {
    t.is((await listSnapshots(repository)).length, 0)
    t.is((await checkRepository(repository)).unindexed, 0)
  })
  const whole = await copy(createMemoryBackend(scene.objects), createMemoryBackend(await emptyObjects('plain')), {secret: NO_SECRET})
  const rest = await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects), {secret: NO_SECRET})
  t.is(rest.copied, 3)
  t.is(rest.bytesNew, whole.bytesNew - read)
  t.true(rest.bytesStored < whole.bytesStored - kept / 2, `${rest.bytesStored} of ${whole.bytesStored}, with ${kept} stored before`)
  await open(async (repository) => t.deepEqual(await duplicateChunks(repository), []))
  await restoresAll(t, scene, objects, {secret: NO_SECRET})
})

test.serial('copy: a run that died leaves no announcement once its snapshot is copied', async (t) => {
  const scene = await prepareScene(t, 1)
  const objects = await emptyObjects('small')
  const to = faultyBackend(createMemoryBackend(objects), [{effect: 'die-after', verb: 'put', name: 'snapshots/'}])
  announceAs(DEAD)
  await rejectsWith(t, copy(createMemoryBackend(scene.objects), to), 'io-failed')
  announceAs()
  await openOn(createMemoryBackend(objects), async (repository) => t.is((await listSnapshots(repository)).length, 1))
  t.like(await copy(createMemoryBackend(scene.objects), createMemoryBackend(objects)), {copied: 1, skipped: 0})
  await restoresAll(t, scene, objects)
})

test.serial('copy: what a prune of the target removes meanwhile is stored anew', async (t) => {
  const scene = await prepareScene(t, 2)
  const objects = await emptyObjects('small')
  const backend = createMemoryBackend(objects)
  let prunes = 0
  const pruned = {
    ...recorder(backend).backend,
    put: async (name: string, bytes: Uint8Array | readonly Uint8Array[], options?: PutOptions) => {
      // Nobody has heard so far of what is about to be announced.
      if (name.startsWith('snapshots/') && prunes++ < 2) await openOn(backend, (repository) => pruneRepository(repository, {graceMs: 0}))
      await backend.put(name, bytes, options)
    },
  }
  t.like(await copy(createMemoryBackend(scene.objects), pruned), {copied: 2, failed: 0})
  t.true(prunes > 3)
  await restoresAll(t, scene, objects)
})

test.serial('copy: what lacks something is told and left out, while others go on', async (t) => {
  const scene = await prepareScene(t)
  const objects = await emptyObjects('small')
  // Every pack in turn, so that data and trees, and what one and what all snapshots need, are among them.
  let failures = 0
  let whole = 0
  for (const name of [...scene.objects.keys()].filter((each) => each.startsWith('chunks/'))) {
    const damaged = new Map(scene.objects)
    const bytes = Uint8Array.from(damaged.get(name)!)
    bytes[60] ^= 1
    damaged.set(name, bytes)
    const target = new Map(objects)
    const {events, ...result} = await copy(createMemoryBackend(damaged), createMemoryBackend(target))
    t.is(result.copied + result.failed, 3, name)
    t.is(events.filter(({type}) => type === 'failed').length, result.failed)
    for (const event of events.filter(({type}) => type === 'failed')) {
      t.true(
        events.some((other) => other.type === 'damaged-path' && 'id' in event && other.id === event.id),
        name,
      )
    }
    failures += result.failed
    whole += result.copied
    const failed = new Set(events.flatMap((event) => (event.type === 'failed' ? [event.id as string] : [])))
    await restoresAll(t, scene, target, {where: name, taken: scene.taken.filter(({id}) => !failed.has(id))})
    // With the pack as it was, the rest follows.
    if (result.failed > 0) {
      t.like(await copy(createMemoryBackend(scene.objects), createMemoryBackend(target)), {copied: result.failed, failed: 0})
      await openOn(createMemoryBackend(target), async (repository) => t.is((await listSnapshots(repository)).length, 3))
    }
  }
  t.true(failures > 3 && whole > 3, `${failures} failed, ${whole} whole`)
})

test.serial('copy: a damaged pack whose chunks another pack has, too, costs nothing', async (t) => {
  const scene = await prepareScene(t, 2)
  const {backend, readings} = recorder(createMemoryBackend(scene.objects))
  t.truthy(readings)
  // Everything once more: a target of the same keys that knew nothing of what was there.
  const twin = new Map([...scene.objects].filter(([name]) => name === 'config' || name.startsWith('keys/')))
  t.like(await copy({...backend, location: 'elsewhere'}, createMemoryBackend(twin)), {copied: 2})
  const both = new Map([...scene.objects, ...[...twin].filter(([name]) => /^(chunks|index)\//.test(name))])
  for (const name of [...scene.objects.keys()].filter((each) => each.startsWith('chunks/'))) {
    const bytes = Uint8Array.from(both.get(name)!)
    bytes.fill(0, 50, 90)
    both.set(name, bytes)
  }
  const objects = await emptyObjects('small')
  t.like(await copy(createMemoryBackend(both), createMemoryBackend(objects)), {copied: 2, failed: 0})
  await restoresAll(t, scene, objects)
})
