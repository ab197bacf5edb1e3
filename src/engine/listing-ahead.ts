/**
 * Lists folders ahead of the walk, in a worker that has nothing else to do: when little has changed, listing is most of the work. While
 * the workers are busy reading, the walk lists for itself.
 */
import {PocketError} from '../errors.js'
import {type Listing, type ListingFailure, openListings} from '../filesystem/listing.js'
import type {ByteString} from '../util/bytes.js'
import type {SnapshotPool} from './file-scheduler.js'

export type ListingResult = Listing | ListingFailure

/** Enough folders to be worth a job, few enough to be there in time. */
const FOLDERS_PER_JOB = 32
/** Listings that wait to be walked, at most: they are memory. */
const MAX_WAITING = 128

export class ListingAhead {
  readonly #pool: SnapshotPool
  readonly #waiting = new Map<ByteString, Promise<ListingResult>>()
  #isListing = false

  constructor(pool: SnapshotPool) {
    this.#pool = pool
  }

  /** Asks for folders that the walk will come to: the last of `paths` first. One job at a time, so that one worker is enough. */
  request(paths: readonly ByteString[]): void {
    if (this.#isListing || !this.#pool.hasIdle || this.#waiting.size >= MAX_WAITING) return
    const batch: ByteString[] = []
    for (let index = paths.length - 1; index >= 0 && batch.length < FOLDERS_PER_JOB; index--) {
      if (!this.#waiting.has(paths[index])) batch.push(paths[index])
    }
    if (batch.length > 0) this.#list(batch)
  }

  /** The listing of a folder that was asked for, or undefined. */
  take(path: ByteString): Promise<ListingResult> | undefined {
    const listing = this.#waiting.get(path)
    this.#waiting.delete(path)
    return listing
  }

  #list(batch: readonly ByteString[]): void {
    this.#isListing = true
    const listings = this.#pool.run({type: 'list', paths: batch.join('\0')}).then((answer) => {
      if (answer.type !== 'list-done') throw new PocketError('worker-failed', `a worker answered '${answer.type}' to 'list'`)
      this.#isListing = false
      return openListings(answer.listed)
    })
    batch.forEach((path, index) => {
      const listing = listings.then((all) => all[index])
      // The walk awaits it when it comes to this folder; until then a rejection has its handler here.
      listing.catch(() => undefined)
      this.#waiting.set(path, listing)
    })
  }
}
