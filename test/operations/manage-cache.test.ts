import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {cacheInfo, clearCache, takeSnapshot} from '../../src/index.js'
import {createPlace, emptyPlace, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {differences, listTree} from './tree-listing.js'

test('cache: a file in the place of its folder is named', async (t) => {
  const {folder} = emptyPlace(t)
  const cacheDirectory = join(folder, 'file')
  writeFileSync(cacheDirectory, '')
  for (const call of [cacheInfo, clearCache]) await t.throwsAsync(call({cacheDirectory}), {code: 'io-failed', message: /file': ENOTDIR/})
})

test('cache: tells what each repository takes, and nothing is lost when it is cleared', async (t) => {
  const places = [await createPlace(t), await createPlace(t)]
  const {cacheDirectory} = places[0]
  const ids: string[] = []
  for (const place of places) {
    writeFileSync(join(place.source, 'file'), 'content')
    await withRepository({...place, cacheDirectory}, async (repository) => {
      ids.push(repository.id)
      await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    })
  }
  mkdirSync(join(cacheDirectory, 'of somebody else'))
  const {repositories, sizeBytes, directory} = await cacheInfo({cacheDirectory})
  t.is(directory, cacheDirectory)
  t.deepEqual(repositories.map(({id}) => id).sort(), [...ids].sort())
  t.true(repositories.every((each) => each.files >= 3 && each.sizeBytes > 300 && Math.abs(Date.now() - each.lastUsedMs) < 60_000))
  t.is(sizeBytes, repositories[0].sizeBytes + repositories[1].sizeBytes)

  const [first, second] = repositories
  t.deepEqual(await clearCache({cacheDirectory, repositoryId: first.id.slice(0, 16)}), {sizeBytes: first.sizeBytes})
  t.deepEqual(
    (await cacheInfo({cacheDirectory})).repositories.map(({id}) => id),
    [second.id],
  )
  await t.throwsAsync(clearCache({cacheDirectory, repositoryId: first.id}), {code: 'path-missing', message: new RegExp(first.id)})
  t.deepEqual(await clearCache({cacheDirectory}), {sizeBytes: second.sizeBytes})
  t.true(existsSync(join(cacheDirectory, 'of somebody else')))

  for (const place of places) {
    await withRepository({...place, cacheDirectory}, async (repository) => {
      const {listing} = await restoreFresh(repository, place, 'latest')
      t.deepEqual(differences(listing, listTree(place.source)), [])
    })
  }
})

test('cache: where there is none, there is nothing to tell and to clear', async (t) => {
  const {cacheDirectory} = emptyPlace(t)
  t.deepEqual(await cacheInfo({cacheDirectory}), {directory: cacheDirectory, repositories: [], sizeBytes: 0})
  t.deepEqual(await clearCache({cacheDirectory}), {sizeBytes: 0})
})
