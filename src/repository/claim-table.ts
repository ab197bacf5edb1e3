/**
 * Which chunks this run has seen already: a table in shared memory that every worker reads and claims from without messages.
 *
 * Segments of doubling size in one growable buffer, each an open-addressing table of 32-byte slots: six words of the id (192 bits),
 * a state word, a word to spare. The table is an optimisation of the writer: two workers that claim one chunk at once in two segments
 * store it twice, which costs its bytes and harms nothing.
 */

import {firstSlot, ID_WORDS, matchesIdWords, ORDER_WORD, readIdWords} from './id-words.js'

const SLOT_WORDS = 8
const STATE_WORD = 6
const STATE_READY = 1
const FIRST_SEGMENT_SLOTS = 1 << 14
const MAX_SEGMENTS = 12
const MAX_LOAD = 0.8
const HEADER_WORDS = 64
/** How often a slot that another worker is just writing is looked at before this one waits for it. */
const SPINS = 1000
/** How often, a millisecond each, before the slot is taken for another chunk's: that worker is not running, or gone. */
const WAITS = 100

export type ClaimBuffer = SharedArrayBuffer

export function createClaimBuffer(): ClaimBuffer {
  return new SharedArrayBuffer(bytesOf(1), {maxByteLength: bytesOf(MAX_SEGMENTS)})
}

export class ClaimTable {
  readonly #buffer: ClaimBuffer
  readonly #used: Int32Array
  readonly #segments: Int32Array[] = []

  constructor(buffer: ClaimBuffer) {
    this.#buffer = buffer
    this.#used = new Int32Array(buffer, 0, HEADER_WORDS)
    this.#attach()
  }

  /** True for exactly the first caller (but see the file's head) that names this chunk; `id` is at `offset` in `ids`. */
  claim(ids: Uint8Array, offset: number): boolean {
    const words = readIdWords(ids, offset)
    this.#attach()
    for (let number = 0; number < this.#segments.length; number++) {
      const isLast = number === this.#segments.length - 1
      const outcome = this.#visit(number, words, isLast && !this.#isFull(number))
      if (outcome !== 'absent') return outcome === 'claimed'
    }
    return this.#grow() ? this.claim(ids, offset) : true
  }

  /** How many chunks have been claimed. */
  get size(): number {
    let size = 0
    for (let number = 0; number < this.#segments.length; number++) size += Atomics.load(this.#used, number)
    return size
  }

  #isFull(number: number): boolean {
    return Atomics.load(this.#used, number) > slotsOf(number) * MAX_LOAD
  }

  #visit(number: number, words: Int32Array, mayInsert: boolean): 'known' | 'claimed' | 'absent' {
    const table = this.#segments[number]
    const slots = slotsOf(number)
    let slot = firstSlot(words[ORDER_WORD], slots)
    for (let probes = 0; probes < slots; probes++) {
      const base = slot * SLOT_WORDS
      let first = Atomics.load(table, base)
      if (first === 0) {
        if (!mayInsert) return 'absent'
        first = Atomics.compareExchange(table, base, 0, words[0])
        if (first === 0) {
          for (let word = 1; word < ID_WORDS; word++) table[base + word] = words[word]
          Atomics.store(table, base + STATE_WORD, STATE_READY)
          Atomics.add(this.#used, number, 1)
          return 'claimed'
        }
      }
      if (first === words[0] && isReady(table, base) && matchesIdWords(table, base, words)) return 'known'
      slot = slot + 1 === slots ? 0 : slot + 1
    }
    return 'absent'
  }

  #attach(): void {
    const present = segmentsIn(this.#buffer.byteLength)
    while (this.#segments.length < present) {
      const number = this.#segments.length
      this.#segments.push(new Int32Array(this.#buffer, bytesOf(number), slotsOf(number) * SLOT_WORDS))
    }
  }

  #grow(): boolean {
    const next = this.#segments.length + 1
    if (next > MAX_SEGMENTS) return false
    if (this.#buffer.byteLength < bytesOf(next)) growTo(this.#buffer, bytesOf(next))
    this.#attach()
    return true
  }
}

/** Grows unless another thread has grown it further meanwhile. */
function growTo(buffer: SharedArrayBuffer, byteLength: number): void {
  try {
    buffer.grow(byteLength)
  } catch (error) {
    if (!(error instanceof RangeError) || buffer.byteLength < byteLength) throw error
  }
}

function slotsOf(segment: number): number {
  return FIRST_SEGMENT_SLOTS * 2 ** segment
}

function bytesOf(segments: number): number {
  return HEADER_WORDS * 4 + FIRST_SEGMENT_SLOTS * (2 ** segments - 1) * SLOT_WORDS * 4
}

function segmentsIn(byteLength: number): number {
  return Math.round(Math.log2((byteLength - HEADER_WORDS * 4) / (SLOT_WORDS * 4 * FIRST_SEGMENT_SLOTS) + 1))
}

function isReady(table: Int32Array, base: number): boolean {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(table, base + STATE_WORD) === STATE_READY) return true
  }
  for (let wait = 0; wait < WAITS; wait++) {
    if (Atomics.wait(table, base + STATE_WORD, 0, 1) !== 'timed-out') return true
  }
  return false
}
