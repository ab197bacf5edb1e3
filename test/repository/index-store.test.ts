import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import type {ChunkIndex} from '../../src/repository/chunk-index.js'
import {mergeIndexes} from '../../src/repository/index-rewrite.js'
import {type IndexStoreContext, loadIndex, saveIndex} from '../../src/repository/index-store.js'
import {indexName} from '../../src/repository/names.js'
import {damage, type Effect, faultyBackend} from '../backend/fault.js'
import {collect, rejectsWith} from '../backend/objects.js'
import {chunkIds, SEALED, toldPack, UNSEALED} from './material.js'

function store(backend: Backend = createMemoryBackend(), sealing = SEALED): IndexStoreContext & {damaged: PocketError[]} {
  const damaged: PocketError[] = []
  return {backend, sealing, damaged, onDamaged: (error) => damaged.push(error)}
}

/** Pack number `number`, of two chunks of its own. */
function smallPack(number: number): IndexedPack {
  return toldPack(`pack ${number}`, chunkIds(number * 2, 2))
}

/** An index object for each of the packs from `first` on. */
async function saveEach(context: IndexStoreContext, first: number, count: number): Promise<string[]> {
  const names: string[] = []
  for (let number = first; number < first + count; number++) names.push(...(await saveIndex(context, [smallPack(number)])).map(indexName))
  return names
}

function packsIn(index: ChunkIndex): string[] {
  return index.packs.map(({id}) => id).sort()
}

function expectedPacks(count: number): string[] {
  return Array.from({length: count}, (_, number) => smallPack(number).id as string).sort()
}

for (const [what, sealing] of [
  ['sealed', SEALED],
  ['not sealed', UNSEALED],
] as const) {
  test(`index store: what was saved ${what} is loaded`, async (t) => {
    const context = store(createMemoryBackend(), sealing)
    await saveIndex(context, [smallPack(0), {...smallPack(1), kind: 'tree'}])
    await saveIndex(context, [smallPack(2)])
    const index = await loadIndex(context)
    t.deepEqual(packsIn(index), expectedPacks(3))
    t.is(index.size, 6)
    t.is(index.packs.find(({id}) => id === smallPack(1).id)?.kind, 'tree')
  })
}

test('index store: nothing at all is an empty index', async (t) => {
  const context = store()
  t.deepEqual(await saveIndex(context, []), [])
  t.is((await loadIndex(context)).size, 0)
})

test('index store: many chunks are parted over several objects, none lost', async (t) => {
  const context = store(createMemoryBackend(), UNSEALED)
  const ids = chunkIds(0, 1000)
  const packs = Array.from({length: 70}, (_, number) => {
    const own = ids.slice()
    for (let chunk = 0; chunk < 1000; chunk++) own[chunk * 32] = number
    return toldPack(`pack ${number}`, own)
  })
  const saved = await saveIndex(context, packs)
  t.is(saved.length, 2)
  const index = await loadIndex(context)
  t.deepEqual([index.packs.length, index.chunkTotal], [70, 70_000])
})

const DAMAGES = (['truncate', 'flip'] as Effect[]).flatMap((effect) => [
  {effect, sealing: SEALED},
  {effect, sealing: UNSEALED},
])

for (const {effect, sealing} of DAMAGES) {
  test(`index store: a damaged object (${effect}, suite ${sealing.suite}) is told of by its name and stepped over`, async (t) => {
    const context = store(createMemoryBackend(), sealing)
    const [name] = await saveEach(context, 0, 3)
    await context.backend.put(name, damage(await context.backend.get(name), effect))
    const index = await loadIndex(context)
    t.deepEqual(packsIn(index), [smallPack(1).id as string, smallPack(2).id as string].sort())
    t.deepEqual(
      context.damaged.map(({code}) => code),
      ['damaged-index'],
    )
    t.is(context.damaged[0].message, `cannot read index '${name.slice(6, 14)}': stored bytes do not match their name`)
  })
}

test('index store: an object of another repository is told and stepped over, and a file that is none is ignored', async (t) => {
  const context = store()
  await saveEach(context, 0, 1)
  await saveIndex(store(context.backend, {...SEALED, repositoryId: new Uint8Array(32)}), [smallPack(1)])
  await context.backend.put('index/notes.txt', new Uint8Array(3))
  t.deepEqual(packsIn(await loadIndex(context)), expectedPacks(1))
  t.deepEqual(
    context.damaged.map(({code}) => code),
    ['damaged-index'],
  )
})

test('index store: an object that cannot be read for another reason fails the load', async (t) => {
  const backend = createMemoryBackend()
  await saveEach(store(backend), 0, 2)
  const faulty = faultyBackend(backend, [{effect: 'fail-for-good', verb: 'get', name: 'index/'}])
  await rejectsWith(t, loadIndex(store(faulty)), 'io-failed')
  t.deepEqual(faulty.unused(), [])
})

test('index store: objects that are merged away while they are read are listed again', async (t) => {
  const backend = createMemoryBackend()
  const writer = store(backend)
  await saveEach(writer, 0, 60)
  let gets = 0
  const merging: Backend = {
    ...bound(backend),
    async get(name) {
      gets++
      if (gets === 10) await mergeIndexes(writer)
      return backend.get(name)
    },
  }
  const reader = store(merging)
  t.deepEqual(packsIn(await loadIndex(reader)), expectedPacks(60))
  t.deepEqual(reader.damaged, [])
  t.true((await collect(backend.list('index/'))).length < 10)
})

test('index store: objects that vanish as often as they are listed end the load', async (t) => {
  const backend = createMemoryBackend()
  await saveEach(store(backend), 0, 1)
  const vanishing: Backend = {
    ...bound(backend),
    async *list() {
      yield {name: indexName(smallPack(9).id), sizeBytes: 1000}
    },
  }
  await rejectsWith(t, loadIndex(store(vanishing)), 'damaged-index')
})

test('index store: merging leaves few objects that say the same', async (t) => {
  const context = store()
  await saveEach(context, 0, 47)
  await mergeIndexes(context)
  t.is((await collect(context.backend.list('index/'))).length, 47)
  await saveEach(context, 47, 1)
  await mergeIndexes(context)
  t.is((await collect(context.backend.list('index/'))).length, 1)
  t.deepEqual(packsIn(await loadIndex(context)), expectedPacks(48))
})

test('index store: merging leaves large objects, and damaged ones, as they are', async (t) => {
  const context = store()
  const [large] = (await saveIndex(context, [toldPack('large', chunkIds(1000, 40_000))])).map(indexName)
  const [broken] = await saveEach(context, 0, 50)
  await context.backend.put(broken, new Uint8Array(10))
  await mergeIndexes(context)
  const names = (await collect(context.backend.list('index/'))).map(({name}) => name)
  t.is(names.length, 3)
  t.true(names.includes(large))
  t.true(names.includes(broken))
  t.is((await loadIndex(context)).packs.length, 50)
})

test('index store: two that merge at once lose nothing', async (t) => {
  const backend = createMemoryBackend()
  await saveEach(store(backend), 0, 60)
  await Promise.all([mergeIndexes(store(backend)), mergeIndexes(store(backend))])
  t.deepEqual(packsIn(await loadIndex(store(backend))), expectedPacks(60))
})

test('index store: a merge that dies at any call loses nothing', async (t) => {
  const objects = new Map<string, Uint8Array>()
  await saveEach(store(createMemoryBackend(objects)), 0, 50)
  const calls = await callsOfMerge(objects)
  // The gets in between are all alike.
  for (let call = 1; call <= calls.length; call += call > 3 && call < 49 ? 9 : 1) {
    const backend = createMemoryBackend(new Map(objects))
    const faulty = faultyBackend(backend, [{effect: call % 2 ? 'die' : 'die-after', call}])
    await rejectsWith(t, mergeIndexes(store(faulty)), 'io-failed')
    t.deepEqual(packsIn(await loadIndex(store(backend))), expectedPacks(50), `call ${call}`)
  }
})

test('index store: a merge puts the union before it removes a part', async (t) => {
  const objects = new Map<string, Uint8Array>()
  await saveEach(store(createMemoryBackend(objects)), 0, 50)
  const verbs = (await callsOfMerge(objects)).map((call) => call.split(' ')[0])
  t.is(verbs.filter((verb) => verb === 'put').length, 1)
  t.is(verbs.filter((verb) => verb === 'remove').length, 50)
  t.true(verbs.indexOf('put') < verbs.indexOf('remove'))
})

async function callsOfMerge(objects: Map<string, Uint8Array>): Promise<readonly string[]> {
  const recording = faultyBackend(createMemoryBackend(new Map(objects)), [])
  await mergeIndexes(store(recording))
  return recording.calls
}

/** The backend's methods as properties, so that one can be replaced. */
function bound(backend: Backend): Backend {
  return {
    location: backend.location,
    access: backend.access,
    put: (...all) => backend.put(...all),
    get: (...all) => backend.get(...all),
    stat: (name) => backend.stat(name),
    list: (prefix) => backend.list(prefix),
    remove: (name) => backend.remove(name),
    close: () => backend.close(),
  }
}
