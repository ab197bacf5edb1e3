import test from 'ava'
import {ClaimTable, createClaimBuffer} from '../../src/repository/claim-table.js'
import {claimTogether} from './claim-together.js'
import {chunkIds, sum} from './material.js'

/** As many as the first segment takes; the next would make the table grow. */
const FIRST_SEGMENT = 13_000

test('claim table: of several threads that claim the same chunks at once exactly one is the first', async (t) => {
  const ids = chunkIds(0, FIRST_SEGMENT)
  for (let round = 0; round < 4; round++) {
    const counts = await claimTogether(ids, [0, 0, 0, 0])
    t.deepEqual(
      counts.findIndex((count) => count !== 1),
      -1,
    )
  }
})

test("claim table: threads that come from different sides do not take each other's chunks", async (t) => {
  const counts = await claimTogether(chunkIds(0, FIRST_SEGMENT), [0, 3000, 6000, 9000])
  t.deepEqual(
    counts.findIndex((count) => count !== 1),
    -1,
  )
})

test('claim table: while it grows every chunk has a first claimer, and next to none has two', async (t) => {
  const count = 120_000
  const claims = createClaimBuffer()
  const counts = await claimTogether(chunkIds(0, count), [0, 0, 60_000], claims)
  t.is(counts.indexOf(0), -1)
  const twice = sum(counts) - count
  t.true(twice < count / 1000, `${twice} claimed twice`)
  const table = new ClaimTable(claims)
  t.is(table.size, sum(counts))
  for (let id = 0; id < count; id += 97) t.false(table.claim(chunkIds(id, 1), 0))
})

test('claim table: a chunk is claimed once, whichever segment it is in', (t) => {
  const claims = createClaimBuffer()
  const [one, other] = [new ClaimTable(claims), new ClaimTable(claims)]
  const ids = chunkIds(0, 60_000)
  for (let id = 0; id < 60_000; id++) if (!(id % 2 ? one : other).claim(ids, id * 32)) t.fail(`${id} is not new`)
  for (let id = 0; id < 60_000; id++) if (one.claim(ids, id * 32) || other.claim(ids, id * 32)) t.fail(`${id} is new again`)
  t.is(one.size, 60_000)
  t.is(new ClaimTable(claims).size, 60_000)
})

test('claim table: ids that begin with zeros, or are nothing else, are claimed like any other', (t) => {
  const table = new ClaimTable(createClaimBuffer())
  const ids = new Uint8Array(3 * 32)
  ids[32 + 20] = 1
  ids.fill(255, 64)
  for (const offset of [0, 32, 64]) t.true(table.claim(ids, offset))
  for (const offset of [0, 32, 64]) t.false(table.claim(ids, offset))
})

test('claim table: ids that all begin their search at one slot are told apart', (t) => {
  const table = new ClaimTable(createClaimBuffer())
  const ids = chunkIds(0, 500)
  for (let id = 0; id < 500; id++) ids.fill(255, id * 32 + 4, id * 32 + 8)
  for (let id = 0; id < 500; id++) t.true(table.claim(ids, id * 32))
  for (let id = 0; id < 500; id++) t.false(table.claim(ids, id * 32))
})
