/** Kill -9 at random instants of a snapshot, a hundred times. */
import {mkdirSync, readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {once} from 'node:events'
import test from 'ava'
import {listSnapshots, type Repository, takeSnapshot} from '../../src/index.js'
import {writeRandom} from './content.js'
import {type Place, restoreFresh, withRepository} from './repository-place.js'
import {requestFor, type RunningProgram, startProgram} from './run-snapshot-program.js'
import {createSmallPlace} from './small-pieces.js'
import {duplicateChunks, readPacks} from './stored-chunks.js'
import {differences, listTree, type Listing} from './tree-listing.js'

const KILLS = 100
/** A run that is not killed follows after so many that were. */
const KILLS_PER_SNAPSHOT = 10
const FILES = 8
const FILE_BYTES = 150_000

/** Numbers from 0 to 1 that `seed` decides (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Programs that have loaded everything and wait: the next one loads while this one runs. */
class ReadyPrograms {
  readonly #place: Place
  #next: Promise<RunningProgram>

  constructor(place: Place) {
    this.#place = place
    this.#next = this.#start()
  }

  /** Tells the program that is ready to begin. */
  async begin(): Promise<RunningProgram> {
    const program = await this.#next
    this.#next = this.#start()
    program.child.send('begin')
    return program
  }

  async close(): Promise<void> {
    const {child, answer} = await this.#next
    child.kill('SIGKILL')
    await answer.catch(() => undefined)
  }

  async #start(): Promise<RunningProgram> {
    const program = startProgram(requestFor(this.#place, {waits: true, workers: 1, compression: 'off'}))
    await once(program.child, 'message')
    return program
  }
}

/** Contents that no earlier call has written. */
function writeNew(place: Place, round: number): void {
  const folder = join(place.source, `folder-${round % 3}`)
  rmSync(folder, {recursive: true, force: true})
  mkdirSync(folder)
  for (let file = 0; file < FILES; file++) writeRandom(join(folder, `file-${file}`), round * FILES + file, FILE_BYTES)
}

function countPacks({location}: Place): number {
  return readdirSync(join(location, 'chunks'), {recursive: true}).length
}

/** Bytes of all chunks in all packs. */
async function rawBytes(repository: Repository): Promise<number> {
  let sum = 0
  for (const {directory} of await readPacks(repository)) for (const length of directory.chunkLengths) sum += length
  return sum
}

/** Kills the next run so long after `hasBegun`; how long it took when it had answered before, or undefined. */
async function killAfter(programs: ReadyPrograms, delayMs: number, hasBegun: () => boolean): Promise<number | undefined> {
  const {child, answer} = await programs.begin()
  const startMs = performance.now()
  let hasEnded = false
  const tookMs = answer.then(
    () => performance.now() - startMs,
    () => undefined,
  )
  void tookMs.finally(() => {
    hasEnded = true
  })
  while (!hasEnded && !hasBegun()) await setTimeout(1)
  await setTimeout(delayMs)
  child.kill('SIGKILL')
  return tookMs
}

test(`kill: ${KILLS} runs killed at random instants harm no snapshot, and what they had stored is not stored again`, async (t) => {
  t.timeout(170_000)
  const seed = Number(process.env.POCKET_TEST_SEED ?? Date.now() % 1_000_000)
  t.log(`seed ${seed}: POCKET_TEST_SEED=${seed} repeats the instants`)
  const chance = random(seed)
  const place = await createSmallPlace(t)
  writeNew(place, 0)
  const programs = new ReadyPrograms(place)
  t.teardown(() => programs.close())
  const whole = performance.now()
  const first = await (await programs.begin()).answer
  // The first run may be slow, and a kill that comes too late tests nothing.
  let wholeMs = performance.now() - whole

  const snapshots: {id: string; expected: Listing}[] = [{id: first.id!, expected: listTree(place.source)}]
  const counts = {killed: 0, finishedBefore: 0, leftPacks: 0}
  for (let kill = 1; kill <= KILLS; kill++) {
    writeNew(place, kill)
    const before = countPacks(place)
    // Half of them at any time at all, half when packs are being stored.
    const isWhileStoring = kill % 2 === 0
    const delayMs = chance() * (isWhileStoring ? wholeMs / 8 : wholeMs)
    const tookMs = await killAfter(programs, delayMs, () => !isWhileStoring || countPacks(place) > before)
    if (tookMs === undefined) {
      counts.killed++
      if (countPacks(place) > before) counts.leftPacks++
    } else {
      counts.finishedBefore++
      wholeMs = Math.min(wholeMs, tookMs)
    }
    if (kill % KILLS_PER_SNAPSHOT !== 0) continue

    await withRepository(place, async (repository) => {
      const left = await rawBytes(repository)
      const {id, summary} = await takeSnapshot(repository, {paths: [place.source], workers: 2, compression: 'off'})
      t.deepEqual(await duplicateChunks(repository), [], `kill ${kill}: chunks were stored again`)
      t.is(summary.bytesAdded, (await rawBytes(repository)) - left, `kill ${kill}`)
      snapshots.push({id: id!, expected: listTree(place.source)})
    })
    // One of the earlier; all of them at the end.
    await checkSnapshot(snapshots[Math.floor(chance() * snapshots.length)])
  }
  t.log(`one run takes ${Math.round(wholeMs)} ms; ${JSON.stringify(counts)}`)
  t.true(counts.killed > KILLS / 2)
  t.true(counts.leftPacks > KILLS / 10, 'hardly a kill fell between packs: nothing was tested')
  for (const snapshot of snapshots) await checkSnapshot(snapshot)
  const listed = await withRepository(place, (repository) => listSnapshots(repository))
  // Some were killed when the snapshot was stored already, and only the answer was not.
  t.true(listed.length >= snapshots.length + counts.finishedBefore)
  const [cache] = readdirSync(place.cacheDirectory)
  t.deepEqual(readdirSync(join(place.cacheDirectory, cache, 'sessions')), [])

  async function checkSnapshot({id, expected}: (typeof snapshots)[number]): Promise<void> {
    await withRepository(place, async (repository) => {
      const {listing, target} = await restoreFresh(repository, place, id)
      t.deepEqual(differences(listing, expected), [])
      rmSync(target, {recursive: true})
    })
  }
})
