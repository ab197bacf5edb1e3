/** What a check verifies when: one run after the other covers all, and each says how far that has come. */
import {readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {type CheckOptions, type CheckResult, checkRepository, openRepository} from '../../src/index.js'
import {shiftClock} from '../../src/util/clock.js'
import {writeRandom} from './content.js'
import {type Place, withRepository} from './repository-place.js'
import {flip, objectsIn, packsOf} from './second-copies.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'

const DAY_MS = 24 * 60 * 60_000
const DAY_NS = 86_400_000_000_000n
const ALL: CheckOptions = {readData: {type: 'all'}}

async function placeWithPacks(t: ExecutionContext): Promise<{place: Place; packs: number}> {
  const place = await createSmallPlace(t)
  for (let file = 0; file < 40; file++) writeRandom(join(place.source, `file-${file}`), file, 30_000)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  return {place, packs: objectsIn(place, 'chunks').length}
}

async function check(place: Place, options: CheckOptions): Promise<CheckResult> {
  const repository = await openRepository({...place, onWarning: () => undefined})
  try {
    return await checkRepository(repository, options)
  } finally {
    await repository.close()
  }
}

test.serial('check: parts that are read one after the other cover all packs, and the summary says how far', async (t) => {
  const {place, packs} = await placeWithPacks(t)
  t.true(packs > 8)
  t.like(await check(place, {}), {readPacks: 0, neverVerifiedPacks: packs, oldestVerifiedMs: undefined})
  let read = 0
  let runs = 0
  while (runs < 20) {
    const result = await check(place, {readData: {type: 'percent', percent: 25}})
    read += result.readPacks
    runs++
    t.is(result.neverVerifiedPacks, Math.max(0, packs - read))
    if (result.neverVerifiedPacks === 0) break
  }
  t.true(runs <= 5, `${runs} runs`)
  const result = await check(place, {})
  t.like(result, {neverVerifiedPacks: 0, neverVerifiedBytes: 0})
  t.true(Math.abs(Date.now() - result.oldestVerifiedMs!) < 60_000)
})

test.serial('check: what was verified within an age is not read, and later it is', async (t) => {
  const {place, packs} = await placeWithPacks(t)
  t.is((await check(place, ALL)).readPacks, packs)
  t.like(await check(place, {...ALL, maxAgeMs: 30 * DAY_MS}), {readPacks: 0, leftPacks: 0, readBytes: 0})
  t.teardown(() => shiftClock(-20n * DAY_NS))
  shiftClock(20n * DAY_NS)
  t.is((await check(place, {...ALL, maxAgeMs: 30 * DAY_MS})).readPacks, 0)
  const tenDays = await check(place, {readData: {type: 'bytes', bytes: 1}, maxAgeMs: 10 * DAY_MS})
  t.is(tenDays.readPacks, 1)
  t.true(Date.now() + 20 * DAY_MS - tenDays.oldestVerifiedMs! > 19 * DAY_MS)
  t.is((await check(place, {...ALL, maxAgeMs: 10 * DAY_MS})).readPacks, packs - 1)
})

test.serial('check: no pack is begun after the time to run, and the next run begins with those', async (t) => {
  const {place, packs} = await placeWithPacks(t)
  const none = await check(place, {...ALL, maxDurationMs: 0})
  t.like(none, {readPacks: 0, leftPacks: packs, leftBytes: none.storedBytes, damagedObjects: 0, damagedPaths: 0})
  const repository = await openRepository(place)
  const get = repository.backend.get.bind(repository.backend)
  let gets = 0
  let restore: () => void = () => undefined
  const {monotonic} = {monotonic: performance.now.bind(performance)}
  repository.backend.get = (name, options) => {
    // An hour passes while the third pack is read.
    if (name.startsWith('chunks/') && options?.isFresh && ++gets === 3) {
      performance.now = () => monotonic() + 3_600_000
      restore = () => (performance.now = monotonic)
    }
    return get(name, options)
  }
  const some = await checkRepository(repository, {...ALL, maxDurationMs: 1_800_000}).finally(() => restore())
  await repository.close()
  t.true(some.readPacks >= 1 && some.readPacks < packs)
  t.is(some.readPacks + some.leftPacks, packs)
  t.is(some.neverVerifiedPacks, some.leftPacks)
  const rest = await check(place, {readData: {type: 'bytes', bytes: some.leftBytes}})
  t.like(rest, {readPacks: some.leftPacks, neverVerifiedPacks: 0})
})

test.serial('check: a damaged pack counts as never verified, and one that is gone leaves the ledger', async (t) => {
  const {place, packs} = await placeWithPacks(t)
  await check(place, ALL)
  const [damaged, gone] = await packsOf(place, 'data')
  flip(damaged, 100)
  rmSync(gone)
  t.like(await check(place, ALL), {readPacks: packs - 1, neverVerifiedPacks: 2})
  const id = await withRepository(place, async (repository) => repository.id)
  const ledger = readFileSync(join(place.cacheDirectory, id, 'verified-packs'))
  t.is((ledger.length - 36) / 36, packs - 2)
})

test.serial('check: an interrupted one keeps what it has verified, and without a cache everything goes on', async (t) => {
  const {place, packs} = await placeWithPacks(t)
  const controller = new AbortController()
  const onEvent: CheckOptions['onEvent'] = (event) => {
    if (event.type === 'progress' && event.phase === 'data') controller.abort()
  }
  await t.throwsAsync(check(place, {...ALL, signal: controller.signal, onEvent}), {code: 'interrupted'})
  t.true((await check(place, {})).neverVerifiedPacks < packs)
  const uncached = {...place, cacheDirectory: undefined as unknown as string}
  t.like(await check(uncached, ALL), {readPacks: packs, neverVerifiedPacks: 0})
  t.like(await check(uncached, {}), {neverVerifiedPacks: packs})
})
