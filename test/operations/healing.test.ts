/** What a repository is asked to do after damage: store anew what is lost, and never take an older snapshot for the latest. */
import {appendFileSync, chmodSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {initRepository, openRepository, restoreSnapshot, takeSnapshot} from '../../src/index.js'
import {saveIndex} from '../../src/repository/index-store.js'
import {packName} from '../../src/repository/names.js'
import {readPackDirectory} from '../../src/repository/pack-reader.js'
import {shiftClock} from '../../src/util/clock.js'
import {writeRandom} from './content.js'
import {createPlace, type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

const DAY_NS = 86_400_000_000_000n

async function snapshot(place: Place, force = false): Promise<string | undefined> {
  const repository = await openRepository(place)
  try {
    return (await takeSnapshot(repository, {paths: [place.source], workers: WORKERS, force})).id
  } finally {
    await repository.close()
  }
}

function removePacks({location}: Place): void {
  for (const folder of readdirSync(join(location, 'chunks'))) rmSync(join(location, 'chunks', folder), {recursive: true})
}

test('healing: a forced snapshot stores anew what was in packs that are gone, data and trees', async (t) => {
  const place = await createPlace(t)
  writeRandom(join(place.source, 'large'), 1, 2_000_000)
  writeFileSync(join(place.source, 'small'), 'text')
  await snapshot(place)
  removePacks(place)
  rmSync(place.cacheDirectory, {recursive: true})
  await snapshot(place, true)
  const {result, listing} = await withRepository(place, (repository) => restoreFresh(repository, place, 'latest'))
  t.is(result.failed, 0)
  t.deepEqual(differences(listing, listTree(place.source)), [])
})

test('healing: any snapshot notices packs that are gone, tells of them, and stores anew what was in them', async (t) => {
  const place = await createPlace(t)
  writeRandom(join(place.source, 'large'), 1, 2_000_000)
  await snapshot(place)
  removePacks(place)
  rmSync(place.cacheDirectory, {recursive: true})
  const warnings: string[] = []
  const repository = await openRepository({...place, onWarning: ({code}) => warnings.push(code)})
  await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
  await repository.close()
  t.deepEqual(warnings, ['damaged-pack', 'chunk-missing'])
  const {result, listing} = await withRepository(place, (opened) => restoreFresh(opened, place, 'latest'))
  t.is(result.failed, 0)
  t.deepEqual(differences(listing, listTree(place.source)), [])
})

test('healing: while a snapshot cannot be read, no other is taken for the latest', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'first')
  const first = await snapshot(place)
  writeFileSync(join(place.source, 'file'), 'second')
  const second = await snapshot(place)
  rmSync(place.cacheDirectory, {recursive: true})
  const object = join(place.location, 'snapshots', second ?? '')
  chmodSync(object, 0o600)
  appendFileSync(object, 'x')
  await withRepository(place, async (repository) => {
    const restore = (reference: string) => restoreSnapshot(repository, {reference, target: join(place.folder, 'out'), workers: WORKERS})
    await t.throwsAsync(restore('latest'), {code: 'damaged-snapshot', message: /latest/})
    t.is((await restore(first ?? '')).failed, 0)
  })
})

test('healing: a repository that has lost its config is not made anew over its snapshots', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'first')
  await snapshot(place)
  rmSync(join(place.location, 'config'))
  await t.throwsAsync(initRepository({location: place.location, secret: place.secret}), {code: 'damaged-config'})
})

test('healing: a cache that is a file is told of, and the snapshot is taken', async (t) => {
  const place = await createPlace(t)
  writeFileSync(join(place.source, 'file'), 'first')
  writeFileSync(place.cacheDirectory, '')
  const warnings: string[] = []
  const repository = await openRepository({...place, onWarning: ({message}) => warnings.push(message)})
  const {id} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
  await repository.close()
  t.truthy(id)
  t.true(warnings.length > 0)
})

test('take-snapshot: an empty path, an empty tag, a tag with a comma and a time beyond what fits are refused', async (t) => {
  const place = await createPlace(t)
  const paths = [place.source]
  await withRepository(place, async (repository) => {
    for (const options of [{paths: ['']}, {paths, tags: ['']}, {paths, tags: ['a,b']}, {paths, timeNs: 2n ** 63n}]) {
      await t.throwsAsync(takeSnapshot(repository, options), {code: 'usage'})
    }
    await t.throwsAsync(restoreSnapshot(repository, {reference: 'latest', target: ''}), {code: 'usage'})
  })
})

test.serial('healing: a large file is stored anew when its chunks are lost from the index, and their lists are not', async (t) => {
  const place = await createSmallPlace(t)
  writeRandom(join(place.source, 'large'), 1, 8_000_000)
  shiftClock(DAY_NS)
  try {
    await snapshot(place)
    await forgetDataPacks(place)
    rmSync(place.cacheDirectory, {recursive: true})
    await snapshot(place)
  } finally {
    shiftClock(-DAY_NS)
  }
  const {result, listing} = await withRepository(place, (repository) => restoreFresh(repository, place, 'latest'))
  t.is(result.failed, 0)
  t.deepEqual(differences(listing, listTree(place.source)), [])
})

/** Leaves an index that names packs of trees alone, and no data packs, as when one of several index objects is lost. */
async function forgetDataPacks(place: Place): Promise<void> {
  const repository = await openRepository(place)
  const {backend, sealing, indexStore} = repository
  const {packs} = await repository.loadIndex()
  const trees = packs.filter(({kind}) => kind === 'tree')
  const names = readdirSync(join(place.location, 'index'))
  await saveIndex(indexStore, await Promise.all(trees.map(({id}) => readPackDirectory(backend, sealing, id))))
  for (const name of names) await backend.remove(`index/${name}`)
  for (const {id, kind} of packs) if (kind === 'data') await backend.remove(packName(id))
  await repository.close()
}
