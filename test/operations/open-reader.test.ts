/** A reader that stays open while others remove packs, or one pack of two that hold the same: what is whole elsewhere is found. */
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {createLocalBackend} from '../../src/backend/local.js'
import type {Backend} from '../../src/backend/backend.js'
import {wrapBackend} from '../../src/backend/wrap.js'
import {forgetAll, pruneRepository, readFile} from '../../src/index.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {randomContent, replaceFile, writeRandom} from './content.js'
import {KEY_FILE, type Place, restoreFresh, withRepository} from './repository-place.js'
import {flip, objectsIn, storeTwice} from './second-copies.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

/** Two snapshots of which the first is forgotten: a prune writes anew the packs that they share. */
async function placeToPrune(t: Parameters<typeof createSmallPlace>[0]): Promise<Place> {
  const place = await createSmallPlace(t)
  await withRepository(place, async (repository) => {
    for (let file = 0; file < 40; file++) writeRandom(join(place.source, `file-${file}`), file, 20_000)
    const {id} = await take(repository, {paths: [place.source]})
    for (let file = 0; file < 40; file += 2) writeFileSync(join(place.source, `file-${file}`), randomContent(100 + file, 20_000))
    await take(repository, {paths: [place.source]})
    await forgetAll(repository, [id!])
  })
  return place
}

async function prune(place: Place): Promise<number> {
  const {repack} = await withRepository(place, (repository) =>
    pruneRepository(repository, {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}}),
  )
  return repack.packs
}

test('open reader: a restore that began before a prune and ends after it is whole', async (t) => {
  const place = await placeToPrune(t)
  const stored = await createLocalBackend(place.location)
  let repacked = 0
  let isArmed = false
  // The prune runs when the restore has its index and asks for data.
  const backend: Backend = wrapBackend(stored, {
    async get(name, options) {
      if (isArmed && name.startsWith('chunks/')) {
        isArmed = false
        repacked = await prune(place)
      }
      return stored.get(name, options)
    },
  })
  const repository = await openRepositoryOn(backend, {secret: async () => KEY_FILE, cacheDirectory: undefined, onWarning: t.log})
  await repository.loadIndex()
  isArmed = true
  const {listing, result} = await restoreFresh(repository, place, 'latest')
  await repository.close()
  t.true(repacked > 0)
  t.deepEqual([differences(listing, listTree(place.source)), result.failed, result.files], [[], 0, 40])
})

test('open reader: chunks are found by one that was open before a prune wrote packs anew', async (t) => {
  const place = await placeToPrune(t)
  const repository = await openRepositoryOn(await createLocalBackend(place.location), {
    secret: async () => KEY_FILE,
    cacheDirectory: undefined,
    onWarning: t.log,
  })
  // Both readers are made while the old packs are there.
  const reading = readFile(repository, 'latest:file-1')
  const before = await Promise.all([repository.trees(), repository.dataChunks()])
  t.true((await prune(place)) > 0)
  const parts: Uint8Array[] = []
  for await (const part of reading) parts.push(Uint8Array.from(part))
  t.deepEqual(Buffer.concat(parts), Buffer.from(randomContent(1, 20_000)))
  t.is(before.length, 2)
  await repository.close()
})

test('open reader: of what lies in two packs the whole copy is read and restored, whichever that is', async (t) => {
  const place = await createSmallPlace(t)
  for (let file = 0; file < 20; file++) writeRandom(join(place.source, `file-${file}`), file, 20_000)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  const {packs} = await storeTwice(place)
  const own = new Set([...packs.data, ...packs.tree])
  const [first, second] = [objectsIn(place, 'chunks').filter((path) => !own.has(path)), [...own]]
  for (const damaged of [first, second]) {
    const before = damaged.map((path) => readFileSync(path))
    for (const path of damaged) flip(path, 100)
    await withRepository({...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}, async (repository) => {
      const {listing, result} = await restoreFresh(repository, place, 'latest')
      t.deepEqual([differences(listing, listTree(place.source)), result.failed], [[], 0])
    })
    damaged.forEach((path, number) => replaceFile(path, before[number]))
  }
})
