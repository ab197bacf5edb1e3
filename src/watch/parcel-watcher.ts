/**
 * Watches folders by @parcel/watcher: FSEvents on macOS, ReadDirectoryChangesW on Windows, both of which tell when they have lost something. On
 * Linux, where it does not tell and does not follow what is moved, it is used without koffi only, and then only tells that there is something.
 */
import {realpathSync} from 'node:fs'
import {dirname, relative, sep} from 'node:path'
import {PocketError} from '../errors.js'
import {type ByteString, toByteString} from '../util/bytes.js'
import type {Watcher, WatchedPaths, WatchListener} from './watcher.js'

/** What is used of the library. */
export interface WatchLibrary {
  subscribe(
    folder: string,
    listener: (error: Error | null, events: readonly {path: string; type: 'create' | 'update' | 'delete'}[]) => void,
  ): Promise<{unsubscribe(): Promise<void>}>
}

/** Events are gathered for so long before they are told. */
const GATHERED_MS = 500
const REPLACEMENT = '\ufffd'

/** Throws `library-missing`, `watch-limit`, `io-failed`. */
export async function watchWithParcel(
  {paths, isExcluded}: WatchedPaths,
  listener: WatchListener,
  {library, platform = process.platform}: {library?: WatchLibrary; platform?: NodeJS.Platform} = {},
): Promise<Watcher> {
  const loaded = library ?? (await loadLibrary())
  const subscriptions: {unsubscribe(): Promise<void>}[] = []
  const close = async (): Promise<void> => {
    await Promise.all(subscriptions.splice(0).map((one) => one.unsubscribe()))
  }
  try {
    for (const path of paths) {
      const folder = realpathSync(nativePath(path))
      const subscription = await loaded.subscribe(folder, (error, events) => {
        if (error) return listener.lose('failed')
        for (const event of events) tell({path, folder}, event, {isExcluded, listener})
      })
      subscriptions.push(subscription)
    }
  } catch (error) {
    await close()
    throw describe(error)
  }
  return {isExact: platform !== 'linux', settle: () => new Promise((resolve) => setTimeout(resolve, GATHERED_MS)), close}
}

function tell(
  {path, folder}: {path: ByteString; folder: string},
  event: {path: string; type: string},
  {isExcluded, listener}: {isExcluded: WatchedPaths['isExcluded']; listener: WatchListener},
): void {
  let below = relative(folder, event.path)
  let isDeep = event.type === 'create'
  // A name that is no text comes mutilated: then all that is known is the folder.
  while (below.includes(REPLACEMENT)) {
    below = dirname(below) === '.' ? '' : dirname(below)
    isDeep = true
  }
  const touched = (
    below === '' ? path : `${path.endsWith('/') ? path : `${path}/`}${toByteString(below.split(sep).join('/'))}`
  ) as ByteString
  // Whether it is a folder is not told: one that is to be left out is left out by the snapshot.
  if (below === '' || !isExcluded(touched, false)) listener.touch(touched, isDeep)
}

async function loadLibrary(): Promise<WatchLibrary> {
  try {
    const {default: library} = await import('@parcel/watcher')
    return library
  } catch (cause) {
    throw new PocketError('library-missing', 'nothing is there to watch folders with', {
      hint: "install it beside pocket: 'npm install -g @parcel/watcher'; until then everything is walked now and then",
      cause,
    })
  }
}

/** The library throws texts. */
function describe(error: unknown): PocketError {
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes('No space left on device')) {
    return new PocketError('watch-limit', 'there are more folders than the system watches for one user', {
      hint: "raise fs.inotify.max_user_watches: 'sudo sysctl fs.inotify.max_user_watches=1048576', and put it into /etc/sysctl.d to keep it",
      cause: error,
    })
  }
  return new PocketError('io-failed', `cannot watch folders: ${text}`, {cause: error})
}

function nativePath(path: ByteString): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}
