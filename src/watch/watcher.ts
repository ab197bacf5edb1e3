/**
 * Notices that something below some folders has changed, by what the system tells. This folder knows neither snapshots nor repositories; what is
 * done about a change is said elsewhere. What it promises: from when `startWatching` has resolved, every change is told, or it is told that
 * something was lost. docs/decisions/0012-watching.md says of each system how far that holds.
 */
import type {ByteString} from '../util/bytes.js'

/** Why it is not known any more what has changed: everything may have. */
export type Loss =
  /** Changes came faster than the system keeps them. */
  | 'overflow'
  /** A folder could not be watched, for there are more than the system watches for one user. */
  | 'limit'
  /** A folder or file that was to be watched went away, came back, or is another. */
  | 'source'
  /** The system gave up telling. */
  | 'failed'

export interface WatchListener {
  /** The entry at `path` may be new, gone, another, or changed in any way; `isDeep`: and so may everything below it. */
  touch(path: ByteString, isDeep: boolean): void
  lose(loss: Loss): void
}

export interface WatchedPaths {
  /** Absolute: folders, each with everything below, and files and links, each for itself. */
  paths: readonly ByteString[]
  /** What nobody wants to hear of. Asked for folders in order not to watch what lies below them, too. */
  isExcluded: (path: ByteString, isDirectory: boolean) => boolean
}

export interface Watcher {
  /** Whether it tells what has changed. One that does not tells that something has. */
  readonly isExact: boolean
  /** Resolves when all that has happened by now is told, and everything that is to be watched is. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** Throws `library-missing` where nothing can be watched with, and `watch-limit` and `io-failed` where it cannot be begun. */
export async function startWatching(watched: WatchedPaths, listener: WatchListener): Promise<Watcher> {
  const {watchSources} = await import('./source-poll.js')
  const sources = watchSources(watched.paths, listener)
  try {
    const {loadInotify} = await import('./inotify-library.js')
    const library = loadInotify()
    const folders = {...watched, paths: sources.folders}
    const watcher = library
      ? await (await import('./inotify-watcher.js')).watchWithInotify(library, folders, listener)
      : await (await import('./parcel-watcher.js')).watchWithParcel(folders, listener)
    return {
      isExact: watcher.isExact,
      settle: async () => {
        sources.look()
        await watcher.settle()
      },
      close: async () => {
        sources.close()
        await watcher.close()
      },
    }
  } catch (error) {
    sources.close()
    throw error
  }
}
