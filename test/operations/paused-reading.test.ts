/** What reads this machine's files and asks hardly anything of the repository stands still in a pause, too. */
import {mkdirSync, truncateSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {diffSnapshots, type Repository, restoreSnapshot, reviewSnapshot, takeSnapshot} from '../../src/index.js'
import {createPlace, type Place, withRepository, WORKERS} from './repository-place.js'

/** Of zeros, and without any place on the disk; long enough for more than one turn. */
const FILE_BYTES = 256 * 1024 ** 2
const FILES = 4000

async function withSnapshot(t: ExecutionContext, use: (repository: Repository, place: Place) => Promise<void>): Promise<void> {
  const place = await createPlace(t)
  const file = join(place.source, 'large')
  writeFileSync(file, '')
  truncateSync(file, FILE_BYTES)
  mkdirSync(join(place.source, 'many'))
  for (let number = 0; number < FILES; number++) writeFileSync(join(place.source, 'many', String(number)), '')
  await withRepository(place, async (repository) => {
    await takeSnapshot(repository, {paths: [place.source], workers: WORKERS})
    utimesSync(file, 1, 1)
    await use(repository, place)
  })
}

/** `work` asks whether it is to pause, and goes on only when it is no longer. */
async function isHeld(t: ExecutionContext, {backend}: Repository, work: () => Promise<unknown>): Promise<void> {
  let resume = (): void => undefined
  const pause = new Promise<void>((resolve) => (resume = resolve))
  const asked = new Promise<void>((resolve) => {
    backend.paused = async () => {
      resolve()
      await pause
    }
  })
  let isDone = false
  const done = work().finally(() => (isDone = true))
  await Promise.race([asked, done])
  await setTimeout(300)
  t.false(isDone)
  resume()
  await done
}

test('pause: a comparison with a folder reads no further', async (t) => {
  await withSnapshot(t, async (repository, {source}) => {
    const changes: string[] = []
    await isHeld(t, repository, async () => {
      for await (const {path} of diffSnapshots(repository, {from: 'latest', to: {directory: source}})) changes.push(path)
    })
    t.deepEqual(changes, ['large'])
  })
})

test('pause: a restore looks no further at what is there already', async (t) => {
  await withSnapshot(t, async (repository, {source}) => {
    await isHeld(t, repository, async () => {
      const {failed, unchanged} = await restoreSnapshot(repository, {reference: 'latest', target: source, dryRun: true})
      t.deepEqual({failed, isUnchanged: unchanged > FILES}, {failed: 0, isUnchanged: true})
    })
  })
})

test('pause: a review walks no further', async (t) => {
  await withSnapshot(t, async (repository, {source}) => {
    await isHeld(t, repository, () => reviewSnapshot(repository, {paths: [source]}))
  })
})
