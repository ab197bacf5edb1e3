/** Runs that are cut off, and the incomplete snapshots that they leave for the next one. */
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test from 'ava'
import {isPocketError, listSnapshots, type Repository, resolveSnapshot, takeSnapshot} from '../../src/index.js'
import {CHUNKS_PREFIX} from '../../src/repository/names.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import {writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {requestFor, startProgram} from './run-snapshot-program.js'
import {createSmallPlace, SMALL_PACK_BYTES} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

const FILES = 200
const FILE_BYTES = 200_000
const PACKS_BEFORE_INTERRUPT = Math.ceil(4_000_000 / SMALL_PACK_BYTES)

function writeFiles({source}: Place): void {
  for (let file = 0; file < FILES; file++) writeRandom(join(source, `file-${String(file).padStart(3, '0')}`), file, FILE_BYTES)
}

/** Takes a snapshot that is interrupted once a few megabytes are stored: by what is put, which no busy machine hides as it does progress. */
async function interrupt(repository: Repository, {source}: Place): Promise<unknown> {
  const controller = new AbortController()
  const {backend} = repository
  const put = backend.put.bind(backend)
  let packs = 0
  backend.put = async (name, bytes, options) => {
    await put(name, bytes, options)
    if (name.startsWith(CHUNKS_PREFIX) && ++packs === PACKS_BEFORE_INTERRUPT) controller.abort()
  }
  try {
    return await takeSnapshot(repository, {paths: [source], workers: WORKERS, signal: controller.signal})
  } catch (error) {
    return error
  } finally {
    backend.put = put
  }
}

const incomplete = async (repository: Repository) =>
  (await loadSnapshots(repository, () => undefined)).filter(({record}) => record.isIncomplete)

test('checkpoint: an interrupted run leaves what it had read, which restores and which the next run does not read again', async (t) => {
  const place = await createSmallPlace(t)
  writeFiles(place)
  await setTimeout(150)
  await withRepository(place, async (repository) => {
    t.true(isPocketError(await interrupt(repository, place), 'interrupted'))
    const [left, ...others] = await incomplete(repository)
    t.deepEqual(others, [])
    const {files} = left.record.summary.total
    t.true(files > 10 && files < FILES, `${files} files`)
    const {listing, result} = await restoreFresh(repository, place, left.id)
    t.is(result.failed, 0)
    const live = listTree(place.source)
    // What is there is as it is in the source; only that something is missing tells them apart.
    const wrong = differences(listing, live).filter((difference) => !difference.endsWith('got nothing') && !difference.startsWith('.'))
    t.deepEqual(wrong, [])
    const {summary} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.true(summary.bytesRead <= (FILES - files) * FILE_BYTES, `${summary.bytesRead} bytes were read`)
    t.deepEqual(await incomplete(repository), [])
    t.is((await listSnapshots(repository)).length, 1)
    t.deepEqual(differences((await restoreFresh(repository, place, 'latest')).listing, live), [])
  })
})

test('checkpoint: after a run that was cut off, what only the complete snapshot before it has is not read again', async (t) => {
  const place = await createSmallPlace(t)
  writeFiles(place)
  await withRepository(place, async (repository) => {
    await setTimeout(150)
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    for (let file = 0; file < 100; file++) writeRandom(join(place.source, `more-${file}`), 1000 + file, FILE_BYTES)
    rmSync(join(place.source, 'file-000'))
    await setTimeout(150)
    t.true(isPocketError(await interrupt(repository, place), 'interrupted'))
    const [left] = await incomplete(repository)
    const {summary} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    const readBefore = left.record.summary.bytesRead
    t.true(summary.bytesRead < 100 * FILE_BYTES - readBefore / 2, `${readBefore} bytes were read, and then ${summary.bytesRead}`)
    t.is(summary.total.files, FILES - 1 + 100)
    t.deepEqual(differences((await restoreFresh(repository, place, 'latest')).listing, listTree(place.source)), [])
  })
})

test('checkpoint: after kill -9 the next run goes on from the last checkpoint', async (t) => {
  const place = await createSmallPlace(t)
  writeFiles(place)
  await setTimeout(150)
  const {child, answer} = startProgram(requestFor(place, {checkpointMs: 20, workers: 1}))
  const isOver = answer.then(
    () => true,
    () => false,
  )
  const found = await withRepository(place, async (repository) => {
    for (;;) {
      const [left] = await incomplete(repository)
      if (left && left.record.summary.total.files > 20) return left.record.summary.total.files
      if (child.exitCode !== null) return 0
      await setTimeout(5)
    }
  })
  child.kill('SIGKILL')
  t.false(await isOver, 'the program was faster')
  await withRepository(place, async (repository) => {
    const {summary} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.true(summary.bytesRead <= (FILES - found) * FILE_BYTES, `${found} files were in the checkpoint, ${summary.bytesRead} bytes were read`)
    t.deepEqual(await incomplete(repository), [])
    t.deepEqual(differences((await restoreFresh(repository, place, 'latest')).listing, listTree(place.source)), [])
  })
})

test('checkpoint: latest is never an incomplete snapshot', async (t) => {
  const place = await createSmallPlace(t)
  writeFiles(place)
  await withRepository(place, async (repository) => {
    await interrupt(repository, place)
    const error = await t.throwsAsync(restoreFresh(repository, place, 'latest'))
    t.true(isPocketError(error, 'snapshot-missing'))
    t.regex(error.message, /no complete snapshot/)
    writeFileSync(join(place.folder, 'other'), 'other')
    const {id} = await takeSnapshot(repository, {paths: [join(place.folder, 'other')], workers: WORKERS})
    t.is((await incomplete(repository)).length, 1)
    t.is((await listSnapshots(repository)).length, 2)
    t.is((await resolveSnapshot(repository, 'latest')).id, id!)
  })
})
