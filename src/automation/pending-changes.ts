/** What has changed since the last snapshot, and when it is to be taken in. */
import type {ByteString} from '../util/bytes.js'
import {TouchedPaths} from '../watch/touched-paths.js'
import type {WatchSettings} from './profile.js'

export interface TakenChanges {
  paths: TouchedPaths
  /** What has changed is not known. */
  isLost: boolean
}

export class PendingChanges {
  readonly #settings: Pick<WatchSettings, 'quietMs' | 'longestWaitMs'>
  #paths = new TouchedPaths()
  #isLost = false
  /** When the first and the last change was that calls for a snapshot. */
  #firstMs: number | undefined
  #lastMs = 0

  constructor(settings: Pick<WatchSettings, 'quietMs' | 'longestWaitMs'>) {
    this.#settings = settings
  }

  /** Whether a snapshot is called for. */
  get isCalling(): boolean {
    return this.#firstMs !== undefined
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Whatever has been told since they were taken last. */
  get paths(): TouchedPaths {
    return this.#paths
  }

  /** `atMs`: undefined where it does not call for a snapshot, and is taken in with the next one. */
  touch(path: ByteString, isDeep: boolean, atMs: number | undefined): void {
    this.#paths.add(path, isDeep)
    if (atMs !== undefined) this.#call(atMs)
  }

  lose(atMs: number): void {
    this.#isLost = true
    this.#call(atMs)
  }

  /** When a snapshot is due: when it has been quiet for a while, and at the latest so long after the first change. */
  due(): {atMs: number; reason: 'quiet' | 'longest-wait'} | undefined {
    if (this.#firstMs === undefined) return undefined
    const quiet = this.#lastMs + this.#settings.quietMs
    const latest = this.#firstMs + this.#settings.longestWaitMs
    return quiet <= latest ? {atMs: quiet, reason: 'quiet'} : {atMs: latest, reason: 'longest-wait'}
  }

  /** Hands all over; what comes from now on belongs to the next snapshot. */
  take(): TakenChanges {
    const taken = {paths: this.#paths, isLost: this.#isLost}
    this.#paths = new TouchedPaths()
    this.#isLost = false
    this.#firstMs = undefined
    return taken
  }

  /** Takes back what no snapshot has taken in. */
  giveBack({paths, isLost}: TakenChanges, atMs: number): void {
    this.#paths.addAll(paths)
    if (isLost) this.#isLost = true
    if (isLost || !paths.isEmpty) this.#call(atMs)
  }

  #call(atMs: number): void {
    this.#firstMs ??= atMs
    this.#lastMs = atMs
  }
}
