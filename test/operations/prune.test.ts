/** Forgetting and pruning one repository: what is given back, what stays, what can be brought back, and until when. */
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {
  checkRepository,
  copySnapshots,
  forgetAll,
  listForgottenSnapshots,
  listSnapshots,
  type PruneOptions,
  pruneRepository,
  type Repository,
  undeleteSnapshots,
} from '../../src/index.js'
import type {ObjectId} from '../../src/id.js'
import {shiftClock} from '../../src/util/clock.js'
import {rejectsWith} from '../backend/objects.js'
import {randomContent, writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository} from './repository-place.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree, type Listing} from './tree-listing.js'

const NOW: PruneOptions = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}}
const DAY_NS = 24n * 3600n * 1_000_000_000n

interface Taken {
  id: ObjectId
  expected: Listing
}

/** Snapshots of a source in which files come, change and go; frames hold chunks of several of them. */
async function takeSeries(repository: Repository, {source}: Place, rounds: number): Promise<Taken[]> {
  const taken: Taken[] = []
  for (let round = 0; round < rounds; round++) {
    for (let file = 0; file < 12; file++) {
      if ((file + round) % 3 === 0) writeRandom(join(source, `file-${file}`), round * 100 + file, 30_000)
    }
    writeFileSync(join(source, `only-${round}`), randomContent(round, 200_000))
    if (round > 0) rmSync(join(source, `only-${round - 1}`))
    const {id} = await take(repository, {paths: [source]})
    taken.push({id: id!, expected: listTree(source)})
  }
  return taken
}

async function storedBytes({backend}: Repository): Promise<number> {
  let bytes = 0
  for await (const {sizeBytes} of backend.list('')) bytes += sizeBytes
  return bytes
}

async function packBytes({backend}: Repository): Promise<number> {
  let bytes = 0
  for await (const {sizeBytes} of backend.list('chunks/')) bytes += sizeBytes
  return bytes
}

async function restoresAll(t: ExecutionContext, repository: Repository, place: Place, taken: readonly Taken[]): Promise<void> {
  for (const {id, expected} of taken) {
    const {listing, result} = await restoreFresh(repository, place, id)
    t.deepEqual([differences(listing, expected), result.failed], [[], 0])
  }
}

test('prune: what forgotten snapshots alone needed is given back, to the byte that was promised, and the others restore', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const taken = await takeSeries(repository, place, 5)
    const gone = [taken[0], taken[2], taken[3]]
    const promised = await pruneRepository(repository, {...NOW, dryRun: true, without: new Set(gone.map(({id}) => id))})
    t.true(promised.freedBytes > 400_000)
    await forgetAll(
      repository,
      gone.map(({id}) => id),
    )
    const before = await packBytes(repository)
    const result = await pruneRepository(repository, NOW)
    t.is(before - (await packBytes(repository)), result.freedBytes)
    t.is(result.freedBytes, promised.freedBytes)
    t.deepEqual([result.unusedBytes, result.expired, result.snapshots], [0, 3, 2])
  })
  await withRepository(place, async (repository) => {
    const taken = await listSnapshots(repository)
    t.is(taken.length, 2)
    const check = await checkRepository(repository, {readData: {type: 'all'}})
    t.like(check, {damagedObjects: 0, damagedPaths: 0, unindexed: 0})
    const again = await pruneRepository(repository, NOW)
    t.like(again, {freedBytes: 0, remove: {packs: 0}, repack: {packs: 0}})
  })
})

test('prune: every snapshot that stays restores bit for bit after packs were written anew', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const taken = await takeSeries(repository, place, 4)
    await forgetAll(repository, [taken[1].id])
    const result = await pruneRepository(repository, NOW)
    t.true(result.repack.packs > 0)
    await restoresAll(t, repository, place, [taken[0], taken[2], taken[3]])
  })
})

test('prune: what is stored then is what a fresh repository with the same snapshots takes, within 2 %', async (t) => {
  const place = await createSmallPlace(t)
  const fresh = await createSmallPlace(t)
  const taken = await withRepository(place, async (repository) => {
    const series = await takeSeries(repository, place, 12)
    await forgetAll(
      repository,
      series.filter((_, round) => round % 4 !== 1).map(({id}) => id),
    )
    await pruneRepository(repository, NOW)
    await withRepository(fresh, (to) => copySnapshots(repository, to, {}))
    return series.filter((_, round) => round % 4 === 1)
  })
  const [pruned, copied] = await Promise.all([place, fresh].map((one) => withRepository(one, storedBytes)))
  t.true(Math.abs(pruned / copied - 1) <= 0.02, `${pruned} bytes after the prune, ${copied} in a fresh repository`)
  await withRepository(place, (repository) => restoresAll(t, repository, place, taken))
})

test('prune: without snapshots nothing is left but what says what was removed', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const taken = await takeSeries(repository, place, 2)
    await forgetAll(
      repository,
      taken.map(({id}) => id),
    )
    await pruneRepository(repository, NOW)
    const left: string[] = []
    for await (const {name} of repository.backend.list('')) left.push(name.split('/')[0])
    t.deepEqual([...new Set(left)].sort(), ['config', 'keys', 'removals'])
  })
})

test.serial('prune: a forgotten snapshot can be brought back until the grace period is over, and not after', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const [first, second] = await takeSeries(repository, place, 2)
    await forgetAll(repository, [first.id])
    t.deepEqual(
      (await listForgottenSnapshots(repository)).map(({id}) => id),
      [first.id],
    )
    t.like(await pruneRepository(repository, {maxUnused: {type: 'bytes', bytes: 0}}), {freedBytes: 0, forgotten: 1, expired: 0})
    t.deepEqual(await undeleteSnapshots(repository, [first.id.slice(0, 8)]), [first.id])
    t.deepEqual(await listForgottenSnapshots(repository), [])
    await restoresAll(t, repository, place, [first, second])
    await forgetAll(repository, [first.id])
    shiftClock(DAY_NS + 1_000_000_000n)
    t.teardown(() => shiftClock(-DAY_NS - 1_000_000_000n))
    const result = await pruneRepository(repository, {maxUnused: {type: 'bytes', bytes: 0}})
    t.true(result.freedBytes > 150_000)
    t.like(result, {forgotten: 0})
    await rejectsWith(t, undeleteSnapshots(repository, [first.id]), 'snapshot-missing')
    await restoresAll(t, repository, place, [second])
  })
})
