/** A damaged or lost piece of a tree costs only what needs it: it is told, and everything else is restored. */
import {chmodSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {encodeTreePage} from '../../src/format/tree.js'
import {setTimes} from '../../src/filesystem/native.js'
import {type Repository, takeSnapshot} from '../../src/index.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import {findPath} from '../../src/snapshot/entries.js'
import {contentOf, directory, file, tableOf} from '../snapshot/stored-trees.js'
import {randomContent, replaceFile} from './content.js'
import {craftSnapshot, restoreTelling} from './crafted-snapshot.js'
import {createPlace, NO_SECRET, type Place, withRepository, WORKERS} from './repository-place.js'
import {differences, listTree} from './tree-listing.js'

const FOLDERS = ['a', 'b', 'c']

/** Three folders with a file each, their pages in packs of their own. */
async function placeWithPacks(t: ExecutionContext): Promise<Place> {
  const place = {...(await createPlace(t)), cacheDirectory: undefined as unknown as string}
  for (const [number, name] of FOLDERS.entries()) {
    mkdirSync(join(place.source, name), {mode: 0o750})
    writeFileSync(join(place.source, name, 'file'), randomContent(number, 1000))
    for (const own of [name, '.']) setTimes(Buffer.from(join(place.source, own)), 0n, 1_500_000_000_000_000_000n)
    await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
  }
  return place
}

/** Flips a bit of the frame that holds the page of folder `path`, or the root page when there is no path. */
async function damagePage(repository: Repository, {location}: Place, path: string | undefined): Promise<void> {
  const {record} = (await loadSnapshots(repository, () => undefined)).at(-1)!
  const trees = await repository.trees()
  const found = await findPath((chunk) => trees.read(chunk), record, path as Parameters<typeof findPath>[2])
  const index = await repository.loadIndex()
  const {pack, offset} = index.frame(index.locate(found.isRoot ? found.root.id : found.entry.references.ids)!.frame)
  const name = join(location, 'chunks', pack.id.slice(0, 2), pack.id)
  const bytes = readFileSync(name)
  bytes[offset + 12] ^= 1
  replaceFile(name, bytes)
}

test('restore: a damaged page costs its folder alone, whether something is there or not', async (t) => {
  const place = await placeWithPacks(t)
  await withRepository(place, (repository) => damagePage(repository, place, 'b'))
  const expected = listTree(place.source)
  expected.delete('b/file')
  for (const round of ['vacant', 'busy', 'dry'] as const) {
    const target = join(place.folder, round === 'dry' ? 'busy' : round)
    if (round === 'busy') mkdirSync(join(target, 'b'), {recursive: true})
    await withRepository(place, async (repository) => {
      const {told, failed, files, directories} = await restoreTelling(repository, target, {
        dryRun: round === 'dry',
        overwrite: round === 'busy',
      })
      t.deepEqual([told, failed, directories], [['failed b damaged-frame'], 1, 3], round)
      t.is(files, round === 'dry' ? 0 : 2)
    })
    if (round === 'busy') chmodSync(target, statSync(place.source).mode)
    setTimes(Buffer.from(target), 0n, 1_500_000_000_000_000_000n)
    t.deepEqual(differences(listTree(target), expected), [], round)
  }
})

test('restore: a damaged root page is an error', async (t) => {
  const place = await placeWithPacks(t)
  await withRepository(place, (repository) => damagePage(repository, place, undefined))
  await withRepository(place, (repository) =>
    t.throwsAsync(restoreTelling(repository, join(place.folder, 'target')), {code: 'damaged-frame'}),
  )
})

test('restore: a lost or damaged page or chunk list costs its folder or file alone', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const target = join(place.folder, 'target')
  await withRepository(place, async (repository) => {
    await craftSnapshot(repository, place, (save) => {
      const noPage = save(Buffer.from('no page'))
      const listed = (reference: typeof noPage) => ({...file(), references: [reference], depth: 1})
      const inner = save(encodeTreePage(tableOf({empty: file(), lost: listed(contentOf('nothing of it is stored'))})))
      const entries = {
        damaged: {...directory(noPage), mode: 0o750},
        first: file(),
        folder: {...directory(inner), mode: 0o711},
        large: listed(noPage),
        lost: {...directory(contentOf('never stored')), mode: 0o755},
        zero: file(),
      }
      return save(encodeTreePage(tableOf(entries)))
    })
    const expected = [
      'failed damaged damaged-tree',
      'failed folder/lost chunk-missing',
      'failed large damaged-tree',
      'failed lost chunk-missing',
    ]
    const {told, failed, files, directories} = await restoreTelling(repository, target)
    t.deepEqual(told, expected)
    t.deepEqual([failed, files, directories], [4, 3, 3])
    t.deepEqual([...listTree(target).keys()].sort(), ['.', 'damaged', 'first', 'folder', 'folder/empty', 'lost', 'zero'])
    t.deepEqual(
      ['damaged', 'folder', 'lost'].map((name) => statSync(join(target, name)).mode & 0o777),
      [0o750, 0o711, 0o755],
    )
    // What cannot be compared is left as it is.
    writeFileSync(join(target, 'large'), 'no page')
    const again = await restoreTelling(repository, target)
    t.deepEqual([again.told, again.failed, again.files, again.unchanged], [expected, 4, 0, 3])
    t.is(readFileSync(join(target, 'large'), 'utf8'), 'no page')
    t.is((await restoreTelling(repository, target, {dryRun: true})).failed, 3)
  })
})

test('restore: what may be in a folder that cannot be read is not called missing', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const target = join(place.folder, 'target')
  await withRepository(place, async (repository) => {
    await craftSnapshot(repository, place, (save) =>
      save(encodeTreePage(tableOf({folder: directory(contentOf('never stored')), other: file()}))),
    )
    await t.throwsAsync(restoreTelling(repository, target, {includes: ['*.txt']}), {code: 'chunk-missing'})
    const {told, files} = await restoreTelling(repository, target, {includes: ['other']})
    t.deepEqual([told, files], [['failed folder chunk-missing'], 1])
  })
})

test('restore: what is too long for the target is told, and everything else is restored', async (t) => {
  const place = await createPlace(t, NO_SECRET)
  const target = join(place.folder, 'target')
  const long = 'x'.repeat(300)
  await withRepository(place, async (repository) => {
    await craftSnapshot(repository, place, (save) => {
      const inner = {...directory(save(encodeTreePage(tableOf({below: file()})))), mode: 0o755}
      return save(encodeTreePage(tableOf({[`${long}a`]: inner, [`${long}b`]: file(), other: file()})))
    })
    const expected = [`${long}a`, `${long}a/below`, `${long}b`].map((path) => `failed ${path} ENAMETOOLONG`)
    for (const files of [1, 0]) {
      const result = await restoreTelling(repository, target)
      t.deepEqual([result.told, result.failed, result.files], [expected, 3, files])
    }
  })
})
