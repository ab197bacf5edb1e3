/** A snapshot of what was touched is the snapshot that a walk of everything gives. */
import {chmodSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import fc from 'fast-check'
import {
  checkRepository,
  forgetAll,
  listSnapshots,
  pruneRepository,
  type Repository,
  SnapshotMemory,
  type SnapshotOptions,
  takeSnapshot,
} from '../../src/index.js'
import {saveRemovals} from '../../src/repository/removal-store.js'
import {loadSnapshot} from '../../src/repository/snapshot-store.js'
import {toHex} from '../../src/util/bytes.js'
import {applyEdit, type Edit, type EditedPath, edits, type GeneratedFolder, generatedFolders, writeEntry} from './generated-tree.js'
import {writeRandom} from './content.js'
import {createPlace, NO_SECRET, type Place, restoreFresh, withRepository} from './repository-place.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

interface History {
  sources: GeneratedFolder[]
  /** Before each further snapshot. */
  changes: Edit[][]
  excludes: string[]
}

const histories: fc.Arbitrary<History> = fc.record({
  sources: fc.array(generatedFolders, {minLength: 1, maxLength: 2}),
  changes: fc.array(fc.array(edits, {maxLength: 5}), {minLength: 1, maxLength: 3}),
  excludes: fc.constantFrom([], ['a*'], ['b/', '!bb']),
})

/** The root and the base's metadata of a snapshot, for comparisons. */
async function rootOf(repository: Repository, options: SnapshotOptions) {
  const {id, isPartialWalk, summary} = await takeSnapshot(repository, {workers: 1, ...options})
  const {root, rootEntry} = await loadSnapshot(repository, id!)
  return {isPartialWalk, content: [toHex(root.id), rootEntry, summary.total]}
}

test('touched: generated trees and changes give the root that a walk of everything gives', async (t) => {
  t.timeout(120_000)
  const property = fc.asyncProperty(histories, async ({sources, changes, excludes}) => {
    const teardown: (() => void)[] = []
    try {
      const place = await createPlace({teardown: (remove) => teardown.push(remove)}, NO_SECRET)
      const folders = sources.map((source, number) => {
        const folder = join(place.source, `source-${number}`, 'deep')
        mkdirSync(folder, {recursive: true})
        writeEntry(Buffer.from(folder), source)
        return folder
      })
      const options = {paths: folders, excludes, memory: new SnapshotMemory()}
      await withRepository(place, async (repository) => {
        await rootOf(repository, options)
        for (const [round, change] of changes.entries()) {
          const touched: EditedPath[] = []
          for (const edit of change) touched.push(...applyEdit(Buffer.from(folders[edit.value % folders.length]), edit))
          const quick = await rootOf(repository, {...options, touched})
          const whole = await rootOf(repository, {paths: folders, excludes, parent: false})
          if (quick.isPartialWalk !== true) throw new Error('everything was walked')
          const [is, expected] = [quick.content, whole.content].map((content) =>
            JSON.stringify(content, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
          )
          if (is !== expected)
            throw new Error(
              `round ${round}: ${is} instead of ${expected}; touched ${touched.map(({pathBytes}) => pathBytes.toString('latin1')).join(' ')}`,
            )
        }
      })
    } finally {
      for (const remove of teardown) remove()
    }
  })
  await fc.assert(property, {
    numRuns: Number(process.env.POCKET_TEST_RUNS ?? 40),
    interruptAfterTimeLimit: 60_000,
    includeErrorInReport: true,
    seed: Number(process.env.POCKET_TEST_SEED ?? Date.now() | 0),
  })
  t.pass()
})

test('touched: what was not touched is not looked at', async (t) => {
  const place = await createPlace(t)
  mkdirSync(join(place.source, 'folder'))
  for (const name of ['told', 'untold']) writeFileSync(join(place.source, 'folder', name), 'before')
  const memory = new SnapshotMemory()
  const options = {paths: [place.source], memory, workers: 1}
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, options)
    for (const name of ['told', 'untold']) writeFileSync(join(place.source, 'folder', name), 'after all')
    const touched = [{pathBytes: Buffer.from(join(place.source, 'folder', 'told')), isDeep: false}]
    const {summary, isPartialWalk} = await takeSnapshot(repository, {...options, touched})
    t.deepEqual([isPartialWalk, summary.files], [true, {new: 0, changed: 1, unchanged: 1}])
    const next = await takeSnapshot(repository, options)
    t.deepEqual([next.isPartialWalk, next.summary.files], [false, {new: 0, changed: 1, unchanged: 1}])
  })
})

/** Forgets every snapshot, and removes all that none needs, as another client. */
async function removeAll(place: Place): Promise<void> {
  await withRepository(place, async (repository) => {
    await forgetAll(
      repository,
      (await listSnapshots(repository, {})).filter(({isIncomplete}) => !isIncomplete).map(({id}) => id),
    )
    await pruneRepository(repository, {graceMs: 0, maxUnused: {type: 'bytes', bytes: 0}})
  })
}

async function checkWhole(t: ExecutionContext, place: Place): Promise<void> {
  await withRepository(place, async (repository) => {
    const {listing, result} = await restoreFresh(repository, place, 'latest')
    t.deepEqual([differences(listing, listTree(place.source)), result.failed], [[], 0])
    const {damagedObjects, damagedPaths} = await checkRepository(repository, {readData: {type: 'all'}})
    t.deepEqual([damagedObjects, damagedPaths], [0, 0])
  })
}

function fill({source}: Place): {pathBytes: Buffer; isDeep: boolean}[] {
  mkdirSync(join(source, 'folder'))
  for (const name of ['folder/one', 'folder/two', 'three']) writeRandom(join(source, name), name.length, 30_000)
  return [{pathBytes: Buffer.from(join(source, 'three')), isDeep: false}]
}

test('touched: what was forgotten and removed since is stored anew', async (t) => {
  const place = await createSmallPlace(t)
  const touched = fill(place)
  const options = {paths: [place.source], memory: new SnapshotMemory(), workers: 1}
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, options)
    t.true((await takeSnapshot(repository, {...options, touched})).isPartialWalk)
    await removeAll(place)
    const {isPartialWalk, summary} = await takeSnapshot(repository, {...options, touched})
    t.false(isPartialWalk)
    t.true(summary.bytesAdded > 60_000)
    t.true((await takeSnapshot(repository, {...options, touched})).isPartialWalk)
  })
  await checkWhole(t, place)
})

test('touched: what is forgotten and removed right before it is announced is stored anew', async (t) => {
  const place = await createSmallPlace(t)
  const touched = fill(place)
  const options = {paths: [place.source], memory: new SnapshotMemory(), workers: 1}
  const warnings: string[] = []
  const use = async (repository: Repository): Promise<void> => {
    await takeSnapshot(repository, options)
    writeRandom(join(place.source, 'three'), 7, 20_000)
    const {backend} = repository
    const put = backend.put.bind(backend)
    let removals = 0
    backend.put = async (name, ...more) => {
      if (name.startsWith('snapshots/') && removals++ === 0) await removeAll(place)
      return put(name, ...more)
    }
    const {isPartialWalk, summary} = await takeSnapshot(repository, {...options, touched})
    t.true(removals > 1)
    t.false(isPartialWalk)
    t.is(summary.total.files, 3)
  }
  await withRepository(place, use, ({code}) => warnings.push(code))
  t.deepEqual(warnings, ['chunk-missing'])
  await checkWhole(t, place)
})

test('touched: what lies in packs that a removal names is not counted on', async (t) => {
  const place = await createSmallPlace(t)
  const touched = fill(place)
  const options = {paths: [place.source], memory: new SnapshotMemory(), workers: 1}
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, options)
    // As a prune does that has not gone on since, or has spared what it names.
    await saveRemovals(repository.removalStore, [(await repository.loadIndex()).packs[0].id])
    t.false((await takeSnapshot(repository, {...options, touched})).isPartialWalk)
    t.true((await takeSnapshot(repository, {...options, touched})).isPartialWalk)
  })
  await checkWhole(t, place)
})

test('touched: a listing that is lost is told, and what it listed is looked at', async (t) => {
  const place = await createSmallPlace(t)
  const touched = fill(place)
  const options = {paths: [place.source], memory: new SnapshotMemory(), workers: 1}
  const warnings: string[] = []
  await withRepository(
    place,
    async (repository) => {
      await takeSnapshot(repository, options)
      // The memory of another program, which holds no pages.
      const other = new SnapshotMemory()
      await takeSnapshot(repository, {...options, memory: other, skipUnchanged: true})
      const index = await repository.loadIndex()
      for (const {id, kind} of index.packs) if (kind === 'tree') rmSync(join(place.location, 'chunks', id.slice(0, 2), id))
      rmSync(place.cacheDirectory, {recursive: true})
      const {isPartialWalk, summary} = await takeSnapshot(repository, {...options, memory: other, touched})
      t.deepEqual([isPartialWalk, summary.files.new + summary.files.changed + summary.files.unchanged], [false, 3])
    },
    ({code}) => warnings.push(code),
  )
  t.true(warnings.length > 0)
  await checkWhole(t, place)
})

test('skip unchanged: nothing is stored when nothing has changed, and it is when the parent is gone', async (t) => {
  const place = await createPlace(t)
  fill(place)
  const options = {paths: [place.source], skipUnchanged: true, workers: 1}
  await withRepository(place, async (repository) => {
    const first = await takeSnapshot(repository, options)
    const second = await takeSnapshot(repository, options)
    t.deepEqual([second.isUnchanged, second.id, second.parent], [true, undefined, first.id])
    chmodSync(place.source, 0o750)
    t.false((await takeSnapshot(repository, options)).isUnchanged)
    chmodSync(join(place.source, 'three'), 0o640)
    t.false((await takeSnapshot(repository, options)).isUnchanged)
    t.is((await listSnapshots(repository, {})).length, 3)
  })
})

test('touched: another host, other excludes or a source that is another are looked at wholly', async (t) => {
  const place = await createPlace(t)
  const touched = fill(place)
  const memory = new SnapshotMemory()
  const options = {paths: [place.source], memory, touched, workers: 1}
  const isPartial = async (repository: Repository, more: Partial<SnapshotOptions>): Promise<boolean | undefined> =>
    (await takeSnapshot(repository, {...options, ...more})).isPartialWalk
  await withRepository(place, async (repository) => {
    t.false(await isPartial(repository, {}))
    t.true(await isPartial(repository, {}))
    t.false(await isPartial(repository, {host: 'other'}))
    t.false(await isPartial(repository, {excludes: ['x']}))
    t.true(await isPartial(repository, {excludes: ['x']}))
    t.false(await isPartial(repository, {excludes: ['x'], force: true}))
    renameSync(place.source, `${place.source}-before`)
    cpSync(`${place.source}-before`, place.source, {recursive: true})
    t.false(await isPartial(repository, {excludes: ['x']}))
  })
})
