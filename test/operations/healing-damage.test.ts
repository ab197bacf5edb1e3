/** What was found damaged on this machine is stored anew by the next snapshot that meets it, and nobody misses the damaged pack after that. */
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {checkRepository, openRepository, readFile, repairPacks, restoreSnapshot, takeSnapshot} from '../../src/index.js'
import type {ObjectId} from '../../src/id.js'
import {writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {flip, packsOf} from './second-copies.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

async function placeWithFiles(t: ExecutionContext): Promise<Place> {
  const place = await createSmallPlace(t)
  for (let file = 0; file < 16; file++) writeRandom(join(place.source, `file-${file}`), file, 30_000)
  await snapshot(place)
  return place
}

/** How many bytes it stored. */
async function snapshot(place: Place): Promise<number> {
  const repository = await openRepository({...place, onWarning: () => undefined})
  const {summary} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
  await repository.close()
  return summary.bytesStored
}

function elsewhere(place: Place): Place {
  return {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
}

/** On a machine that knows of no damage. */
async function isWhole(t: ExecutionContext, place: Place): Promise<void> {
  await withRepository(elsewhere(place), async (repository) => {
    const {listing, result} = await restoreFresh(repository, place, 'latest')
    t.deepEqual([differences(listing, listTree(place.source)), result.failed], [[], 0])
  })
}

function notesOf({cacheDirectory}: Place, id: string): string {
  return join(cacheDirectory, id, 'damaged-packs')
}

const FINDERS: Record<string, (place: Place) => Promise<unknown>> = {
  'a check': (place) => withRepository(place, (repository) => checkRepository(repository, {readData: {type: 'all'}})),
  'a restore': (place) =>
    withRepository(place, async (repository) => {
      const {failed} = await restoreSnapshot(repository, {
        reference: 'latest',
        target: mkdtempSync(join(place.folder, 'target-')),
        workers: WORKERS,
      })
      if (failed === 0) throw new Error('nothing was found')
    }),
  'reading a file': (place) =>
    withRepository(place, async (repository) => {
      for (let file = 0; file < 16; file++) {
        try {
          for await (const part of readFile(repository, `latest:file-${file}`)) part.at(0)
        } catch {
          return
        }
      }
      throw new Error('nothing was found')
    }),
}

for (const [finder, find] of Object.entries(FINDERS)) {
  test(`healing: what ${finder} has found damaged is stored anew by the next snapshot, and the note goes with the pack`, async (t) => {
    const place = await placeWithFiles(t)
    t.true((await snapshot(place)) < 2000, 'nothing but the snapshot')
    const [damaged] = await packsOf(place, 'data')
    flip(damaged, 100)
    t.true((await snapshot(place)) < 2000, 'nobody knows so far')
    await find(place)
    const note = notesOf(place, await withRepository(place, async ({id}) => id))
    t.is(readFileSync(note, 'utf8'), basename(damaged))
    t.true((await snapshot(place)) > 50_000)
    await isWhole(t, place)
    t.true((await snapshot(place)) < 2000, 'once is enough')
    const {removed, damagedPaths, lostChunks} = await withRepository(place, (repository) => repairPacks(repository))
    t.deepEqual([removed, damagedPaths, lostChunks], [1, 0, 0])
    t.is(readFileSync(note, 'utf8'), '')
    await isWhole(t, place)
  })
}

test('healing: trees that a check has found damaged are stored anew', async (t) => {
  const place = await placeWithFiles(t)
  for (const path of await packsOf(place, 'tree')) flip(path, 100)
  rmSync(place.cacheDirectory, {recursive: true})
  const {damagedSnapshots} = await withRepository(place, (repository) => checkRepository(repository))
  t.is(damagedSnapshots, 1)
  await snapshot(place)
  await isWhole(t, place)
})

test('healing: a note of a pack that is gone goes with the next snapshot, and one of a pack that is whole with a check', async (t) => {
  const place = await placeWithFiles(t)
  const [first, second] = await packsOf(place, 'data')
  const gone = 'ab'.repeat(32) as ObjectId
  const ids = [first, second].map((path) => basename(path) as ObjectId)
  const note = notesOf(place, await withRepository(place, async ({id}) => id))
  await withRepository(place, (repository) => repository.noteDamaged([gone, ...ids]))
  await snapshot(place)
  t.deepEqual(readFileSync(note, 'utf8').split('\n').sort(), [...ids].sort())
  await withRepository(place, (repository) => checkRepository(repository, {readData: {type: 'all'}}))
  t.is(readFileSync(note, 'utf8'), '')
  writeFileSync(note, 'nonsense\n\0')
  t.true((await snapshot(place)) < 2000)
  t.true(existsSync(note))
})
