/**
 * Watches folders by inotify. A watch is of one folder, so each folder has one, and one that appears is given its own: what happened in it before
 * then is not told, which is why such a folder is told as touched with everything below. Events are fetched by a timer: Node.js does not
 * wait for descriptors of this kind.
 */
import {readdirSync} from 'node:fs'
import {isPocketError, PocketError, systemCode} from '../errors.js'
import {type ByteString, bytesToByteString, displayName} from '../util/bytes.js'
import {monotonicMs} from '../util/clock.js'
import {nextTurn} from '../util/concurrency.js'
import {EVENT, type Inotify} from './inotify-library.js'
import {type WatchedFolder, WatchedFolders} from './watched-folders.js'
import type {Watcher, WatchedPaths, WatchListener} from './watcher.js'

/** Between two looks for events: while they come, and while none do. */
const BUSY_MS = 20
const IDLE_MS = 150
const BUFFER_BYTES = 256 * 1024
const EVENT_BYTES = 16
/** How long the main thread may be busy before others have their turn, and the queue of the kernel is emptied. */
const SLICE_MS = 8
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])
/** Folders that nobody who runs this may read: no snapshot can either, until that changes, which is told of the folder itself. */
const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** Throws `watch-limit`, `io-failed`. */
export async function watchWithInotify(library: Inotify, watched: WatchedPaths, listener: WatchListener): Promise<Watcher> {
  const watcher = new InotifyWatcher(library, watched, listener)
  try {
    await watcher.start()
    return watcher
  } catch (error) {
    await watcher.close()
    throw error
  }
}

/** A folder that is to be watched. */
interface Wanted {
  name: ByteString
  parent: WatchedFolder | undefined
}

class InotifyWatcher implements Watcher {
  readonly isExact = true
  readonly #library: Inotify
  readonly #watched: WatchedPaths
  readonly #listener: WatchListener
  readonly #descriptor: number
  readonly #folders = new WatchedFolders()
  readonly #buffer = Buffer.alloc(BUFFER_BYTES)
  readonly #wanted: Wanted[] = []
  #adding: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(library: Inotify, watched: WatchedPaths, listener: WatchListener) {
    this.#library = library
    this.#watched = watched
    this.#listener = listener
    this.#descriptor = openInotify(library)
  }

  async start(): Promise<void> {
    for (const path of this.#watched.paths) this.#wanted.push({name: path, parent: undefined})
    await this.#addWanted()
    this.#schedule(BUSY_MS)
  }

  async settle(): Promise<void> {
    if (this.#isClosed) return
    this.#take()
    // Watching what is new may take in more that is new.
    while (this.#adding) await this.#adding
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#library.close(this.#descriptor)
    return Promise.resolve()
  }

  #schedule(afterMs: number): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.#schedule(this.#take() ? BUSY_MS : IDLE_MS), afterMs)
  }

  /** Takes the events that there are, and sees to it that what is new is watched; whether there were any. */
  #take(): boolean {
    const hasEvents = this.#takeEvents()
    if (this.#wanted.length > 0) {
      this.#adding ??= this.#addWanted()
        .catch((error: unknown) => {
          if (!isPocketError(error)) throw error
          this.#listener.lose(error.code === 'watch-limit' ? 'limit' : 'failed')
        })
        .finally(() => (this.#adding = undefined))
    }
    return hasEvents
  }

  #takeEvents(): boolean {
    let hasEvents = false
    try {
      while (!this.#isClosed) {
        const length = this.#library.read(this.#descriptor, this.#buffer)
        if (length === 0) break
        hasEvents = true
        for (let at = 0; at < length; at += EVENT_BYTES + this.#buffer.readUInt32LE(at + 12)) this.#takeEvent(at)
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.#listener.lose('failed')
    }
    return hasEvents
  }

  #takeEvent(at: number): void {
    const mask = this.#buffer.readUInt32LE(at + 4)
    if (mask & EVENT.overflow) return this.#listener.lose('overflow')
    const field = this.#buffer.subarray(at + EVENT_BYTES, at + EVENT_BYTES + this.#buffer.readUInt32LE(at + 12))
    const end = field.indexOf(0)
    const name = field.toString('latin1', 0, end < 0 ? field.length : end) as ByteString
    // None of one that was moved away, or is not watched any more: that was told when it happened.
    for (const folder of this.#folders.of(this.#buffer.readInt32LE(at))) {
      if (name === '') this.#takeOwn(folder, mask)
      else this.#takeChild(folder, name, mask)
    }
  }

  /** What happened to a folder itself. That it was moved or removed is told of its name in the folder above, unless it is a source. */
  #takeOwn(folder: WatchedFolder, mask: number): void {
    if (mask & EVENT.unmount) this.#listener.lose('source')
    if (mask & EVENT.ignored) this.#folders.remove(folder)
    else if (mask & (EVENT.deleteSelf | EVENT.moveSelf)) {
      if (!folder.parent) this.#listener.lose('source')
    } else if (mask & EVENT.attributes) this.#listener.touch(this.#folders.pathOf(folder), false)
  }

  #takeChild(folder: WatchedFolder, name: ByteString, mask: number): void {
    const isDirectory = (mask & EVENT.isDirectory) !== 0
    const path = joinPath(this.#folders.pathOf(folder), name)
    const known = folder.below.get(name)
    if (isDirectory && mask & (EVENT.movedFrom | EVENT.delete) && known) this.#unwatch(known)
    if (this.#watched.isExcluded(path, isDirectory)) return
    const isFresh = isDirectory && ((mask & (EVENT.create | EVENT.movedTo)) !== 0 || ((mask & EVENT.attributes) !== 0 && !known))
    this.#listener.touch(path, isFresh)
    if (isFresh) this.#wanted.push({name, parent: folder})
  }

  #unwatch(folder: WatchedFolder): void {
    for (const watch of this.#folders.remove(folder)) this.#library.remove(this.#descriptor, watch)
  }

  async #addWanted(): Promise<void> {
    let sliceStartMs = monotonicMs()
    for (let wanted = this.#wanted.pop(); wanted && !this.#isClosed; wanted = this.#wanted.pop()) {
      this.#add(wanted)
      if (monotonicMs() - sliceStartMs < SLICE_MS) continue
      await nextTurn()
      // Of the folders that are watched by now more may come meanwhile than the kernel keeps.
      this.#takeEvents()
      sliceStartMs = monotonicMs()
    }
  }

  /** First the watch, then the list: what is made in between is in the one or the other. */
  #add({name, parent}: Wanted): void {
    // Its folder went away meanwhile.
    if (parent && !this.#folders.has(parent)) return
    const path = parent ? joinPath(this.#folders.pathOf(parent), name) : name
    try {
      const bytes = Buffer.from(path, 'latin1')
      const folder = this.#folders.add(this.#library.add(this.#descriptor, bytes), name, parent)
      for (const below of foldersIn(bytes)) {
        if (!this.#watched.isExcluded(joinPath(path, below), true)) this.#wanted.push({name: below, parent: folder})
      }
    } catch (error) {
      const code = systemCode(error)
      if (code === undefined) throw error
      if (code === 'ENOSPC') throw limitReached(error)
      if (!GONE.has(code) && !FORBIDDEN.has(code))
        throw new PocketError('io-failed', `cannot watch '${displayName(path)}': ${code}`, {cause: error})
    }
  }
}

function openInotify(library: Inotify): number {
  try {
    return library.open()
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    if (code === 'EMFILE') {
      throw new PocketError('watch-limit', 'the system lets this user watch nothing more', {
        hint: "raise fs.inotify.max_user_instances: 'sudo sysctl fs.inotify.max_user_instances=1024'",
        cause: error,
      })
    }
    throw new PocketError('io-failed', `cannot watch folders: ${code}`, {cause: error})
  }
}

function limitReached(cause: unknown): PocketError {
  return new PocketError('watch-limit', 'there are more folders than the system watches for one user', {
    hint: "raise fs.inotify.max_user_watches: 'sudo sysctl fs.inotify.max_user_watches=1048576', and put it into /etc/sysctl.d to keep it",
    cause,
  })
}

function* foldersIn(path: Buffer): Generator<ByteString, void> {
  for (const entry of readdirSync(path, {withFileTypes: true, encoding: 'buffer'})) {
    if (entry.isDirectory()) yield bytesToByteString(entry.name)
  }
}

function joinPath(folder: ByteString, name: ByteString): ByteString {
  return (folder.endsWith('/') ? folder + name : `${folder}/${name}`) as ByteString
}
