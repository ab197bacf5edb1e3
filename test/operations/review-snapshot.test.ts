/** What a review tells, and snapshots of picked changes: the parent with those changes applied. */
import test from 'ava'
import fc from 'fast-check'
import {reviewSnapshot, type ReviewedChange, takeSnapshot} from '../../src/index.js'
import {applyEdit, type Edit, edits, type GeneratedFolder, generatedFolders, writeEntry} from './generated-tree.js'
import {applyPicked, pathOf, untold} from './picked-listing.js'
import {createPlace, NO_SECRET, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {differences, listTree} from './tree-listing.js'

interface Story {
  tree: GeneratedFolder
  changes: Edit[]
  /** Which of the changes are picked, over and over. */
  picks: boolean[]
}

const stories: fc.Arbitrary<Story> = fc.record({
  tree: generatedFolders,
  changes: fc.array(edits, {minLength: 1, maxLength: 8}),
  picks: fc.array(fc.boolean(), {minLength: 1, maxLength: 7}),
})

function describe(changes: readonly ReviewedChange[]): string[] {
  return changes.map((change) => `${change.change} ${pathOf(change)}`).sort()
}

function fail(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${what}:\n${found.join('\n')}`)
}

test('review: a snapshot of picked changes is the parent with them applied, and the next one notices the others', async (t) => {
  t.timeout(120_000)
  const property = fc.asyncProperty(stories, async ({tree, changes: edits, picks}) => {
    const teardown: (() => void)[] = []
    try {
      const place = await createPlace({teardown: (remove) => teardown.push(remove)}, NO_SECRET)
      const paths = [place.source]
      writeEntry(Buffer.from(place.source), tree)
      await withRepository(place, async (repository) => {
        const {id: first} = await takeSnapshot(repository, {paths, workers: WORKERS})
        const before = listTree(place.source)
        for (const edit of edits) applyEdit(Buffer.from(place.source), edit)
        const after = listTree(place.source)
        const {changes, parent} = await reviewSnapshot(repository, {paths})
        if (parent !== first) throw new Error('the review is not compared with the parent')
        fail('not told', untold(before, after, changes))
        const picked = changes.filter((_change, index) => picks[index % picks.length])
        await takeSnapshot(repository, {paths, parent, picked, workers: WORKERS})
        const {listing} = await restoreFresh(repository, place, 'latest')
        fail(`picked ${describe(picked).join(', ')}`, differences(listing, applyPicked(before, after, picked)))
        const others = await reviewSnapshot(repository, {paths})
        const expected = describe(changes.filter((change) => !picked.includes(change)))
        if (describe(others.changes).join('\n') !== expected.join('\n'))
          fail('next review', [...describe(others.changes), 'but', ...expected])
        await takeSnapshot(repository, {paths, workers: WORKERS})
        const {listing: last} = await restoreFresh(repository, place, 'latest')
        fail('the next snapshot', differences(last, after))
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
