import test from 'ava'
import {snapshotJson, snapshotListLines} from '../../../src/cli/reporters/snapshot-list.js'
import type {ObjectId} from '../../../src/id.js'
import {describeSnapshot} from '../../../src/operations/list-snapshots.js'
import {snapshotAt} from '../../snapshot/dated-snapshots.js'

const plain = describeSnapshot(snapshotAt('2026-11-20'))
const checkpoint = describeSnapshot(snapshotAt('2026-11-21', {isIncomplete: true, isPinned: true}))

test('list: a checkpoint is marked and counted, and so is what is pinned or repaired; without marks there is no column', (t) => {
  const lines = snapshotListLines([plain, checkpoint, {...plain, isRepaired: true}])
  t.regex(lines[1], /B$/)
  t.regex(lines[2], /B {2}pinned, incomplete$/)
  t.regex(lines[3], /B {2}repaired$/)
  t.is(lines.at(-1), '3 snapshots, 1 of them incomplete')
  t.deepEqual(snapshotListLines([plain]).slice(1), [lines[1], '', '1 snapshot'])
})

test('list: as JSON, every mark is a field, and sizes are there when they were asked for', (t) => {
  const original = plain.id
  t.like(snapshotJson({...checkpoint, original}), {incomplete: true, pinned: true, repaired: false, picked: false, original_id: original})
  t.like(snapshotJson(plain), {incomplete: false, pinned: false, repaired: false, original_id: null})
  t.like(snapshotJson({...plain, isRepaired: true}), {repaired: true})
  const sizes = new Map([[plain.id as string, {uniqueBytes: 1, addedBytes: 2}]])
  t.like(snapshotJson(plain, sizes), {unique_bytes: 1, added_bytes: 2})
  t.like(snapshotJson({...plain, id: 'f'.repeat(64) as ObjectId}, sizes), {unique_bytes: null, added_bytes: null})
})
