/** Snapshots into a bucket and back, on a real server: what is asked of it, and by how many at once. */
import {copyFileSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {Traffic} from '../../src/backend/backend.js'
import {type CheckEvent, checkRepository, type Repository} from '../../src/index.js'
import {packName} from '../../src/repository/names.js'
import {shiftClock} from '../../src/util/clock.js'
import {onServer, onServerSerial, WHERE_SERVER} from '../s3-server/bucket.js'
import {writeRandom} from './content.js'
import {restoreFresh, withRepository} from './repository-place.js'
import {createS3Place, otherMachine, type S3Place} from './s3-place.js'
import {take, writeSource} from './simple-source.js'
import {differences, listTree} from './tree-listing.js'

const DAY_MS = 86_400_000

const snapshot = (repository: Repository, source: string) => take(repository, {paths: [source]})

/** What `use` asked of the server. */
async function counted(place: S3Place, use: (repository: Repository) => Promise<unknown>): Promise<Traffic> {
  return withRepository(place, async (repository) => {
    await use(repository)
    return {...(repository.backend.traffic as Traffic)}
  })
}

/** A check finds nothing wrong, and reads all that is stored. */
async function requireSound(t: ExecutionContext, repository: Repository): Promise<void> {
  const findings: CheckEvent[] = []
  const onEvent = (event: CheckEvent): void => void (event.type === 'progress' || findings.push(event))
  const result = await checkRepository(repository, {readData: {type: 'all'}, onEvent})
  t.deepEqual(findings, [])
  t.like(result, {damagedObjects: 0, damagedPaths: 0, unindexed: 0, readBytes: result.storedBytes})
}

onServer(`s3: what was saved comes back on another machine${WHERE_SERVER}`, async (t) => {
  const place = await createS3Place(t)
  writeSource(place)
  await withRepository(place, (repository) => snapshot(repository, place.source))
  const {listing} = await withRepository(otherMachine(place, 'b'), (repository) => restoreFresh(repository, place, 'latest'))
  t.deepEqual(differences(listing, listTree(place.source)), [])
})

onServer(`s3: a snapshot of an unchanged folder makes eleven requests with a warm cache${WHERE_SERVER}`, async (t) => {
  const place = await createS3Place(t)
  writeSource(place)
  await withRepository(place, (repository) => snapshot(repository, place.source))
  const {put, get, list, remove, repeated} = await counted(place, (repository) => snapshot(repository, place.source))
  t.deepEqual({put, get, list, remove, repeated}, {put: 2, get: 3, list: 5, remove: 1, repeated: 0})
})

onServer(`s3: two machines that save overlapping folders at the same time are both right${WHERE_SERVER}`, async (t) => {
  const place = await createS3Place(t)
  const sources = ['a', 'b'].map((name) => join(place.folder, `source-${name}`))
  for (const [index, source] of sources.entries()) {
    mkdirSync(source)
    writeRandom(join(source, 'own.bin'), index, 3_000_000)
  }
  writeRandom(join(sources[0], 'shared.bin'), 7, 6_000_000)
  copyFileSync(join(sources[0], 'shared.bin'), join(sources[1], 'renamed.bin'))
  const ids = await Promise.all(
    sources.map((source, index) =>
      withRepository(otherMachine(place, `${index}`), async (repository) => (await snapshot(repository, source)).id ?? t.fail()),
    ),
  )
  await withRepository(otherMachine(place, 'c'), async (repository) => {
    for (const [index, source] of sources.entries()) {
      const {listing} = await restoreFresh(repository, place, ids[index])
      t.deepEqual(differences(listing, listTree(source)), [])
    }
    const {size, chunkTotal, rawBytes} = await repository.loadIndex()
    t.is(rawBytes.data, 12_000_000)
    t.true(chunkTotal <= 2 * size, `${chunkTotal} chunks are stored of ${size}`)
    await requireSound(t, repository)
  })
})

onServerSerial(`s3: all that is written is protected, and for longer when half the time has passed${WHERE_SERVER}`, async (t) => {
  const place = await createS3Place(t, {objectLock: true, s3: {lock: {days: 10, mode: 'governance'}}})
  writeSource(place)
  const until = async (repository: Repository): Promise<number[]> => {
    const names: string[] = []
    for await (const {name} of repository.backend.list('')) names.push(name)
    const {retention} = repository.backend
    return Promise.all(names.map(async (name) => (await retention?.until(name)) ?? 0))
  }
  await withRepository(place, async (repository) => {
    await snapshot(repository, place.source)
    const times = await until(repository)
    t.true(times.length >= 6)
    for (const time of times) t.true(Math.abs(time - Date.now() - 10 * DAY_MS) < DAY_MS / 10)
  })
  t.teardown(() => shiftClock(-BigInt(6 * DAY_MS) * 1_000_000n))
  shiftClock(BigInt(6 * DAY_MS) * 1_000_000n)
  await withRepository(place, async (repository) => {
    await snapshot(repository, place.source)
    for (const time of await until(repository)) t.true(time - Date.now() > 15.9 * DAY_MS, `${(time - Date.now()) / DAY_MS} days`)
  })
})

onServer(`s3: nothing is extended before half the time has passed${WHERE_SERVER}`, async (t) => {
  const place = await createS3Place(t, {objectLock: true, s3: {lock: {days: 10, mode: 'governance'}}})
  writeSource(place)
  await withRepository(place, (repository) => snapshot(repository, place.source))
  const {put, get} = await counted(place, (repository) => snapshot(repository, place.source))
  // The announcement, for which it looks once more, and the snapshot, and the reading back of its retention and of the config's.
  t.deepEqual({put, get}, {put: 2, get: 2 + 1 + 2})
})

onServer(`s3: a pack that is gone is noticed, told, and its content stored anew with --force${WHERE_SERVER}`, async (t) => {
  const place = await createS3Place(t)
  writeSource(place)
  await withRepository(place, (repository) => snapshot(repository, place.source))
  await withRepository(place, async (repository) => {
    const data = (await repository.loadIndex()).packs.find(({kind}) => kind === 'data')
    if (data) await repository.backend.remove(packName(data.id))
  })
  const warnings: string[] = []
  await withRepository(
    place,
    (repository) => take(repository, {paths: [place.source], force: true}),
    (warning) => warnings.push(warning.code),
  )
  t.deepEqual(warnings, ['damaged-pack'])
  const {listing} = await withRepository(otherMachine(place, 'b'), (repository) => restoreFresh(repository, place, 'latest'))
  t.deepEqual(differences(listing, listTree(place.source)), [])
})
