import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import {ChunkIndex} from '../../src/repository/chunk-index.js'
import {packName} from '../../src/repository/names.js'
import {findOrphans} from '../../src/repository/orphans.js'
import {listPacks} from '../../src/repository/pack-listing.js'
import {faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {noise, SEALED, storePack} from './material.js'

/** A backend with three packs, of which the index names the first. */
async function fixture() {
  const backend = createMemoryBackend()
  const packs: IndexedPack[] = []
  for (let number = 0; number < 3; number++) {
    packs.push(await storePack(backend, {kind: number === 2 ? 'tree' : 'data', frames: [[noise(100, number)]]}))
  }
  const index = new ChunkIndex()
  index.add(packs[0])
  const damaged: PocketError[] = []
  const find = async (from: Backend = backend) => {
    const stored = await listPacks(from)
    return findOrphans({backend: from, sealing: SEALED, index, stored, onDamaged: (error) => damaged.push(error)})
  }
  return {backend, packs, damaged, find}
}

const byId = (a: IndexedPack, b: IndexedPack): number => (a.id < b.id ? -1 : 1)

test('orphans: packs that the index does not name are found, with what they hold', async (t) => {
  const {packs, damaged, find} = await fixture()
  t.deepEqual((await find()).sort(byId), packs.slice(1).sort(byId))
  t.deepEqual(damaged, [])
})

test('orphans: a damaged one is told of and stays where it is', async (t) => {
  const {backend, packs, damaged, find} = await fixture()
  const name = packName(packs[1].id)
  await backend.put(name, (await backend.get(name)).slice(0, 60))
  t.deepEqual(await find(), [packs[2]])
  t.deepEqual(
    damaged.map(({code}) => code),
    ['damaged-pack'],
  )
  t.truthy(await backend.stat(name))
})

test('orphans: one of a later format is told of as that', async (t) => {
  const {backend, packs, damaged, find} = await fixture()
  const bytes = await backend.get(packName(packs[1].id))
  bytes[4] = 2
  await backend.put(packName(packs[1].id), bytes)
  t.deepEqual(await find(), [packs[2]])
  t.deepEqual(
    damaged.map(({code}) => code),
    ['format-too-new'],
  )
})

test('orphans: one that vanishes meanwhile is none, and other objects are none', async (t) => {
  const {backend, packs, damaged, find} = await fixture()
  await backend.put('chunks/ab/notes.txt', new Uint8Array(3))
  const vanishing: Backend = Object.create(backend, {
    stat: {value: (name: string) => (name === packName(packs[1].id) ? Promise.resolve(undefined) : backend.stat(name))},
    get: {value: backend.get.bind(backend)},
    list: {value: backend.list.bind(backend)},
  })
  t.deepEqual(await find(vanishing), [packs[2]])
  t.deepEqual(damaged, [])
})

test('orphans: one that cannot be read is told of, and does not keep the others waiting', async (t) => {
  const {backend, packs, damaged, find} = await fixture()
  const faulty = faultyBackend(backend, [{effect: 'fail-for-good', verb: 'get', name: packName(packs[1].id)}])
  t.deepEqual(await find(faulty), [packs[2]])
  t.deepEqual(faulty.unused(), [])
  t.deepEqual(
    damaged.map(({code}) => code),
    ['io-failed'],
  )
})

test('orphans: a failure that may pass is no damaged pack', async (t) => {
  const {backend, damaged, find} = await fixture()
  const faulty = faultyBackend(backend, [{effect: 'fail', verb: 'get'}])
  await rejectsWith(t, find(faulty), 'io-failed')
  t.deepEqual(faulty.unused(), [])
  t.deepEqual(damaged, [])
})
