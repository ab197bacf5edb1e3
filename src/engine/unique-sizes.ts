/**
 * What each snapshot takes of what is stored: what it alone needs, and what it was the first to need. A chunk takes the share of its frame that
 * its raw bytes are of the frame's.
 */
import type {PocketError} from '../errors.js'
import type {ChunkReference} from '../format/reference.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import type {Pacer} from './pacer.js'
import {PageWalk} from './page-walk.js'

/** Needed by several. */
const SHARED = -1

export interface SizeWalkOptions {
  /** Nothing may be added to it any more. */
  index: ChunkIndex
  read: ReadTree
  pacer: Pacer
  /** Told of each page that cannot be read: what it refers to counts as nothing, as do chunks that are in no pack. */
  onUnreadable: (error: PocketError) => void
}

/** Takes snapshots in one after the other. Each page of a tree is read twice at most, however many have it: by the first and the second. */
export class SizeWalk {
  readonly #index: ChunkIndex
  /** Of each slot of the index: 0 while nobody needs it, 1 and up for the one snapshot that does, by the order of `add`, or SHARED. */
  readonly #owners: Int32Array
  /** Stored bytes for a raw byte of each frame. */
  readonly #ratios: Float64Array
  readonly #unique: number[] = []
  readonly #walk: PageWalk
  #owner = 0
  #added = 0

  constructor({index, ...options}: SizeWalkOptions) {
    this.#index = index
    this.#owners = new Int32Array(index.slots)
    this.#ratios = new Float64Array(index.frameCount)
    for (let number = 0; number < index.frameCount; number++) {
      const {storedLength, rawLength} = index.frame(number)
      this.#ratios[number] = rawLength === 0 ? 0 : storedLength / rawLength
    }
    this.#walk = new PageWalk({...options, visit: (ids, offset, length) => this.#take(ids, offset, length)})
  }

  /**
   * Takes in the snapshot with this root page, and gives the stored bytes that it needs and none before it did. Throws what keeps the walk from
   * going on, and `interrupted`.
   */
  async add(root: ChunkReference): Promise<number> {
    this.#unique.push(0)
    this.#owner = this.#unique.length
    this.#added = 0
    await this.#walk.walk(root)
    return Math.round(this.#added)
  }

  /** Stored bytes that only the snapshot needs that was taken in as number `place`, from 0, among those that have been taken in. */
  uniqueBytes(place: number): number {
    return Math.max(0, Math.round(this.#unique[place]))
  }

  /** Whether what lies below is to be looked at: for the first and for the second that need it. */
  #take(ids: Uint8Array, offset: number, length: number): boolean {
    const slot = this.#index.slotOf(ids, offset)
    if (slot < 0) return false
    const owner = this.#owners[slot]
    if (owner === SHARED || owner === this.#owner) return false
    const bytes = length * this.#ratios[this.#index.frameOfSlot(slot)]
    this.#owners[slot] = owner === 0 ? this.#owner : SHARED
    if (owner === 0) {
      this.#unique[this.#owner - 1] += bytes
      this.#added += bytes
    } else this.#unique[owner - 1] -= bytes
    return true
  }
}
