import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import type {ObjectId} from '../../src/id.js'
import {snapshotName} from '../../src/repository/names.js'
import {listSnapshotIds, loadSnapshot, loadSnapshots, saveSnapshot} from '../../src/repository/snapshot-store.js'
import {damage, type Effect} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {exampleSnapshot} from '../format/examples.js'
import {plain} from '../format/plain.js'
import {SEALED, UNSEALED} from './material.js'

const open = (sealing = SEALED) => ({backend: createMemoryBackend(), sealing})
const unexpected = (error: PocketError): never => {
  throw error
}
const at = (timeNs: bigint) => ({...exampleSnapshot, timeNs})

test('snapshot store: what was saved is loaded, sealed or not', async (t) => {
  for (const context of [open(), open(UNSEALED)]) {
    const id = await saveSnapshot(context, exampleSnapshot)
    t.deepEqual(plain(await loadSnapshot(context, id)), plain(exampleSnapshot))
    t.deepEqual(await listSnapshotIds(context.backend), [id])
  }
})

test('snapshot store: all are given oldest first', async (t) => {
  const context = open()
  const ids = new Map<bigint, ObjectId>()
  for (const time of [5n, 1n, 3n, 2n, 4n]) ids.set(time, await saveSnapshot(context, at(time)))
  const found = await loadSnapshots(context, unexpected)
  t.deepEqual(
    found.map(({record}) => record.timeNs),
    [1n, 2n, 3n, 4n, 5n],
  )
  t.deepEqual(
    found.map(({id}) => id),
    [1n, 2n, 3n, 4n, 5n].map((time) => ids.get(time) as ObjectId),
  )
})

test('snapshot store: those of one time have an order all the same', async (t) => {
  const context = open()
  for (let number = 0; number < 5; number++) await saveSnapshot(context, at(1n))
  const ids = (await loadSnapshots(context, unexpected)).map(({id}) => id)
  t.deepEqual(ids, ids.toSorted())
})

test('snapshot store: one that is not there is missing, by its short id', async (t) => {
  const id = 'ab'.repeat(32) as ObjectId
  await rejectsWith(t, loadSnapshot(open(), id), 'snapshot-missing')
  t.is((await t.throwsAsync(loadSnapshot(open(), id)))?.message, "there is no snapshot 'abababab'")
})

const DAMAGES = (['truncate', 'flip'] as Effect[]).flatMap((effect) => [
  {effect, sealing: SEALED},
  {effect, sealing: UNSEALED},
])

for (const {effect, sealing} of DAMAGES) {
  test(`snapshot store: a damaged one (${effect}, suite ${sealing.suite}) is told of and hides no other`, async (t) => {
    const context = open(sealing)
    const broken = await saveSnapshot(context, at(1n))
    const whole = await saveSnapshot(context, at(2n))
    const name = snapshotName(broken)
    await context.backend.put(name, damage(await context.backend.get(name), effect))
    await rejectsWith(t, loadSnapshot(context, broken), 'damaged-snapshot')
    const told: PocketError[] = []
    t.deepEqual(
      (await loadSnapshots(context, (error) => told.push(error))).map(({id}) => id),
      [whole],
    )
    t.deepEqual(
      told.map(({code}) => code),
      ['damaged-snapshot'],
    )
    t.is(told[0].message, `cannot read snapshot '${broken.slice(0, 8)}': stored bytes do not match their name`)
  })
}

test('snapshot store: one of another repository is not taken for one of this', async (t) => {
  const context = open()
  const id = await saveSnapshot({...context, sealing: {...SEALED, repositoryId: new Uint8Array(32)}}, exampleSnapshot)
  await rejectsWith(t, loadSnapshot(context, id), 'damaged-snapshot')
})

test('snapshot store: a file that is no snapshot is not listed', async (t) => {
  const context = open()
  await context.backend.put('snapshots/notes.txt', new Uint8Array(3))
  t.deepEqual(await listSnapshotIds(context.backend), [])
})
