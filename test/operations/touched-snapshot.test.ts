/** A snapshot of what was touched is the snapshot that a walk of everything gives. */
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import {type Repository, SnapshotMemory, type SnapshotOptions, takeSnapshot} from '../../src/index.js'
import {loadSnapshot} from '../../src/repository/snapshot-store.js'
import {toHex} from '../../src/util/bytes.js'
import {applyEdit, type Edit, type EditedPath, edits, type GeneratedFolder, generatedFolders, writeEntry} from './generated-tree.js'
import {createPlace, NO_SECRET, withRepository} from './repository-place.js'

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
