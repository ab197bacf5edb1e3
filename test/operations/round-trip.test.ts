/** restore(snapshot(tree)) equals the tree, for generated trees and for those that are made to be difficult. */
import {lstatSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import {setTimes} from '../../src/filesystem/native.js'
import {takeSnapshot} from '../../src/index.js'
import {applyEdit, type Edit, edits, type GeneratedFolder, generatedFolders, writeEntry} from './generated-tree.js'
import {createPlace, KEY_FILE, NO_SECRET, type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {differences, listTree, type Listing} from './tree-listing.js'

interface History {
  tree: GeneratedFolder
  /** Before each further snapshot. */
  changes: Edit[][]
  isEncrypted: boolean
}

const histories: fc.Arbitrary<History> = fc.record({
  tree: generatedFolders,
  changes: fc.array(fc.array(edits, {maxLength: 4}), {minLength: 1, maxLength: 2}),
  isEncrypted: fc.boolean(),
})

async function snapshotOf(place: Place): Promise<{id: string; expected: Listing}> {
  const {id, unreadable} = await withRepository(place, (repository) => takeSnapshot(repository, {paths: [place.source], workers: WORKERS}))
  if (id === undefined || unreadable > 0) throw new Error(`snapshot ${id} lacks ${unreadable} entries`)
  return {id, expected: listTree(place.source)}
}

test('round trip: every snapshot of a generated tree and of its changes is restored as the tree was', async (t) => {
  t.timeout(120_000)
  const property = fc.asyncProperty(histories, async ({tree, changes, isEncrypted}) => {
    const teardown: (() => void)[] = []
    try {
      const place = await createPlace({teardown: (remove) => teardown.push(remove)}, isEncrypted ? KEY_FILE : NO_SECRET)
      writeEntry(Buffer.from(place.source), tree)
      const taken = [await snapshotOf(place)]
      for (const change of changes) {
        for (const edit of change) applyEdit(Buffer.from(place.source), edit)
        taken.push(await snapshotOf(place))
      }
      for (const {id, expected} of taken) {
        const {listing, result} = await withRepository(place, (repository) => restoreFresh(repository, place, id))
        const found = differences(listing, expected)
        if (found.length > 0 || result.failed > 0)
          throw new Error(`snapshot ${id} of ${taken.length}, ${result.failed} failed:\n${found.join('\n')}`)
      }
    } finally {
      for (const remove of teardown) remove()
    }
  })
  await fc.assert(property, {
    numRuns: Number(process.env.POCKET_TEST_RUNS ?? 25),
    interruptAfterTimeLimit: 60_000,
    includeErrorInReport: true,
    seed: Number(process.env.POCKET_TEST_SEED ?? Date.now() | 0),
  })
  t.pass()
})

test('round trip: a chain of folders as deep as a path can be', async (t) => {
  const place = await createPlace(t)
  let path = place.source
  while (path.length < 3900) path = join(path, 'd'.repeat(100))
  mkdirSync(path, {recursive: true})
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source]})
    const {listing} = await restoreFresh(repository, place, 'latest')
    t.deepEqual(differences(listing, listTree(place.source)), [])
  })
})

test('round trip: a time beyond what the format holds is kept as the last it holds, and is no change', async (t) => {
  const place = await createPlace(t)
  const path = join(place.source, 'file')
  writeFileSync(path, 'from the far future')
  const beyond = 10_413_792_000n * 1_000_000_000n
  setTimes(Buffer.from(path), 0n, beyond)
  const {mtimeNs: kept} = lstatSync(path, {bigint: true})
  if (kept !== beyond) t.log('this file system keeps no such time')
  await withRepository(place, async (repository) => {
    for (let round = 0; round < 2; round++) {
      const {summary} = await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
      t.deepEqual([summary.changedWhileRead, summary.files.changed], [0, 0])
    }
    const {target} = await restoreFresh(repository, place, 'latest')
    const {mtimeNs} = lstatSync(join(target, 'file'), {bigint: true})
    t.true(mtimeNs > (kept * 8n) / 10n && mtimeNs <= beyond, String(mtimeNs))
  })
})
