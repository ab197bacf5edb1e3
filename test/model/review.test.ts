/** Interleavings that were found by reading; each once lost a snapshot. */
import test, {type ExecutionContext} from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {wrapBackend} from '../../src/backend/wrap.js'
import {PocketError} from '../../src/errors.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {loadZstd} from '../../src/compression/zstd.js'
import {Checkpoint} from '../../src/operations/checkpoint.js'
import {chooseParents} from '../../src/operations/choose-parent.js'
import {forgetAll} from '../../src/operations/forget-snapshots.js'
import {pruneRepository} from '../../src/operations/prune-repository.js'
import {repairIndex} from '../../src/operations/repair-index.js'
import {snapshotName} from '../../src/repository/names.js'
import {loadSnapshot, listSnapshotIds} from '../../src/repository/snapshot-store.js'
import {freezeClock, shiftClock} from '../../src/util/clock.js'
import {expectedFiles, readContent, storeContent} from './client.js'
import type {Content} from './content.js'
import {createModelRepository, openModel} from './place.js'
import {Random} from './random.js'

const NOW = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const
const DAY_NS = 24n * 3600n * 1_000_000_000n

test.before(loadZstd)

async function newBackend(): Promise<Backend> {
  const backend = createMemoryBackend()
  await createModelRepository(backend, new Random(1))
  return backend
}

/** Calls `before` before the `nth` put of a name that begins with `prefix`. */
function hooked(backend: Backend, prefix: string, nth: number, before: () => Promise<void>): Backend {
  let count = 0
  return wrapBackend(backend, {
    put: async (name, bytes, options) => {
      if (name.startsWith(prefix) && ++count === nth) await before()
      return backend.put(name, bytes, options)
    },
  })
}

/** No put of a name that begins with `prefix` succeeds. */
function failing(backend: Backend, prefix: string, fail: () => Promise<void>): Backend {
  return wrapBackend(backend, {put: (name, bytes, options) => (name.startsWith(prefix) ? fail() : backend.put(name, bytes, options))})
}

/** Every complete snapshot can be read wholly. */
async function allWhole(t: ExecutionContext, backend: Backend, contents: ReadonlyMap<string, Content>): Promise<void> {
  const repository = await openModel(backend)
  let found = 0
  for (const id of await listSnapshotIds(backend)) {
    const record = await loadSnapshot(repository, id)
    if (record.isIncomplete) continue
    found++
    t.deepEqual(await readContent(repository, record.root), expectedFiles(contents.get(record.tags[0])!), record.tags[0])
  }
  t.is(found, contents.size)
}

const ONE: Content = new Map([['0/0', [1, 2, 3]]])
const THREE: Content = new Map([['0/0', [7, 8, 9]]])
const TWO: Content = new Map([['0/0', [4, 5, 6]]])
const BOTH = new Map([
  ['one', ONE],
  ['two', TWO],
])

test.serial('an announcement that another run of the same paths takes away', async (t) => {
  const backend = await newBackend()
  // Asleep between W4 and W5: the announcement is the first snapshot that is put, the snapshot the second.
  const sleeping = hooked(backend, 'snapshots/', 2, async () => {
    const other = await openModel(backend)
    const {checkpoints} = await chooseParents(other, undefined, {host: 'model', paths: ['/'] as never, timeNs: 1n << 62n})
    t.is(checkpoints.length, 1)
    await storeContent(other, TWO, 'two')
    // Of a process that is at work it is left alone, but a person may name it.
    await new Checkpoint(other, {} as never).supersede(checkpoints)
    t.true((await listSnapshotIds(backend)).includes(checkpoints[0].id))
    await backend.remove(snapshotName(checkpoints[0].id))
    await pruneRepository(await openModel(backend), NOW)
  })
  await storeContent(await openModel(sleeping), ONE, 'one')
  await allWhole(t, backend, BOTH)
})

test.serial('a removal from the future', async (t) => {
  freezeClock(1_800_000_000_000_000_000n)
  t.teardown(() => freezeClock(undefined))
  const backend = await newBackend()
  const repository = await openModel(backend)
  await forgetAll(repository, [await storeContent(repository, TWO, 'gone')])
  // A machine whose clock is ten years ahead prunes.
  shiftClock(3650n * DAY_NS)
  await pruneRepository(repository, NOW)
  shiftClock(-3650n * DAY_NS)
  await storeContent(repository, TWO, 'two')
  // A machine falls asleep when it has put its packs, and before it indexes them.
  const sleeping = hooked(backend, 'index/', 1, async () => {
    shiftClock(8n * DAY_NS)
    await pruneRepository(await openModel(backend), {maxUnused: {type: 'bytes', bytes: 0}})
  })
  await storeContent(await openModel(sleeping), ONE, 'one')
  await allWhole(t, backend, BOTH)
  shiftClock(-8n * DAY_NS)
})

test.serial('an index object that is put by who was asleep for longer than removals are kept', async (t) => {
  freezeClock(1_800_000_000_000_000_000n)
  t.teardown(() => freezeClock(undefined))
  const objects = new Map<string, Uint8Array>()
  const backend = createMemoryBackend(objects)
  await createModelRepository(backend, new Random(1))
  // A session that dies leaves packs that no index object names.
  const dying = failing(backend, 'index/', () => Promise.reject(new PocketError('io-failed', 'died')))
  await t.throwsAsync(storeContent(await openModel(dying), ONE, 'died'))
  t.true([...objects.keys()].some((name) => name.startsWith('chunks/')))
  const cacheDirectory = temporaryFolder(t)
  const bucket = createMemoryBackend(objects, {isListingDear: true})
  const sleeping = hooked(backend, 'index/', 1, async () => {
    for (const content of [TWO, THREE]) {
      shiftClock(8n * DAY_NS)
      const other = await openModel(backend)
      await forgetAll(other, [await storeContent(other, content, 'gone')])
      await pruneRepository(other, NOW)
    }
    // It has listed the packs today.
    await storeContent(await openModel(bucket, cacheDirectory), TWO, 'two')
  })
  await repairIndex(await openModel(sleeping))
  await storeContent(await openModel(bucket, cacheDirectory), ONE, 'one')
  await allWhole(t, backend, BOTH)
  shiftClock(-16n * DAY_NS)
})
