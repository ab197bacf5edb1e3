/** What is lost for good, and how the next snapshot goes on from there. */
import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {openRepository, type Repository, type RestoreEvent, restoreSnapshot, takeSnapshot} from '../../src/index.js'
import {replaceFile, writeRandom} from './content.js'
import {createPlace, type Place, restoreFresh, WORKERS} from './repository-place.js'
import {createSmallPlace} from './small-pieces.js'
import {readPacks} from './stored-chunks.js'
import {differences, listTree} from './tree-listing.js'

async function withWarnings<T>(place: Place, use: (repository: Repository) => Promise<T>): Promise<{result: T; warnings: string[]}> {
  const warnings: string[] = []
  const repository = await openRepository({...place, onWarning: ({code}) => warnings.push(code)})
  const result = await use(repository)
  await repository.close()
  return {result, warnings}
}

function removeObjects({location}: Place, folder: string): void {
  rmSync(join(location, folder), {recursive: true})
}

async function checkNext(t: ExecutionContext, place: Place): Promise<string[]> {
  const {warnings} = await withWarnings(place, async (repository) => {
    const {summary} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    t.is(summary.total.files, 31)
  })
  const {result} = await withWarnings(place, (repository) => restoreFresh(repository, place, 'latest'))
  t.is(result.result.failed, 0)
  t.deepEqual(differences(result.listing, listTree(place.source)), [])
  return warnings
}

async function placeWithSnapshot(t: ExecutionContext): Promise<Place> {
  const place = await createPlace(t)
  mkdirSync(join(place.source, 'folder'))
  for (let file = 0; file < 30; file++) writeRandom(join(place.source, 'folder', `file-${file}`), file, 10_000)
  writeFileSync(join(place.source, 'empty'), '')
  await withWarnings(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
  return place
}

for (const cache of ['with', 'without'] as const) {
  test(`lost: when the index is gone, the next snapshot ${cache} a cache is whole`, async (t) => {
    const place = await placeWithSnapshot(t)
    const asked = cache === 'with' ? place : {...place, cacheDirectory: undefined as unknown as string}
    removeObjects(place, 'index')
    const warnings = await checkNext(t, asked)
    // Without a cache every pack is looked at, and nothing is missed.
    t.deepEqual(warnings, cache === 'with' ? ['chunk-missing'] : [])
  })

  test(`lost: when the snapshots are gone, the next one ${cache} a cache is whole and stores nothing twice`, async (t) => {
    const place = await placeWithSnapshot(t)
    const asked = cache === 'with' ? place : {...place, cacheDirectory: undefined as unknown as string}
    removeObjects(place, 'snapshots')
    t.deepEqual(await checkNext(t, asked), [])
    const {result} = await withWarnings(place, readPacks)
    t.is(result.length, 2)
  })
}

test('lost: a cache whose files are damaged or gone is no more than slower', async (t) => {
  const place = await placeWithSnapshot(t)
  for (const entry of readdirSync(place.cacheDirectory, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    if (bytes.length > 0) bytes[bytes.length >> 1] ^= 1
    replaceFile(path, bytes)
  }
  const warnings = await checkNext(t, place)
  t.true(
    warnings.every((code) => code === 'io-failed'),
    warnings.join(),
  )
  rmSync(place.cacheDirectory, {recursive: true})
  t.deepEqual(await checkNext(t, place), [])
})

test('lost: of a file with a damaged part nothing is left behind, and every other file is restored', async (t) => {
  const place = await createSmallPlace(t)
  writeRandom(join(place.source, 'large'), 1, 3_000_000)
  for (let file = 0; file < 20; file++) writeRandom(join(place.source, `small-${file}`), 100 + file, 500)
  const {result: packs} = await withWarnings(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: 1})
    return readPacks(repository)
  })
  const {id} = packs.find(({kind, directory}) => kind === 'data' && !directory.chunkLengths.includes(500))!
  const path = join(place.location, 'chunks', id.slice(0, 2), id)
  const bytes = readFileSync(path)
  bytes[statSync(path).size >> 2] ^= 1
  replaceFile(path, bytes)

  const expected = listTree(place.source)
  for (let round = 0; round < 5; round++) {
    const target = join(place.folder, `target-${round}`)
    const failed: RestoreEvent[] = []
    const onEvent = (event: RestoreEvent) => event.type === 'failed' && failed.push(event)
    const {result} = await withWarnings(place, (repository) =>
      restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, onEvent}),
    )
    t.deepEqual([result.failed, failed.length], [1, 1])
    t.true(
      failed.every((event) => event.type === 'failed' && event.message.includes(id.slice(0, 8))),
      JSON.stringify(failed),
    )
    const listing = listTree(target)
    const lost = new Set(failed.map((event) => (event.type === 'failed' ? event.path : '')))
    t.deepEqual(differences(listing, new Map([...expected].filter(([name]) => !lost.has(name)))), [])
  }
})
