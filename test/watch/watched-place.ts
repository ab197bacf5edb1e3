/** A folder that is watched by what the system has, and snapshots of what was touched in it, compared with a walk of everything. */
import {accessSync, constants, readFileSync, writeFileSync} from 'node:fs'
import {setTimeout} from 'node:timers/promises'
import type {ExecutionContext} from 'ava'
import {type Repository, SnapshotMemory, takeSnapshot} from '../../src/index.js'
import {loadSnapshot} from '../../src/repository/snapshot-store.js'
import {toByteString, toHex} from '../../src/util/bytes.js'
import {loadInotify} from '../../src/watch/inotify-library.js'
import {TouchedPaths} from '../../src/watch/touched-paths.js'
import {type Loss, startWatching, type WatchedPaths, type Watcher} from '../../src/watch/watcher.js'
import {createPlace, NO_SECRET, type Place, withRepository} from '../operations/repository-place.js'

const QUEUE = '/proc/sys/fs/inotify/max_queued_events'

/** Whether queues of events can be made small: by root, on a Linux that is not a container without rights. */
export const canShrinkQueue = isWritable(QUEUE) && loadInotify() !== undefined

/** Whatever watch `start` begins loses what comes faster than a few events at a time. */
export async function withSmallQueue<T>(start: () => Promise<T>): Promise<T> {
  const before = readFileSync(QUEUE, 'utf8')
  // A watch has the length that was set when it began: others that run at the same time are not to begin now.
  writeFileSync(QUEUE, '64')
  try {
    return await start()
  } finally {
    writeFileSync(QUEUE, before)
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return process.getuid?.() === 0
  } catch {
    return false
  }
}

export interface WatchedPlace {
  place: Place
  touched: () => TouchedPaths
  losses: Loss[]
  watcher: Watcher
  /** Takes what was touched by now into a snapshot, which must be the one that a walk of everything gives; how many files were not taken over. */
  check: (what: string) => Promise<number>
}

/** Watches the source of a fresh place, which `prepare` fills before. */
export async function watchPlace(
  t: ExecutionContext,
  prepare: (source: string) => void,
  use: (watched: WatchedPlace) => Promise<void>,
  {isExcluded = () => false, hasSmallQueue = false}: {isExcluded?: WatchedPaths['isExcluded']; hasSmallQueue?: boolean} = {},
): Promise<void> {
  const place = await createPlace(t, NO_SECRET)
  prepare(place.source)
  let touched = new TouchedPaths()
  const losses: Loss[] = []
  const start = (): Promise<Watcher> =>
    startWatching(
      {paths: [toByteString(place.source)], isExcluded},
      {touch: (path, isDeep) => touched.add(path, isDeep), lose: (loss) => losses.push(loss)},
    )
  const watcher = await (hasSmallQueue ? withSmallQueue(start) : start())
  const memory = new SnapshotMemory()
  try {
    await withRepository(place, async (repository) => {
      await rootOf(repository, place, {memory})
      const check = async (what: string): Promise<number> => {
        await watcher.settle()
        const taken = touched
        touched = new TouchedPaths()
        const paths = [...taken].map(({path, isDeep}) => ({pathBytes: Buffer.from(path, 'latin1'), isDeep}))
        const quick = await rootOf(repository, place, {memory, touched: paths})
        const whole = await rootOf(repository, place, {parent: false})
        t.true(quick.isPartialWalk, what)
        t.is(quick.content, whole.content, what)
        return quick.read
      }
      await use({place, touched: () => touched, losses, watcher, check})
    })
  } finally {
    await watcher.close()
  }
}

async function rootOf(repository: Repository, {source}: Place, options: object) {
  const {id, isPartialWalk, summary} = await takeSnapshot(repository, {paths: [source], workers: 1, ...options})
  const {root, rootEntry} = await loadSnapshot(repository, id!)
  const content = JSON.stringify([toHex(root.id), rootEntry, summary.total], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return {isPartialWalk, content, read: summary.files.new + summary.files.changed}
}

/** Waits until `is`, for what comes by itself. */
export async function until(is: () => boolean): Promise<void> {
  for (let wait = 0; !is(); wait++) {
    if (wait > 500) throw new Error('it did not come')
    await setTimeout(20)
  }
}
