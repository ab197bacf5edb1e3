/** What operations ask of a backend where each request costs time and money, counted. */
import {rmSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import type {Access} from '../../src/backend/backend.js'
import {countedBackend} from '../../src/backend/count.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import type {SnapshotOptions} from '../../src/index.js'
import {createRepository} from '../../src/repository/create.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import type {Repository} from '../../src/repository/repository.js'
import {shiftClock} from '../../src/util/clock.js'
import {faultyBackend} from '../backend/fault.js'
import {emptyPlace, KEY_FILE} from './repository-place.js'
import {take, writeSource} from './simple-source.js'

const DAY_NS = 24n * 3_600_000_000_000n

/** A repository in memory that is asked as `access` says, with a source and a cache. */
async function fixture(t: ExecutionContext, access: Partial<Access>) {
  const place = emptyPlace(t)
  writeSource(place)
  const objects = new Map<string, Uint8Array>()
  const memory = createMemoryBackend(objects, access)
  await createRepository(memory, KEY_FILE)
  const warnings: PocketError[] = []
  /** Opens the repository for `use`; what that asked of the backend. */
  const run = async (use: (repository: Repository) => Promise<unknown>, hasCache = true) => {
    const recorded = faultyBackend(memory, [])
    const counted = countedBackend(recorded)
    const cacheDirectory = hasCache ? place.cacheDirectory : undefined
    const options = {secret: async () => KEY_FILE, cacheDirectory, onWarning: (warning: PocketError) => warnings.push(warning)}
    const repository = await openRepositoryOn(counted, options)
    await use(repository)
    await repository.close()
    return {counts: counted.counts, calls: recorded.calls}
  }
  const snapshot = (options: Partial<SnapshotOptions> = {}) => run((repository) => take(repository, {paths: [place.source], ...options}))
  return {place, objects, run, snapshot, warnings}
}

const kinds = (calls: readonly string[]): string[] => calls.map((call) => call.replace(/\/.*$/, ''))
/** What it needs is announced, removals are looked for, and the announcement is taken back: docs/repository-format.md, "Removals". */
const COMMITTED = ['put snapshots', 'list removals', 'list index', 'put snapshots', 'stat snapshots', 'remove snapshots']
const UNCHANGED = ['get config', 'get keys', 'list snapshots', 'list removals', 'list index', ...COMMITTED]
const listsPacks = (calls: readonly string[]): number => calls.filter((call) => call === 'list chunks/').length

test('requests: a snapshot of what has not changed takes eleven, with a cache that is warm', async (t) => {
  const {snapshot} = await fixture(t, {isListingDear: true})
  await snapshot()
  const {counts, calls} = await snapshot()
  t.like(counts, {get: 2, list: 5, put: 2, stat: 1, remove: 1})
  t.deepEqual(kinds(calls), UNCHANGED)
})

test.serial('requests: packs are listed once in a snapshot, and only each day where that is dear', async (t) => {
  const {snapshot} = await fixture(t, {isListingDear: true})
  t.is(listsPacks((await snapshot()).calls), 1)
  t.is(listsPacks((await snapshot()).calls), 0)
  shiftClock(DAY_NS)
  t.teardown(() => shiftClock(-DAY_NS))
  t.is(listsPacks((await snapshot()).calls), 1)
  t.is(listsPacks((await snapshot()).calls), 0)
})

test.serial('requests: a clock that was set back does not put the listing off', async (t) => {
  const {snapshot} = await fixture(t, {isListingDear: true})
  shiftClock(100n * DAY_NS)
  await snapshot()
  shiftClock(-100n * DAY_NS)
  t.is(listsPacks((await snapshot()).calls), 1)
})

test('requests: packs are listed in each snapshot where that is cheap, and where every file is to be read', async (t) => {
  const cheap = await fixture(t, {isListingDear: false})
  await cheap.snapshot()
  t.is(listsPacks((await cheap.snapshot()).calls), 1)
  const dear = await fixture(t, {isListingDear: true})
  await dear.snapshot()
  t.is(listsPacks((await dear.snapshot({force: true})).calls), 1)
})

test('requests: without a cache one listing serves what is gone and what is in no index', async (t) => {
  const {run, place} = await fixture(t, {isListingDear: true})
  const snapshot = () => run((repository) => take(repository, {paths: [place.source]}), false)
  await snapshot()
  t.is(listsPacks((await snapshot()).calls), 1)
})

test('requests: a pack that is gone is noticed by force at once, else when the day is over', async (t) => {
  const {snapshot, objects, warnings} = await fixture(t, {isListingDear: true})
  await snapshot()
  for (const name of objects.keys()) if (name.startsWith('chunks/')) objects.delete(name)
  await snapshot()
  t.deepEqual(warnings, [])
  await snapshot({force: true})
  t.is(warnings[0].code, 'damaged-pack')
})

test('requests: what a session that died has left is looked for, though packs were listed lately', async (t) => {
  const {place, run, snapshot} = await fixture(t, {isListingDear: true})
  await snapshot()
  await run(async (repository) => {
    const {placeMarker} = await import('../../src/repository/session-marker.js')
    ;(await placeMarker(repository.cacheDirectory!)).abandon()
  })
  t.is(listsPacks((await snapshot()).calls), 1)
  t.is(listsPacks((await snapshot()).calls), 0)
  rmSync(join(place.cacheDirectory), {recursive: true})
  t.is(listsPacks((await snapshot()).calls), 1)
})
