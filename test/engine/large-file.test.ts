/** Files that are so large that all workers read them at once. */
import {openSync, readSync, writeFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {SHRUNK} from '../../src/engine/messages.js'
import {readFile, type SnapshotEvent, takeSnapshot} from '../../src/index.js'
import {randomContent} from '../operations/content.js'
import {createPlace, restoreFresh, withRepository} from '../operations/repository-place.js'
import {duplicateChunks} from '../operations/stored-chunks.js'
import {differences, listTree} from '../operations/tree-listing.js'
import {scheduleFile} from './schedule-file.js'

const MIB = 1024 * 1024
const SHRINKING = {code: SHRUNK, message: 'the file became shorter while it was read'}

/** 90 MiB of which the first and the last third are equal, so that chunks are met twice at once. */
function writeLarge(path: string): void {
  const third = randomContent(1, 30 * MIB)
  writeFileSync(path, Buffer.concat([third, randomContent(2, 30 * MIB), third]))
}

test('large file: what all workers read together is restored, stored once, and cut as one worker cuts it', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeLarge(path)
  await withRepository(place, async (repository) => {
    let files = 0
    const onEvent = (event: SnapshotEvent) => {
      if (event.type === 'progress') files = event.files
    }
    const together = await takeSnapshot(repository, {paths: [place.source], workers: 3, compression: 'fastest', onEvent})
    t.is(files, 1)
    // Only what is hashed counts, not that it was read once before to find the cuts.
    t.is(together.summary.bytesRead, 90 * MIB)
    t.true(together.summary.bytesAdded < 61 * MIB, String(together.summary.bytesAdded))
    t.deepEqual(await duplicateChunks(repository), [])
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
    const alone = await takeSnapshot(repository, {paths: [place.source], workers: 1, force: true})
    t.is(alone.summary.chunksNew, 0)
  })
})

test('large file: one whose references are in chunk lists is restored, compared and read piece by piece', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeFileSync(path, randomContent(5, 110 * MIB))
  await withRepository(place, async (repository) => {
    const first = await takeSnapshot(repository, {paths: [place.source], workers: 2, compression: 'off'})
    t.true(first.summary.chunksNew > 1030, `${first.summary.chunksNew} chunks are too few for lists`)
    const edit = openSync(path, 'r+')
    writeSync(edit, 'changed', 55 * MIB)
    const second = await takeSnapshot(repository, {paths: [place.source], workers: 2})
    // The chunk, two lists at most, the page.
    t.true(second.summary.bytesAdded < 700_000, String(second.summary.bytesAdded))
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
    const part = Buffer.alloc(MIB)
    let position = 0
    for await (const piece of readFile(repository, 'latest:file')) {
      readSync(edit, part, 0, piece.length, position)
      if (!part.subarray(0, piece.length).equals(piece)) t.fail(`differs at ${position}`)
      position += piece.length
    }
    t.is(position, 110 * MIB)
  })
})

test('large file: one that ends before its cuts each time it is read counts as unreadable', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeFileSync(path, 'shorter than it seemed')
  const answer = (job: {type: string}) =>
    job.type === 'cut'
      ? {type: 'cut-done', lengths: Uint32Array.of(100), isEnd: true}
      : {type: 'segment-done', ids: new Uint8Array(0), error: SHRINKING}
  const {directory, tally, events} = await scheduleFile(t, {path, answer, largeFileBytes: 0})
  t.deepEqual(events, ['unreadable'])
  t.is(tally.unreadable, 1)
  t.is(directory.totals(0, 1).unreadable, 1)
})
