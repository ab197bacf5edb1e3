/** What each snapshot takes of what is stored, compared with what a prune would find needed with and without it. */
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {Pacer} from '../../src/engine/pacer.js'
import {surveyRepository} from '../../src/engine/prune-survey.js'
import type {ObjectId} from '../../src/id.js'
import {forgetAll, listSnapshots, measureSnapshots, type Repository, repositoryGrowth} from '../../src/index.js'
import {rejectsWith} from '../backend/objects.js'
import {randomContent, textContent, writeRandom} from './content.js'
import {type Place, withRepository} from './repository-place.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'

const DAYS = ['2026-01-01', '2026-01-20', '2026-02-03', '2026-03-04', '2026-03-05']
const timeOf = (day: string): bigint => BigInt(Date.parse(`${day}T12:00:00`)) * 1_000_000n

/** Large files with chunk lists, small ones side by side in frames, text that compresses; some of it for several snapshots. */
async function takeSeries(repository: Repository, {source}: Place): Promise<ObjectId[]> {
  const ids: ObjectId[] = []
  for (const [round, day] of DAYS.entries()) {
    for (let file = 0; file < 9; file++) {
      if (round === 0 || (file + round) % 3 === 0) writeRandom(join(source, `file-${file}`), round * 100 + file, 20_000)
    }
    writeFileSync(join(source, `only-${round}`), randomContent(round, 500_000))
    writeFileSync(join(source, 'text'), textContent(round, 80_000))
    // More references than an entry holds.
    if (round === 2) writeRandom(join(source, 'large'), 77, 6_500_000)
    if (round === 4) rmSync(join(source, 'large'))
    if (round > 0) rmSync(join(source, `only-${round - 1}`))
    const {id} = await take(repository, {paths: [source], timeNs: timeOf(day)})
    ids.push(id!)
  }
  return ids
}

/** Stored bytes that all snapshots but these need together. */
async function neededWithout(repository: Repository, without: readonly ObjectId[]): Promise<number> {
  const {packs} = await surveyRepository(repository, {
    nowMs: Date.now(),
    graceMs: 0,
    without: new Set(without),
    pacer: new Pacer({signal: undefined, backpressure: () => Promise.resolve()}),
    onWarning: (error) => {
      throw error
    },
    onProgress: () => undefined,
  })
  return packs.reduce((sum, {usedBytes}) => sum + usedBytes, 0)
}

test('sizes: unique is what is needed no more without a snapshot, added what was not needed before it', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const ids = await takeSeries(repository, place)
    const again = (await take(repository, {paths: [place.source], timeNs: timeOf('2026-03-06')})).id!
    const all = [...ids, again]
    const sizes = await measureSnapshots(repository)
    const needed = await neededWithout(repository, [])
    // A survey rounds each pack.
    const isNear = (one: number, other: number): boolean => Math.abs(one - other) < 100
    for (const [number, id] of all.entries()) {
      const {uniqueBytes, addedBytes} = sizes.get(id)!
      const unique = needed - (await neededWithout(repository, [id]))
      t.true(isNear(uniqueBytes, unique), `unique ${number}: ${uniqueBytes}, ${unique}`)
      const added = (await neededWithout(repository, all.slice(number + 1))) - (await neededWithout(repository, all.slice(number)))
      t.true(isNear(addedBytes, added), `added ${number}: ${addedBytes}, ${added}`)
    }
    t.true(sizes.get(ids[1])!.uniqueBytes > 400_000)
    t.true(sizes.get(ids[1])!.uniqueBytes < sizes.get(ids[1])!.addedBytes)
    t.deepEqual(sizes.get(again), {uniqueBytes: 0, addedBytes: 0})
    t.true(sizes.get(ids[2])!.addedBytes > 6_500_000)
    t.true(sizes.get(ids[2])!.uniqueBytes < 1_000_000)
    t.true(sizes.get(ids[4])!.uniqueBytes < 200_000, 'the next snapshot has it all')
  })
})

test('sizes: what a forgotten snapshot shared is alone with the one that is left', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const [first] = await takeSeries(repository, place)
    const before = (await measureSnapshots(repository)).get(first)!
    const others = (await listSnapshots(repository)).map(({id}) => id).filter((id) => id !== first)
    await forgetAll(repository, others)
    const after = (await measureSnapshots(repository)).get(first)!
    t.true(after.uniqueBytes > before.uniqueBytes)
    t.is(after.uniqueBytes, after.addedBytes)
  })
})

test('sizes: a walk can be interrupted, and tells how far it is', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    await takeSeries(repository, place)
    const seen: [number, number][] = []
    await measureSnapshots(repository, {onProgress: (...progress) => seen.push(progress)})
    t.deepEqual(
      seen,
      [0, 1, 2, 3, 4, 5].map((done) => [done, 5]),
    )
    const controller = new AbortController()
    const onProgress = (done: number): void => {
      if (done === 2) controller.abort()
    }
    await rejectsWith(t, measureSnapshots(repository, {signal: controller.signal, onProgress}), 'interrupted')
  })
})

test('growth: by week for weeks, by day for days, by month for months; each period has what its snapshots added', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    t.deepEqual(await repositoryGrowth(repository), {period: 'day', periods: []})
    const ids = await takeSeries(repository, place)
    const sizes = await measureSnapshots(repository)
    const {period, periods} = await repositoryGrowth(repository)
    t.is(period, 'week')
    t.deepEqual(
      periods.map(({name, snapshots}) => [name, snapshots]),
      [
        ['2026-W01', 1],
        ['2026-W04', 1],
        ['2026-W06', 1],
        ['2026-W10', 2],
      ],
    )
    t.is(periods[3].addedBytes, sizes.get(ids[3])!.addedBytes + sizes.get(ids[4])!.addedBytes)
    t.is(
      periods[3].totalBytes,
      periods.reduce((sum, {addedBytes}) => sum + addedBytes, 0),
    )
    await take(repository, {paths: [place.source], timeNs: timeOf('2026-06-05')})
    t.is((await repositoryGrowth(repository)).period, 'month')
    t.deepEqual((await repositoryGrowth(repository)).periods.at(-1)?.name, '2026-06')
  })
})
