/** Which chunks of an index are needed. */
import type {ChunkIndex} from '../repository/chunk-index.js'

/** A bit for each slot of an index to which nothing is added any more. */
export class UsedChunks {
  readonly #bits: Uint8Array

  constructor(index: ChunkIndex) {
    this.#bits = new Uint8Array(Math.ceil(index.slots / 8))
  }

  has(slot: number): boolean {
    return (this.#bits[slot >>> 3] & (1 << (slot & 7))) !== 0
  }

  /** False when it was set already. */
  add(slot: number): boolean {
    const bit = 1 << (slot & 7)
    const isNew = (this.#bits[slot >>> 3] & bit) === 0
    this.#bits[slot >>> 3] |= bit
    return isNew
  }
}
