/** Files that change while they are read, small ones and those that all workers read at once. */
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {listEntries, type Repository, type SnapshotEvent, takeSnapshot} from '../../src/index.js'
import {writeRandom} from '../operations/content.js'
import {createPlace, restoreFresh, withRepository, WORKERS} from '../operations/repository-place.js'
import {differences, listTree} from '../operations/tree-listing.js'
import {disturb, type Disturbance} from './disturber.js'

const MIB = 1024 * 1024
/** Read by one worker in one job; by all workers together. */
const SIZES = {small: 24 * MIB, large: 80 * MIB}

async function take(repository: Repository, source: string) {
  const events: SnapshotEvent[] = []
  const result = await takeSnapshot(repository, {
    paths: [source],
    workers: WORKERS,
    compression: 'fastest',
    onEvent: (event) => events.push(event),
  })
  return {...result, events}
}

async function errorsIn(repository: Repository): Promise<string[]> {
  const found: string[] = []
  for await (const {path, error} of listEntries(repository, {reference: 'latest', recursive: true}))
    if (error) found.push(`${path} ${error.code}`)
  return found
}

function disturbed(
  disturbance: Disturbance,
  size: keyof typeof SIZES,
  check: (t: ExecutionContext, content: {stored: Buffer; before: Buffer; after: Buffer}) => void,
): void {
  test.serial(`changing: a ${size} file: ${disturbance} while it is read is told, and what was read is kept`, async (t) => {
    const place = await createPlace(t)
    const path = join(place.source, 'file')
    writeRandom(path, 1, SIZES[size])
    writeFileSync(join(place.source, 'other'), 'not disturbed')
    const before = readFileSync(path)
    const stop = await disturb(path, disturbance, SIZES[size])
    await withRepository(place, async (repository) => {
      const {events, summary, unreadable} = await take(repository, place.source)
      await stop()
      t.deepEqual(
        events.filter(({type}) => type === 'unreadable'),
        [],
      )
      const told = events.filter(({type}) => type === 'changed-while-read')
      t.deepEqual(
        told.map((event) => 'path' in event && event.path),
        [path],
      )
      t.is(summary.changedWhileRead, 1)
      t.is(unreadable, 0)
      t.is((await errorsIn(repository)).length, told.some((event) => 'isStable' in event && event.isStable) ? 0 : 1)
      const {target, result} = await restoreFresh(repository, place, 'latest')
      t.is(result.failed, 0)
      t.is(readFileSync(join(target, 'other'), 'utf8'), 'not disturbed')
      check(t, {stored: readFileSync(join(target, 'file')), before, after: readFileSync(path)})

      const calm = await take(repository, place.source)
      t.deepEqual(
        calm.events.filter(({type}) => type === 'changed-while-read'),
        [],
      )
      t.deepEqual(await errorsIn(repository), [])
      const {listing} = await restoreFresh(repository, place, 'latest')
      t.deepEqual(differences(listing, listTree(place.source)), [])
    })
  })
}

for (const size of ['small', 'large'] as const) {
  disturbed('append', size, (t, {stored, after}) => {
    t.true(stored.length > SIZES[size])
    t.true(after.subarray(0, stored.length).equals(stored))
  })
  disturbed('overwrite', size, (t, {stored, before}) => {
    t.is(stored.length, before.length)
    t.true(stored.subarray(20).equals(before.subarray(20)))
  })
}

test.serial('changing: a large file that shrinks each time while it is read is never taken for a whole one', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeFileSync(path, Buffer.alloc(SIZES.large))
  const stop = await disturb(path, 'shrink', SIZES.large)
  await withRepository(place, async (repository) => {
    const {events, unreadable} = await take(repository, place.source)
    await stop()
    const told = events.filter(({type}) => type === 'changed-while-read' || type === 'unreadable')
    t.is(told.length, 1)
    const {listing} = await restoreFresh(repository, place, 'latest')
    const isStored = [...listing.keys()].includes('file')
    t.log(isStored ? 'it was stored as it was at some time' : 'it could not be read')
    t.is(unreadable, isStored ? 0 : 1)
  })
})

test.serial('changing: a file that is replaced while it is read is stored as one or the other', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeFileSync(path, Buffer.alloc(3 * MIB))
  const stop = await disturb(path, 'replace', 3 * MIB)
  await withRepository(place, async (repository) => {
    for (let round = 0; round < 4; round++) {
      await takeSnapshot(repository, {paths: [path], workers: WORKERS})
      const {target} = await restoreFresh(repository, place, 'latest')
      const stored = readFileSync(join(target, 'file'))
      t.true(stored.equals(Buffer.alloc(3 * MIB, stored[0])))
    }
  })
  await stop()
})
