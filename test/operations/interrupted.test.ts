/** Runs that are told to end. */
import {existsSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {isPocketError, listSnapshots, resolveSnapshot, takeSnapshot} from '../../src/index.js'
import {writeRandom} from './content.js'
import {createPlace, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {createSmallPlace} from './small-pieces.js'
import {duplicateChunks, readPacks} from './stored-chunks.js'
import {differences, listTree} from './tree-listing.js'

test('interrupted: a snapshot ends with interrupted, and the next one uses what it had stored', async (t) => {
  const place = await createSmallPlace(t)
  for (let file = 0; file < 200; file++) writeRandom(join(place.source, `file-${file}`), file, 200_000)
  const controller = new AbortController()
  await withRepository(place, async (repository) => {
    const running = takeSnapshot(repository, {
      paths: [place.source],
      workers: WORKERS,
      signal: controller.signal,
      onEvent: (event) => event.type === 'progress' && event.bytesStored > 0 && controller.abort(),
    })
    const error = await t.throwsAsync(running)
    t.true(isPocketError(error, 'interrupted'), String(error))
    t.true((await listSnapshots(repository)).length <= 1)
    await t.throwsAsync(resolveSnapshot(repository, 'latest'), {code: 'snapshot-missing'})
    t.true((await readPacks(repository)).length > 0)
  })
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.deepEqual(await duplicateChunks(repository), [])
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
})

test('interrupted: a snapshot that never began leaves no marker and no unfinished file', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'content')
  await withRepository(place, async (repository) => {
    await t.throwsAsync(takeSnapshot(repository, {paths: [place.source], signal: AbortSignal.abort()}), {code: 'interrupted'})
    t.deepEqual(readdirSync(join(repository.cacheDirectory!, 'sessions')), [])
  })
  const unfinished = join(place.location, '.tmp')
  t.deepEqual(existsSync(unfinished) ? readdirSync(unfinished) : [], [])
})
