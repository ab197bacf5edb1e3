/** Many processes write to one repository at once: no lock, and nobody notices the others. */
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {addKey, listSnapshots, takeSnapshot} from '../../src/index.js'
import {writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository, WORKERS} from './repository-place.js'
import {requestFor, startProgram} from './run-snapshot-program.js'
import type {ProgramAnswer, ProgramRequest} from './snapshot-program.js'
import {createSmallPlace} from './small-pieces.js'
import {differences, listTree, type Listing} from './tree-listing.js'

const PROCESSES = 4

function writeFolder(path: string, seed: number): void {
  mkdirSync(path)
  for (let file = 0; file < 6; file++) writeRandom(join(path, `file-${file}`), seed * 100 + file, 120_000)
}

function run(place: Place, options: Partial<ProgramRequest>): Promise<ProgramAnswer> {
  return startProgram(requestFor(place, {workers: 1, ...options})).answer
}

async function checkAll(
  t: ExecutionContext,
  place: Place,
  answers: readonly ProgramAnswer[],
  expected: (number: number) => Listing,
): Promise<void> {
  t.deepEqual(
    answers.map(({error, unreadable}) => [error, unreadable]),
    answers.map(() => [undefined, 0]),
  )
  await withRepository(place, async (repository) => {
    const listed = (await listSnapshots(repository)).map(({id}) => id as string)
    for (const [number, {id}] of answers.entries()) {
      t.true(listed.includes(id!))
      const {listing, result} = await restoreFresh(repository, place, id!)
      t.deepEqual([differences(listing, expected(number)), result.failed], [[], 0])
    }
  })
}

test.serial(`concurrent: ${PROCESSES} processes take snapshots of folders of their own`, async (t) => {
  const place = await createSmallPlace(t)
  const folders = Array.from({length: PROCESSES}, (_, number) => join(place.source, `folder-${number}`))
  for (const [number, folder] of folders.entries()) writeFolder(folder, number)
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(folders.map((folder) => run(place, {paths: [folder]})))
    await checkAll(t, place, answers, (number) => listTree(folders[number]))
    t.deepEqual(
      answers.map(({files}) => files?.new),
      folders.map(() => (round === 0 ? 6 : 1)),
    )
    for (const [number, folder] of folders.entries()) writeFileSync(join(folder, 'added'), `by ${number}`)
  }
})

for (const caches of ['one cache', 'caches of their own', 'no cache'] as const) {
  test.serial(`concurrent: ${PROCESSES} processes take snapshots of the same folder, with ${caches}`, async (t) => {
    const place = await createSmallPlace(t)
    for (let folder = 0; folder < 3; folder++) writeFolder(join(place.source, `folder-${folder}`), folder)
    const answers = await Promise.all(
      Array.from({length: PROCESSES}, (_, number) => {
        const own = {...place, cacheDirectory: caches === 'one cache' ? place.cacheDirectory : `${place.cacheDirectory}-${number}`}
        return run(own, caches === 'no cache' ? {cacheDirectory: undefined} : {})
      }),
    )
    await checkAll(t, place, answers, () => listTree(place.source))
    // All of them have stored the same: the next run finds it, and stores nothing.
    await withRepository(place, async (repository) => {
      t.is((await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})).summary.chunksNew, 0)
    })
  })
}

test.serial('concurrent: others read, list and add keys while a snapshot is taken', async (t) => {
  const place = await createSmallPlace(t)
  writeFolder(join(place.source, 'folder'), 1)
  await run(place, {})
  const before = listTree(place.source)
  writeFolder(join(place.source, 'another'), 2)
  const writing = run(place, {})
  let reads = 0
  let hasEnded = false
  void writing.finally(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    await withRepository(place, async (repository) => {
      const [first] = await listSnapshots(repository)
      const {listing} = await restoreFresh(repository, place, first.id)
      t.deepEqual(differences(listing, before), [])
      if (reads === 0) await addKey(repository, {secret: {type: 'key-file', key: Buffer.alloc(32, 1)}})
    })
    reads++
  }
  t.log(`${reads} restores meanwhile`)
  await checkAll(t, place, [await writing], () => listTree(place.source))
})

test.serial('concurrent: two runs on one open repository go on side by side', async (t) => {
  const place = await createSmallPlace(t)
  const folders = [0, 1].map((number) => join(place.source, `folder-${number}`))
  for (const [number, folder] of folders.entries()) writeFolder(folder, number)
  await withRepository(place, async (repository) => {
    const taken = await Promise.all(folders.map((folder) => takeSnapshot(repository, {paths: [folder], workers: 1})))
    for (const [number, {id}] of taken.entries()) {
      const {listing} = await restoreFresh(repository, place, id!)
      t.deepEqual(differences(listing, listTree(folders[number])), [])
    }
  })
})
