import test from 'ava'
import {PocketError} from '../../src/errors.js'
import {HEAD_BYTES, KIND} from '../../src/format/head.js'
import {saveSnapshot} from '../../src/repository/snapshot-store.js'
import {writeChunks} from '../../src/repository/write-session.js'
import {toHex} from '../../src/util/bytes.js'
import type {Fault} from '../backend/fault.js'
import {collect, rejectsWith} from '../backend/objects.js'
import {exampleSnapshot} from '../format/examples.js'
import {noise} from './material.js'
import {indexedPacks, OPTIONS, putData, sessionFixture} from './session-fixture.js'

const folders = (names: readonly string[]): string[] => names.map((name) => name.split('/')[0])

test('write session: packs are stored before the index, and the index before the snapshot', async (t) => {
  const {repository, puts} = await sessionFixture()
  const root = await writeChunks(repository, OPTIONS, async (session) => {
    putData(session, 1)
    putData(session, 2)
    return session.saveTree(noise(100, 3))
  })
  await saveSnapshot(repository, {...exampleSnapshot, root})
  t.deepEqual(folders(puts()), ['chunks', 'chunks', 'chunks', 'index', 'snapshots'])
})

test('write session: an index is not begun before every pack that it names is durable', async (t) => {
  const {repository, faulty, puts} = await sessionFixture({faults: [{effect: 'stall', verb: 'put', name: 'chunks/'}]})
  const done = writeChunks(repository, OPTIONS, async (session) => {
    putData(session, 1)
    putData(session, 2)
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.deepEqual(folders(puts()), ['chunks', 'chunks'])
  faulty.release()
  await done
  t.deepEqual(folders(puts()), ['chunks', 'chunks', 'index'])
})

test('write session: when it ends, the repository finds what it has stored', async (t) => {
  const {repository} = await sessionFixture()
  const tree = noise(5000, 1)
  const reference = await writeChunks(repository, OPTIONS, async (session) => session.saveTree(tree))
  t.deepEqual(Uint8Array.from(await (await repository.trees()).read(reference)), tree)
  t.is((await repository.loadIndex()).packs[0].kind, 'tree')
})

test('write session: what reads while it ends does not keep an index without what it stored', async (t) => {
  const {repository, faulty} = await sessionFixture({faults: [{effect: 'stall', verb: 'put', name: 'index/'}]})
  const done = writeChunks(repository, OPTIONS, async (session) => session.saveTree(noise(100, 1)))
  while (!faulty.calls.some((call) => call.startsWith('put index/'))) await new Promise((resolve) => setTimeout(resolve, 5))
  t.is((await repository.loadIndex()).size, 0)
  faulty.release()
  await done
  t.is((await repository.loadIndex()).size, 1)
})

test('write session: a tree that the repository has, or was saved a moment ago, is not stored again', async (t) => {
  const {repository, puts} = await sessionFixture()
  const save = () =>
    writeChunks(repository, OPTIONS, async (session) => {
      const references = [session.saveTree(noise(100, 1)), session.saveTree(noise(100, 1))]
      return {references, totals: {...session.treeTotals}}
    })
  const first = await save()
  t.deepEqual(first.totals, {chunks: 1, rawBytes: 100})
  t.deepEqual(first.references[0], first.references[1])
  const stored = puts().length
  t.deepEqual((await save()).totals, {chunks: 0, rawBytes: 0})
  t.is(puts().length, stored)
})

test('write session: a tree of any length is stored', async (t) => {
  const {repository} = await sessionFixture()
  const trees = [noise(1, 1), new Uint8Array(5_000_000), noise(3_200_000, 2), noise(100, 3)]
  const references = await writeChunks(repository, OPTIONS, async (session) => trees.map((tree) => session.saveTree(tree)))
  const reader = await repository.trees()
  for (const [number, reference] of references.entries()) t.true(Buffer.compare(await reader.read(reference), trees[number]) === 0)
})

test('write session: nothing to write writes nothing', async (t) => {
  const {repository, puts} = await sessionFixture()
  t.is(await writeChunks(repository, OPTIONS, async () => 'result'), 'result')
  t.deepEqual(puts(), [])
})

test('write session: a dry run counts and stores nothing, and gives memory back at once', async (t) => {
  const {repository, puts} = await sessionFixture()
  let released = 0
  const stored = await writeChunks(repository, {...OPTIONS, isDryRun: true}, async (session) => {
    putData(session, 1, () => released++)
    session.saveTree(noise(100, 2))
    await session.ready()
    return session.totals
  })
  t.is(released, 1)
  t.true(stored.storedBytes > 1100)
  t.deepEqual(puts(), [])
})

test('write session: counts what it has stored, and says when memory is free', async (t) => {
  const {repository, backend} = await sessionFixture()
  let released = 0
  const totals = await writeChunks(repository, OPTIONS, async (session) => {
    putData(session, 1, () => released++)
    putData(session, 2, () => released++)
    return session.totals
  })
  t.is(released, 2)
  const packs = await collect(backend.list('chunks/'))
  t.is(
    totals.storedBytes,
    packs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0),
  )
})

test('write session: `ready` waits while many packs are under way', async (t) => {
  const faults: Fault[] = Array.from({length: 4}, (_, index) => ({effect: 'stall', verb: 'put', name: 'chunks/', call: index + 1}))
  const {repository, faulty} = await sessionFixture({faults})
  await writeChunks(repository, OPTIONS, async (session) => {
    for (let seed = 0; seed < 4; seed++) putData(session, seed)
    let isReady = false
    const ready = session.ready().then(() => {
      isReady = true
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    t.false(isReady)
    faulty.release()
    await ready
  })
})

test('write session: when the work fails, what was finished is indexed and the error goes on', async (t) => {
  const {repository, backend, warnings} = await sessionFixture()
  const ids: string[] = []
  const failure = new TypeError('a bug')
  const error = await t.throwsAsync(
    writeChunks(repository, OPTIONS, async (session) => {
      ids.push(putData(session, 1), putData(session, 2))
      throw failure
    }),
  )
  t.is(error, failure)
  t.deepEqual(await indexedPacks(backend), ids.sort())
  t.deepEqual(warnings, [])
})

test('write session: a pack that cannot be stored fails the session, and the others are indexed', async (t) => {
  const {repository, backend, faulty, warnings, puts} = await sessionFixture({
    faults: [{effect: 'fail-for-good', verb: 'put', name: 'chunks/', call: 2}],
  })
  const ids: string[] = []
  let released = 0
  await rejectsWith(
    t,
    writeChunks(repository, OPTIONS, async (session) => {
      for (let seed = 0; seed < 3; seed++) ids.push(putData(session, seed, () => released++))
    }),
    'io-failed',
  )
  t.is(released, 3)
  t.deepEqual(await indexedPacks(backend), [ids[0], ids[2]].sort())
  t.deepEqual(folders(puts()), ['chunks', 'chunks', 'chunks', 'index'])
  t.deepEqual(faulty.unused(), [])
  t.deepEqual(warnings, [])
})

test('write session: `ready` throws the error of a pack that could not be stored', async (t) => {
  const {repository} = await sessionFixture({faults: [{effect: 'fail-for-good', verb: 'put', name: 'chunks/'}]})
  await writeChunks(repository, OPTIONS, async (session) => {
    putData(session, 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await rejectsWith(t, session.ready(), 'io-failed')
    throw new PocketError('interrupted', 'enough')
  }).catch((error: PocketError) => t.is(error.code, 'interrupted'))
})

test('write session: the first error is thrown; another one of the clean-up is a warning', async (t) => {
  const {repository, faulty, warnings} = await sessionFixture({faults: [{effect: 'die', verb: 'put', name: 'index/'}]})
  const first = new PocketError('interrupted', 'the run was interrupted')
  const error = await t.throwsAsync(
    writeChunks(repository, OPTIONS, async (session) => {
      putData(session, 1)
      throw first
    }),
  )
  t.is(error, first)
  t.deepEqual(
    warnings.map(({code}) => code),
    ['io-failed'],
  )
  t.deepEqual(faulty.unused(), [])
})

test('write session: an index that could not be stored is tried again in the clean-up', async (t) => {
  const {repository, backend, faulty} = await sessionFixture({faults: [{effect: 'fail', verb: 'put', name: 'index/'}]})
  const ids: string[] = []
  await rejectsWith(
    t,
    writeChunks(repository, OPTIONS, async (session) => void ids.push(putData(session, 1))),
    'io-failed',
  )
  t.deepEqual(await indexedPacks(backend), ids)
  t.deepEqual(faulty.unused(), [])
})

test('write session: trees are sealed in tree packs, under keys of their own', async (t) => {
  const {repository, backend} = await sessionFixture()
  const {id} = await writeChunks(repository, OPTIONS, async (session) => session.saveTree(noise(100, 1)))
  const [{name}] = await collect(backend.list('chunks/'))
  const stored = await backend.get(name)
  t.is(stored[5], KIND.treePack)
  t.is(Buffer.from(stored.subarray(HEAD_BYTES)).indexOf(noise(100, 1)), -1)
  t.not(toHex(id), toHex(noise(100, 1)))
})
