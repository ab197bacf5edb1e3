/**
 * A table in shared memory from chunk ids to where the chunks lie: a slot of 32 bytes each, open addressing, no object per chunk.
 *
 * A slot is eight words: six of the id (192 bits; the whole id is checked against the bytes whenever a chunk is read), the frame's
 * number plus one, and the chunk's offset in the frame. Slots are kept in the order of the word that chooses them ("Ordered hash tables",
 * Amble and Knuth, 1974), so the whole table is sorted by it: a search for a chunk that is not there ends as early as one for a chunk that
 * is, however full the table, and a larger table is filled in one pass. docs/decisions/0003-index-in-memory.md has the measurements.
 */
import {firstSlot, ID_WORDS, matchesIdWords, ORDER_WORD, readIdWords} from './id-words.js'

const SLOT_WORDS = 8
const FRAME_WORD = 6
const OFFSET_WORD = 7
/** How full a table is made for the chunks that are expected, and how full it may become before it grows. */
const TARGET_LOAD = 0.92
const MAX_LOAD = 0.96
const GROWTH = 1.1
/** Before the first slot, as long as one: how many slots can be chosen. */
const HEADER_WORDS = SLOT_WORDS
/** Slots behind the last that can be chosen, for those that are moved on. The very last stays empty, so that each search ends. */
const TAIL_SLOTS = 4096

export class ChunkTable {
  #words: Int32Array
  #slots: number
  #size = 0

  /** `shared` is the memory of another thread's table, of which only `find` may be called. */
  constructor(expectedChunks: number, shared?: SharedArrayBuffer) {
    this.#words = shared ? new Int32Array(shared) : createWords(slotsFor(expectedChunks), TAIL_SLOTS)
    this.#slots = this.#words[0]
  }

  get memory(): SharedArrayBuffer {
    return this.#words.buffer as SharedArrayBuffer
  }

  /** Distinct chunks. */
  get size(): number {
    return this.#size
  }

  /** Slots have numbers below it, until something is added. */
  get capacity(): number {
    return (this.#words.length - HEADER_WORDS) / SLOT_WORDS
  }

  /** The number of the slot of the chunk whose id is at `offset` in `ids`; -1 when it is not there. */
  slotOf(ids: Uint8Array, offset: number): number {
    const place = this.find(ids, offset)
    return place < 0 ? -1 : (place - HEADER_WORDS) / SLOT_WORDS
  }

  frameOfSlot(slot: number): number {
    return this.frameAt(HEADER_WORDS + slot * SLOT_WORDS)
  }

  /** The place of the chunk whose id is at `offset` in `ids`, for `frameAt` and `offsetAt`; -1 when it is not there. */
  find(ids: Uint8Array, offset: number): number {
    const words = readIdWords(ids, offset)
    const place = search(this.#words, this.#slots, words)
    return holds(this.#words, place, words) ? place : -1
  }

  frameAt(place: number): number {
    return (this.#words[place + FRAME_WORD] >>> 0) - 1
  }

  offsetAt(place: number): number {
    return this.#words[place + OFFSET_WORD] >>> 0
  }

  /** Makes room for so many more chunks, if there is none. */
  reserve(chunks: number): void {
    const needed = this.#size + chunks
    if (needed > this.#slots * MAX_LOAD) this.#grow(slotsFor(Math.max(needed, this.#size * GROWTH)), TAIL_SLOTS)
  }

  /** Adds a chunk for which room has been reserved; one that is there already stays as it is. */
  insert(ids: Uint8Array, idOffset: number, frame: number, offset: number): void {
    const words = readIdWords(ids, idOffset)
    const place = search(this.#words, this.#slots, words)
    if (holds(this.#words, place, words)) return
    if (!moveOn(this.#words, place)) {
      this.#grow(this.#slots, 2 * tailOf(this.#words))
      return this.insert(ids, idOffset, frame, offset)
    }
    for (let word = 0; word < ID_WORDS; word++) this.#words[place + word] = words[word]
    this.#words[place + FRAME_WORD] = frame + 1
    this.#words[place + OFFSET_WORD] = offset
    this.#size++
  }

  #grow(slots: number, tail: number): void {
    const grown = createWords(slots, tail)
    if (!fill(grown, this.#words)) return this.#grow(slots, 2 * tail)
    this.#words = grown
    this.#slots = slots
  }
}

function slotsFor(chunks: number): number {
  return Math.ceil(chunks / TARGET_LOAD) + 1
}

function createWords(slots: number, tail: number): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer((HEADER_WORDS + (slots + tail) * SLOT_WORDS) * 4))
  words[0] = slots
  return words
}

function tailOf(words: Int32Array): number {
  return (words.length - HEADER_WORDS) / SLOT_WORDS - words[0]
}

function firstPlace(order: number, slots: number): number {
  return HEADER_WORDS + firstSlot(order, slots) * SLOT_WORDS
}

/** The place of the chunk, or the one before which it would have to be put. */
function search(table: Int32Array, slots: number, words: Int32Array): number {
  const order = words[ORDER_WORD] >>> 0
  let place = firstPlace(words[ORDER_WORD], slots)
  for (; table[place] !== 0; place += SLOT_WORDS) {
    const found = table[place + ORDER_WORD] >>> 0
    if (found > order || (found === order && holds(table, place, words))) return place
  }
  return place
}

function holds(table: Int32Array, place: number, words: Int32Array): boolean {
  return table[place] === words[0] && matchesIdWords(table, place, words)
}

/** Moves the slots from `place` to the next empty one on by one. False when that would take the last slot. */
function moveOn(table: Int32Array, place: number): boolean {
  let empty = place
  while (table[empty] !== 0) empty += SLOT_WORDS
  if (empty + SLOT_WORDS === table.length) return false
  if (empty > place) table.copyWithin(place + SLOT_WORDS, place, empty)
  return true
}

/** Old slots come in their order, so each goes to the first free one at or behind where its search begins. False when there is no room. */
function fill(grown: Int32Array, old: Int32Array): boolean {
  let next = 0
  for (let from = HEADER_WORDS; from < old.length; from += SLOT_WORDS) {
    if (old[from] === 0) continue
    const place = Math.max(next, firstPlace(old[from + ORDER_WORD], grown[0]))
    if (place + SLOT_WORDS === grown.length) return false
    for (let word = 0; word < SLOT_WORDS; word++) grown[place + word] = old[from + word]
    next = place + SLOT_WORDS
  }
  return true
}
