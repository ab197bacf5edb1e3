import test from 'ava'
import {hash} from '../../src/crypto/blake3.js'
import {choosePacks} from '../../src/engine/choose-packs.js'
import type {ObjectId} from '../../src/id.js'
import {toHex} from '../../src/util/bytes.js'

const PACKS = Array.from({length: 200}, (_, number) => ({id: toHex(hash(Buffer.from(String(number)))) as ObjectId, sizeBytes: 1000}))
const ALL = {type: 'all'} as const
const NEVER = (): undefined => undefined

/** Every third was never verified; the others one after the other. */
const times = new Map(PACKS.flatMap(({id}, number) => (number % 3 === 0 ? [] : [[id, 1000 + number]])))
const lastMs = (id: ObjectId): number | undefined => times.get(id)

test('choose packs: subsets are as large as asked, and parts make up the whole', (t) => {
  t.is(choosePacks(PACKS, {subset: ALL, lastMs: NEVER}).length, 200)
  t.is(choosePacks(PACKS, {subset: {type: 'percent', percent: 5}, lastMs: NEVER}).length, 10)
  t.is(choosePacks(PACKS, {subset: {type: 'bytes', bytes: 2500}, lastMs: NEVER}).length, 3)
  const parts = Array.from({length: 7}, (_, part) => choosePacks(PACKS, {subset: {type: 'part', part: part + 1, of: 7}, lastMs}))
  t.is(new Set(parts.flat()).size, 200)
  t.is(parts.flat().length, 200)
})

test('choose packs: those come first that were never verified, by chance, and then those that were longest ago', (t) => {
  const chosen = choosePacks(PACKS, {subset: ALL, lastMs}).map(({id}) => lastMs(id))
  const never = chosen.filter((time) => time === undefined).length
  t.is(never, 67)
  t.deepEqual(chosen.slice(0, never), Array(never).fill(undefined))
  t.deepEqual(
    chosen.slice(never),
    [...times.values()].sort((a, b) => a - b),
  )
  const some = {subset: {type: 'percent', percent: 10}, lastMs} as const
  t.notDeepEqual(choosePacks(PACKS, some), choosePacks(PACKS, some))
  t.true(choosePacks(PACKS, some).every(({id}) => lastMs(id) === undefined))
})

test('choose packs: what was verified lately is left out, however much is asked for', (t) => {
  const chosen = choosePacks(PACKS, {subset: {type: 'percent', percent: 100}, lastMs, sinceMs: 1100})
  const due = PACKS.filter(({id}) => (lastMs(id) ?? 0) < 1100)
  t.deepEqual(chosen.map(({id}) => id).sort(), due.map(({id}) => id).sort())
})

test('choose packs: one part after the other covers everything', (t) => {
  const known = new Map<ObjectId, number>()
  for (let night = 0; night < 20; night++) {
    for (const {id} of choosePacks(PACKS, {subset: {type: 'percent', percent: 5}, lastMs: (one) => known.get(one)})) known.set(id, night)
  }
  t.is(known.size, 200)
})
