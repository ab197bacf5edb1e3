/** Files that are as the parent snapshot has them are not opened; those that only look so are read. */
import {lstatSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import {isTooFresh} from '../../src/engine/unchanged.js'
import {setTimes} from '../../src/filesystem/native.js'
import {type Repository, takeSnapshot} from '../../src/index.js'
import {nowNs, shiftClock} from '../../src/util/clock.js'
import {randomContent, writeRandom} from '../operations/content.js'
import {createPlace, restoreFresh, withRepository, WORKERS} from '../operations/repository-place.js'
import {differences, listTree} from '../operations/tree-listing.js'

const HOUR = 3_600_000_000_000n
const MILLISECOND = 1_000_000n

async function take(repository: Repository, source: string) {
  return (await takeSnapshot(repository, {paths: [source], workers: WORKERS})).summary
}

/** Runs `work` as if the files of this test had been written hours before. */
async function hoursLater(work: () => Promise<void>): Promise<void> {
  shiftClock(2n * HOUR)
  try {
    await work()
  } finally {
    shiftClock(-2n * HOUR)
  }
}

test.serial('unchanged: files are not opened, whatever their size', async (t) => {
  const place = await createPlace(t)
  const paths = ['one', 'two', 'three'].map((name) => join(place.source, name))
  paths.forEach((path, seed) => {
    writeRandom(path, seed, 10 ** (seed + 2))
    // Where only the first access after a change is noted (`relatime`), every access comes before this change.
    setTimes(Buffer.from(path), 0n, nowNs() + HOUR)
  })
  const accesses = () => paths.map((path) => lstatSync(path, {bigint: true}).atimeNs)
  await hoursLater(() =>
    withRepository(place, async (repository) => {
      t.is((await take(repository, place.source)).bytesRead, 11_100)
      const accessed = accesses()
      await setTimeout(30)
      const {bytesRead, files, bytesAdded} = await take(repository, place.source)
      t.deepEqual({bytesRead, files, bytesAdded}, {bytesRead: 0, files: {new: 0, changed: 0, unchanged: 3}, bytesAdded: 0})
      t.deepEqual(accesses(), accessed)
      readFileSync(paths[0])
      if (accesses()[0] === accessed[0]) t.log('this file system notes no accesses: only the bytes read tell')
      const {listing} = await restoreFresh(repository, place, 'latest')
      t.deepEqual(differences(listing, listTree(place.source)), [])
    }),
  )
})

test.serial('unchanged: a change that keeps size and times is noticed by the inode or its time of change', async (t) => {
  const place = await createPlace(t)
  const [edited, replaced] = ['edited', 'replaced'].map((name) => join(place.source, name))
  for (const path of [edited, replaced]) {
    writeRandom(path, 1, 5000)
    setTimes(Buffer.from(path), 0n, 1_500_000_000n * MILLISECOND)
  }
  await setTimeout(20)
  await hoursLater(() =>
    withRepository(place, async (repository) => {
      await take(repository, place.source)
      writeFileSync(edited, randomContent(2, 100), {flag: 'r+'})
      writeRandom(`${replaced}.tmp`, 3, 5000)
      for (const path of [edited, `${replaced}.tmp`]) setTimes(Buffer.from(path), 0n, 1_500_000_000n * MILLISECOND)
      renameSync(`${replaced}.tmp`, replaced)
      const {bytesRead, files} = await take(repository, place.source)
      t.deepEqual({bytesRead, files}, {bytesRead: 10_000, files: {new: 0, changed: 2, unchanged: 0}})
      const {listing} = await restoreFresh(repository, place, 'latest')
      t.deepEqual(differences(listing, listTree(place.source)), [])
    }),
  )
})

test.serial('unchanged: a file written just before the parent began is read once more, and then no longer', async (t) => {
  const place = await createPlace(t)
  await withRepository(place, async (repository) => {
    writeRandom(join(place.source, 'file'), 1, 5000)
    t.is((await take(repository, place.source)).bytesRead, 5000)
    await setTimeout(300)
    t.is((await take(repository, place.source)).bytesRead, 5000)
    t.is((await take(repository, place.source)).bytesRead, 0)
  })
})

test('unchanged: a change within the tick of a file system clock before the parent began is too fresh', (t) => {
  const started = 1_000_000_500n * MILLISECOND
  const at = (mtimeNs: bigint, ctimeNs: bigint) => isTooFresh({mtimeNs, ctimeNs}, started)
  t.false(at(0n, 0n))
  t.false(at(started - 101n * MILLISECOND, started - 101n * MILLISECOND))
  t.true(at(started - 11n * MILLISECOND, 0n))
  t.true(at(0n, started - 11n * MILLISECOND))
  t.true(at(0n, started + HOUR))
  // Whole seconds come from clocks that know no others, or, as that of FAT, only every second one.
  t.true(at(started - 1_500n * MILLISECOND, 0n))
  t.false(at(started - 1_501n * MILLISECOND, 0n))
  t.false(at(started - 2_500n * MILLISECOND, 0n))
})
