/** Second copies of what is damaged: nothing takes the good one away. */
import {mkdtempSync} from 'node:fs'
import {basename, join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {checkRepository, openRepository, pruneRepository, repairPacks} from '../../src/index.js'
import {writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository} from './repository-place.js'
import {flip, packsOf, storeTwice} from './second-copies.js'
import {take} from './simple-source.js'
import {createSmallPlace} from './small-pieces.js'

const NOW = {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}} as const

async function placeWithFiles(t: ExecutionContext): Promise<Place> {
  const place = await createSmallPlace(t)
  for (let file = 0; file < 8; file++) writeRandom(join(place.source, `file-${file}`), file, 30_000)
  await withRepository(place, (repository) => take(repository, {paths: [place.source]}))
  return place
}

async function failed(place: Place): Promise<number> {
  const fresh = {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
  return withRepository(
    fresh,
    async (repository) => (await restoreFresh(repository, place, 'latest')).result.failed,
    () => undefined,
  )
}

for (let round = 0; round < 4; round++) {
  test.serial(`prune: what was stored again for a pack that is known to be damaged stays: ${round}`, async (t) => {
    const place = await placeWithFiles(t)
    const [damaged] = await packsOf(place, 'data')
    flip(damaged, 100)
    await withRepository(
      place,
      (repository) => checkRepository(repository, {readData: {type: 'all'}}),
      () => undefined,
    )
    await withRepository(
      place,
      (repository) => take(repository, {paths: [place.source], force: true}),
      () => undefined,
    )
    t.is(await failed(place), 0)
    await withRepository(
      place,
      (repository) => pruneRepository(repository, NOW),
      () => undefined,
    )
    t.is(await failed(place), 0)
  })

  test.serial(`repair packs: a prune takes a second copy away meanwhile: ${round}`, async (t) => {
    const place = await placeWithFiles(t)
    const [damaged] = await packsOf(place, 'data')
    await storeTwice(place)
    // The directory alone: all frames are whole.
    flip(damaged, -10)
    t.is(await failed(place), 0)
    const repository = await openRepository({...place, onWarning: () => undefined})
    const list = repository.backend.list.bind(repository.backend)
    let isDone = false
    repository.backend.list = async function* (prefix) {
      if (prefix === 'snapshots/' && !isDone) {
        isDone = true
        const other = {...place, cacheDirectory: mkdtempSync(join(place.folder, 'cache-'))}
        await withRepository(
          other,
          (pruning) => pruneRepository(pruning, NOW),
          () => undefined,
        )
        t.is(await failed(place), 0)
      }
      yield* list(prefix)
    }
    await repairPacks(repository, {packs: [basename(damaged)]})
    await repository.close()
    t.is(await failed(place), 0)
  })
}
