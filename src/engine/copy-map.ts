/** What a copy remembers of the chunks of its source, by their slots in an index to which nothing is added any more. */
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ChunkIndex} from '../repository/chunk-index.js'

const FIRST_IDS = 1024
const GROWTH = 1.5

/** Which id a chunk has in the target: another one, where the keys are others. */
export class CopyMap {
  /** Numbers of ids, from 1. */
  readonly #numbers: Int32Array
  #ids = new Uint8Array(FIRST_IDS * CHUNK_ID_BYTES)
  #count = 0

  constructor(index: ChunkIndex) {
    this.#numbers = new Int32Array(index.slots)
  }

  /** A view, to be used before anything is set. */
  idOf(slot: number): Uint8Array | undefined {
    const number = this.#numbers[slot]
    return number === 0 ? undefined : this.#ids.subarray((number - 1) * CHUNK_ID_BYTES, number * CHUNK_ID_BYTES)
  }

  /** The first id that is set stays. */
  set(slot: number, id: Uint8Array): void {
    if (this.#numbers[slot] !== 0) return
    const end = (this.#count + 1) * CHUNK_ID_BYTES
    if (end > this.#ids.length) this.#grow()
    this.#ids.set(id, end - CHUNK_ID_BYTES)
    this.#numbers[slot] = ++this.#count
  }

  #grow(): void {
    const grown = new Uint8Array(Math.ceil((this.#ids.length * GROWTH) / CHUNK_ID_BYTES) * CHUNK_ID_BYTES)
    grown.set(this.#ids)
    this.#ids = grown
  }
}

export class SlotSet {
  readonly #bits: Uint8Array

  constructor(index: ChunkIndex) {
    this.#bits = new Uint8Array(Math.ceil(index.slots / 8))
  }

  has(slot: number): boolean {
    return (this.#bits[slot >>> 3] & (1 << (slot & 7))) !== 0
  }

  /** False when it was there already. */
  add(slot: number): boolean {
    if (this.has(slot)) return false
    this.#bits[slot >>> 3] |= 1 << (slot & 7)
    return true
  }

  delete(slot: number): void {
    this.#bits[slot >>> 3] &= ~(1 << (slot & 7))
  }
}
