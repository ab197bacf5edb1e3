/** What is to be forgotten, and what that gives back. */
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import type {ObjectId} from '../../src/id.js'
import {
  findSnapshots,
  forgetAll,
  type ForgetPlan,
  listSnapshots,
  markSnapshots,
  measureForget,
  measureSnapshots,
  planByName,
  planByPolicy,
  pruneRepository,
  type Repository,
  undeleteSnapshots,
} from '../../src/index.js'
import {loadSnapshot, saveSnapshot} from '../../src/repository/snapshot-store.js'
import {rejectsWith} from '../backend/objects.js'
import {randomContent, writeRandom} from './content.js'
import {type Place, withRepository} from './repository-place.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'

const NOW = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const
const timeOf = (day: string): bigint => BigInt(Date.parse(`${day}T12:00:00`)) * 1_000_000n

/** One a day from the first of November, each with 100 KB of its own and some shared with its neighbours; oldest first. */
async function takeDays(repository: Repository, {source}: Place, count: number, host = 'atlas'): Promise<ObjectId[]> {
  const ids: ObjectId[] = []
  for (let day = 1; day <= count; day++) {
    for (let file = 0; file < 6; file++) {
      if (day === 1 || (file + day) % 3 === 0) writeRandom(join(source, `file-${file}`), day * 100 + file, 20_000)
    }
    writeFileSync(join(source, `only-${day}`), randomContent(day, 100_000))
    rmSync(join(source, `only-${day - 1}`), {force: true})
    ids.push((await take(repository, {paths: [source], host, timeNs: timeOf(`2026-11-${String(day).padStart(2, '0')}`)})).id!)
  }
  return ids
}

/** `2026-11-03 + last`, newest first. */
function shown({groups}: ForgetPlan): string[] {
  return groups.flatMap(({decisions}) =>
    decisions.map(({snapshot, keep, reasons}) => {
      const day = new Date(Number(snapshot.timeNs / 1_000_000n)).getDate()
      return `${day} ${keep ? '+' : '-'} ${reasons.map(({rule}) => rule).join(',')}`
    }),
  )
}

test('forget: what a dry run promises is given back to the byte, and what is unneeded already is told apart', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const ids = await takeDays(repository, place, 5)
    await forgetAll(repository, [ids[1]])
    const plan = await planByPolicy(repository, {policy: {last: 2}})
    t.deepEqual(shown(plan), ['5 + last', '4 + last', '3 - no-rule', '1 - no-rule'])
    t.deepEqual([plan.forget, plan.kept, plan.emptied], [[ids[2], ids[0]], 2, []])
    const sizes = await measureForget(repository, plan)
    t.is(sizes.unneededBytes, (await pruneRepository(repository, {...NOW, dryRun: true})).freedBytes)
    t.true(sizes.unneededBytes > 100_000)
    t.true(sizes.freedBytes > sizes.unneededBytes + 200_000)
    const unique = await measureSnapshots(repository)
    t.is(sizes.uniqueBytes.get(ids[2]), unique.get(ids[2])?.uniqueBytes)
    t.true(sizes.uniqueBytes.get(ids[2])! > 100_000)
    await forgetAll(repository, plan.forget)
    t.is((await pruneRepository(repository, NOW)).freedBytes, sizes.freedBytes)
  })
})

test('forget: filters choose what is looked at; the others stay', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const ids = await takeDays(repository, place, 3)
    const others = await takeDays(repository, place, 2, 'boreas')
    t.deepEqual((await planByPolicy(repository, {policy: {last: 1}, hosts: ['boreas']})).forget, [others[0]])
    t.deepEqual((await planByPolicy(repository, {policy: {last: 1}, hosts: ['atlas']})).forget, [ids[1], ids[0]])
    t.is((await planByPolicy(repository, {policy: {last: 1}})).groups.length, 2)
    const [group, ...more] = (await planByPolicy(repository, {policy: {last: 1}, grouping: {host: false, paths: true, tags: false}})).groups
    t.deepEqual([group.host, group.paths, group.tags, more], [undefined, [place.source], undefined, []])
    t.is(group.decisions.filter(({keep}) => keep).length, 1)
  })
})

test('forget: a policy that leaves nothing of a group names the group; what is left beside checkpoints only counts as nothing', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const ids = await takeDays(repository, place, 2)
    const [other] = await takeDays(repository, place, 1, 'boreas')
    await markSnapshots(repository, await findSnapshots(repository, [other]), {addTags: ['wanted']})
    const plan = await planByPolicy(repository, {policy: {tags: ['wanted']}})
    t.deepEqual(plan.emptied, [`'${place.source}' of atlas`])
    t.deepEqual(
      (await planByPolicy(repository, {policy: {tags: ['wanted']}, grouping: {host: false, paths: true, tags: false}})).emptied,
      [],
    )
    const record = await loadSnapshot(repository, ids[1])
    await saveSnapshot(repository, {...record, startedNs: record.startedNs + 10n ** 12n, isIncomplete: true})
    t.is((await planByPolicy(repository, {policy: {tags: ['wanted']}})).emptied.length, 1)
    await markSnapshots(repository, await findSnapshots(repository, [ids[0]]), {pinned: true})
    t.deepEqual((await planByPolicy(repository, {policy: {tags: ['wanted']}})).emptied, [])
  })
})

test('forget: names that leave nothing, or checkpoints only, name the repository', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const [first, second] = await takeDays(repository, place, 2)
    t.like(await planByName(repository, [first]), {forget: [first], kept: 1, emptied: []})
    t.like(await planByName(repository, ['latest', first, second.slice(0, 20)]), {kept: 0, emptied: ['the repository']})
    t.is((await planByName(repository, ['latest', 'latest~1'])).forget.length, 2)
    const checkpoint = await saveSnapshot(repository, {...(await loadSnapshot(repository, second)), isIncomplete: true})
    t.like(await planByName(repository, [first, second]), {kept: 1, emptied: ['the repository']})
    t.like(await planByName(repository, [checkpoint]), {forget: [checkpoint], kept: 2, emptied: []})
    await forgetAll(repository, [first, second])
    t.deepEqual((await planByName(repository, [checkpoint])).emptied, ['the repository'])
  })
})

test('forget: refuses a pinned snapshot, an id to keep that nothing has, and a policy without a rule', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const [first] = await takeDays(repository, place, 2)
    const [{to}] = await markSnapshots(repository, await findSnapshots(repository, [first]), {pinned: true})
    await rejectsWith(t, planByName(repository, ['latest', to]), 'usage')
    await rejectsWith(t, planByName(repository, ['ffff']), 'snapshot-missing')
    await rejectsWith(t, planByPolicy(repository, {policy: {last: 1, ids: [first]}}), 'snapshot-missing')
    await rejectsWith(t, planByPolicy(repository, {policy: {last: 1, ids: ['']}}), 'snapshot-missing')
    await rejectsWith(t, planByPolicy(repository, {policy: {last: 0}}), 'usage')
    t.is((await listSnapshots(repository)).length, 2)
  })
})

/** Stored bytes that these snapshots need together: what is added by all, one after the other. */
async function together(repository: Repository, ids: readonly ObjectId[]): Promise<number> {
  const others = (await listSnapshots(repository)).map(({id}) => id).filter((id) => !ids.includes(id))
  await forgetAll(repository, others)
  const bytes = [...(await measureSnapshots(repository)).values()].reduce((sum, {addedBytes}) => sum + addedBytes, 0)
  await undeleteSnapshots(repository, others)
  // Packs have heads and directories beside their frames.
  const index = await repository.loadIndex()
  const packs = index.packs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)
  let frames = 0
  for (let number = 0; number < index.frameCount; number++) frames += index.frame(number).storedLength
  return (bytes * packs) / frames
}

test('forget: keep-size keeps the newest of all groups as long as what they need together fits', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const ids = await takeDays(repository, place, 5)
    const three = await together(repository, ids.slice(2))
    const keepBytes = three + 10
    t.deepEqual(shown(await planByPolicy(repository, {policy: {}, keepBytes})), [
      '5 + size',
      '4 + size',
      '3 + size',
      '2 - no-rule',
      '1 - no-rule',
    ])
    const less = await planByPolicy(repository, {policy: {}, keepBytes: three - 10})
    t.deepEqual(shown(less), ['5 + size', '4 + size', '3 - no-rule', '2 - no-rule', '1 - no-rule'])
    const none = await planByPolicy(repository, {policy: {}, keepBytes: 1000})
    t.deepEqual([none.kept, none.emptied], [0, [`'${place.source}' of atlas`]])
    // Another host's, of the same content, needs nothing more and is younger than the third.
    await take(repository, {paths: [place.source], host: 'boreas', timeNs: timeOf('2026-11-04')})
    const both = await planByPolicy(repository, {policy: {}, keepBytes})
    t.deepEqual(shown(both), ['5 + size', '4 + size', '3 + size', '2 - no-rule', '1 - no-rule', '4 + size'])
    await forgetAll(repository, both.forget)
    await pruneRepository(repository, NOW)
    repository.refresh()
    const stored = (await repository.loadIndex()).packs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)
    t.true(stored < keepBytes * 1.002 && stored > keepBytes * 0.98, `${stored} bytes are stored, of ${keepBytes} that may be`)
  })
})

test('forget: with keep-size, what is pinned and what other rules keep counts first, and is kept whatever it takes', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const ids = await takeDays(repository, place, 5)
    const [{to}] = await markSnapshots(repository, await findSnapshots(repository, [ids[0]]), {pinned: true})
    const keepBytes = (await together(repository, [to, ids[3], ids[4]])) + 10
    t.deepEqual(shown(await planByPolicy(repository, {policy: {}, keepBytes})), [
      '5 + size',
      '4 + size',
      '3 - no-rule',
      '2 - no-rule',
      '1 + pinned',
    ])
    const policy = {ids: [ids[1]]}
    const withSecond = (await together(repository, [to, ids[1], ids[4]])) + 10
    t.deepEqual(shown(await planByPolicy(repository, {policy, keepBytes: withSecond})), [
      '5 + size',
      '4 - no-rule',
      '3 - no-rule',
      '2 + id',
      '1 + pinned',
    ])
    t.deepEqual(shown(await planByPolicy(repository, {policy, keepBytes: 0})), [
      '5 - no-rule',
      '4 - no-rule',
      '3 - no-rule',
      '2 + id',
      '1 + pinned',
    ])
  })
})

test('forget: keep-size keeps no checkpoint that is superseded', async (t) => {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    const [first] = await takeDays(repository, place, 2)
    const record = await loadSnapshot(repository, first)
    await saveSnapshot(repository, {...record, timeNs: record.timeNs + 1n, isIncomplete: true})
    const plan = await planByPolicy(repository, {policy: {}, keepBytes: 10 ** 12})
    t.deepEqual(shown(plan), ['2 + size', '1 - superseded', '1 + size'])
  })
})
