/** A disk that is full, or may not be written: a clear error, and nothing harmed. Only where a tmpfs can be mounted. */
import {execFileSync} from 'node:child_process'
import {readdirSync, rmSync, statfsSync} from 'node:fs'
import {join} from 'node:path'
import {forgetAll, type PocketError, pruneRepository, restoreSnapshot, takeSnapshot} from '../../src/index.js'
import {writeRandom} from './content.js'
import {createPlace, emptyPlace, type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {createSmallPieces} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'
import {createLocalBackend} from '../../src/backend/local.js'
import {onMountable, smallDisk, WHERE_MOUNTABLE as WHERE} from '../small-disk.js'

const take = (place: Place) => withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))

onMountable(`full disk: a snapshot ends with no-space; with more room the next is whole ${WHERE}`, async (t) => {
  const own = emptyPlace(t)
  const disk = smallDisk(t, own.folder, 'size=8m')
  const place = {...own, location: join(disk, 'repository')}
  const backend = await createLocalBackend(place.location)
  await createSmallPieces(backend)
  writeRandom(join(place.source, 'first'), 1, 1_000_000)
  const first = await take(place)
  const expected = listTree(place.source)
  for (let file = 0; file < 10; file++) writeRandom(join(place.source, `more-${file}`), file + 2, 1_000_000)
  const error = await t.throwsAsync<PocketError>(take(place), {code: 'no-space'})
  t.true(error.message.includes(place.location), error.message)
  t.deepEqual(readdirSync(join(place.location, '.tmp')), [])
  await withRepository(place, async (repository) => {
    const {listing} = await restoreFresh(repository, place, first.id!)
    t.deepEqual(differences(listing, expected), [])
  })
  execFileSync('mount', ['-o', 'remount,size=32m', disk])
  const {summary} = await take(place)
  t.true(summary.bytesStored < 6_000_000, `${summary.bytesStored} bytes, though most were stored before`)
  await withRepository(place, async (repository) => {
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
})

onMountable(`full disk: a prune gives back first what nobody needs, and has room then to write the rest anew ${WHERE}`, async (t) => {
  const own = emptyPlace(t)
  const disk = smallDisk(t, own.folder, 'size=16m')
  const place = {...own, location: join(disk, 'repository')}
  const backend = await createLocalBackend(place.location)
  await createSmallPieces(backend)
  // Every second of these goes, so that packs are needed in part; the large one goes wholly.
  for (let file = 0; file < 60; file++) writeRandom(join(place.source, `file-${file}`), file, 40_000)
  writeRandom(join(place.source, 'large'), 99, 3_000_000)
  const first = await take(place)
  for (let file = 0; file < 60; file += 2) rmSync(join(place.source, `file-${file}`))
  rmSync(join(place.source, 'large'))
  const second = await take(place)
  await withRepository(place, async (repository) => {
    await forgetAll(repository, [first.id!])
    const {bavail, bsize} = statfsSync(disk)
    writeRandom(join(disk, 'filler'), 5, bavail * bsize - 300_000)
    const {freedBytes, remove, repack} = await pruneRepository(repository, {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}})
    t.true(freedBytes > 4_000_000 && remove.packs > 5 && repack.packs > 5, `${freedBytes} bytes, ${remove.packs}, ${repack.packs}`)
    const {listing} = await restoreFresh(repository, place, second.id!)
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
})

onMountable(`full disk: a restore ends with no-space, and leaves whole files only ${WHERE}`, async (t) => {
  const place = await createPlace(t)
  for (let file = 0; file < 6; file++) writeRandom(join(place.source, `file-${file}`), file, 2_000_000)
  await take(place)
  const disk = smallDisk(t, place.folder, 'size=5m')
  await withRepository(place, async (repository) => {
    await t.throwsAsync(restoreSnapshot(repository, {reference: 'latest', target: disk, workers: WORKERS}), {code: 'no-space'})
  })
  const expected = listTree(place.source)
  for (const [path, entry] of listTree(disk)) if (path !== '.') t.is(expected.get(path), entry)
})

onMountable(`read-only disk: a snapshot is refused, and restoring goes on ${WHERE}`, async (t) => {
  const own = await createPlace(t)
  writeRandom(join(own.source, 'file'), 1, 100_000)
  const disk = smallDisk(t, own.folder, 'size=16m')
  execFileSync('cp', ['-a', own.location, disk])
  const place = {...own, location: join(disk, 'repository')}
  await take(place)
  execFileSync('mount', ['-o', 'remount,ro', disk])
  writeRandom(join(place.source, 'another'), 2, 100_000)
  await t.throwsAsync(take(place), {code: 'read-only'})
  rmSync(join(place.source, 'another'))
  await withRepository(place, async (repository) => {
    const {result} = await restoreFresh(repository, place, 'latest')
    t.is(result.files, 1)
  })
})
