/**
 * Which pack and frame holds which chunk: an open-addressing table in shared memory, built once when a repository is opened.
 *
 * A slot is 32 bytes: six words of the chunk id (192 bits; the whole id is checked against the bytes whenever a chunk is read), the
 * frame's number plus one, and the chunk's offset in the frame. Frames are three words each. Together less than 40 bytes a chunk
 * (docs/decisions/ has the measurement).
 */
import type {IndexedPack} from '../format/index-record.js'
import {HEAD_BYTES} from '../format/head.js'
import type {ObjectId} from '../id.js'
import {firstSlot, ID_WORDS, matchesIdWords, readIdWords} from './id-words.js'

const SLOT_WORDS = 8
const FRAME_WORD = 6
const OFFSET_WORD = 7
const FRAME_WORDS = 3
const TARGET_LOAD = 0.88
const MAX_LOAD = 0.94
const STORED_CODEC_BIT = 0x8000_0000
/** Stored bytes of an index object per chunk: the id, and what is left of lengths after compression. */
const STORED_BYTES_PER_CHUNK = 34

export type ChunkKind = 'data' | 'tree'

export interface PackInfo {
  id: ObjectId
  sizeBytes: number
  kind: ChunkKind
  firstFrame: number
  frameCount: number
}

/** Where a frame lies and what it holds. */
export interface FrameLocation {
  pack: PackInfo
  /** Its number in the pack, the counter that it is sealed with. */
  ordinal: number
  /** Where its stored bytes begin in the pack. */
  offset: number
  storedLength: number
  rawLength: number
  isCompressed: boolean
}

export interface ChunkLocation {
  /** The number of the frame in this index, for `frame()`. */
  frame: number
  /** Where the chunk begins in the decompressed frame. */
  offset: number
}

export class ChunkIndex {
  #table: Int32Array
  #slots: number
  #count = 0
  #frames = new Uint32Array(FRAME_WORDS * 64)
  #frameCount = 0
  readonly #packs: PackInfo[] = []
  readonly #packIds = new Set<ObjectId>()
  #chunkTotal = 0

  /** `storedBytes`: the size of all index objects that will be added, from which the table's size is guessed. */
  constructor(storedBytes = 0) {
    this.#slots = slotsFor(storedBytes / STORED_BYTES_PER_CHUNK)
    this.#table = createTable(this.#slots)
  }

  /** Opens the table that another thread shares; only `has` may be called on it. */
  static attach(table: SharedArrayBuffer): ChunkIndex {
    const index = new ChunkIndex()
    index.#table = new Int32Array(table)
    index.#slots = index.#table.length / SLOT_WORDS
    return index
  }

  /** The memory to hand to `attach` in another thread, once nothing more is added. */
  get sharedTable(): SharedArrayBuffer {
    return this.#table.buffer as SharedArrayBuffer
  }

  /** Distinct chunks. */
  get size(): number {
    return this.#count
  }

  /** Chunks counted once for each pack that holds them. */
  get chunkTotal(): number {
    return this.#chunkTotal
  }

  get packs(): readonly PackInfo[] {
    return this.#packs
  }

  /** Bytes of memory that the index takes. */
  get memoryBytes(): number {
    return this.#table.byteLength + this.#frames.byteLength
  }

  hasPack(id: ObjectId): boolean {
    return this.#packIds.has(id)
  }

  /** Adds what a pack holds; a pack that is there already changes nothing. */
  add(pack: IndexedPack): void {
    if (this.#packIds.has(pack.id)) return
    const {directory} = pack
    const frameCount = directory.frameStoredLengths.length
    this.#packIds.add(pack.id)
    this.#packs.push({id: pack.id, sizeBytes: pack.sizeBytes, kind: pack.kind, firstFrame: this.#frameCount, frameCount})
    this.#reserve(directory.chunkLengths.length, frameCount)
    let stored = HEAD_BYTES
    let chunk = 0
    for (let frame = 0; frame < frameCount; frame++) {
      const at = this.#frameCount * FRAME_WORDS
      this.#frames[at] = stored
      this.#frames[at + 1] = directory.frameStoredLengths[frame]
      this.#frames[at + 2] = directory.frameRawLengths[frame] + (directory.frameCodecs[frame] === 0 ? STORED_CODEC_BIT : 0)
      this.#frameCount++
      stored += directory.frameStoredLengths[frame]
      let offset = 0
      for (const end = chunk + directory.frameChunkCounts[frame]; chunk < end; chunk++) {
        this.#insert(directory.chunkIds, chunk * 32, this.#frameCount, offset)
        offset += directory.chunkLengths[chunk]
      }
    }
    this.#chunkTotal += chunk
  }

  has(ids: Uint8Array, offset = 0): boolean {
    return this.#find(ids, offset) >= 0
  }

  locate(ids: Uint8Array, offset = 0): ChunkLocation | undefined {
    const base = this.#find(ids, offset)
    if (base < 0) return undefined
    return {frame: (this.#table[base + FRAME_WORD] >>> 0) - 1, offset: this.#table[base + OFFSET_WORD] >>> 0}
  }

  frame(number: number): FrameLocation {
    const pack = this.#packs[this.#packOf(number)]
    const at = number * FRAME_WORDS
    const raw = this.#frames[at + 2]
    return {
      pack,
      ordinal: number - pack.firstFrame,
      offset: this.#frames[at],
      storedLength: this.#frames[at + 1],
      rawLength: raw % STORED_CODEC_BIT,
      isCompressed: raw < STORED_CODEC_BIT,
    }
  }

  #packOf(frame: number): number {
    let low = 0
    let high = this.#packs.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#packs[middle].firstFrame <= frame) low = middle
      else high = middle - 1
    }
    return low
  }

  #find(ids: Uint8Array, offset: number): number {
    const words = readIdWords(ids, offset)
    const table = this.#table
    let base = firstSlot(words, this.#slots) * SLOT_WORDS
    for (;;) {
      const first = table[base]
      if (first === 0) return -1
      if (first === words[0] && matchesIdWords(table, base, words)) return base
      base += SLOT_WORDS
      if (base === table.length) base = 0
    }
  }

  #insert(ids: Uint8Array, idOffset: number, frame: number, offset: number): void {
    const found = this.#find(ids, idOffset)
    if (found >= 0) return
    const words = readIdWords(ids, idOffset)
    insertWords(this.#table, this.#slots, words, frame, offset)
    this.#count++
  }

  #reserve(chunks: number, frames: number): void {
    const needed = (this.#frameCount + frames) * FRAME_WORDS
    if (needed > this.#frames.length) {
      const grown = new Uint32Array(Math.max(needed, Math.ceil(this.#frames.length * 1.25)))
      grown.set(this.#frames)
      this.#frames = grown
    }
    if (this.#count + chunks > this.#slots * MAX_LOAD) this.#rehash(slotsFor(Math.max(this.#count + chunks, this.#count * 1.25)))
  }

  #rehash(slots: number): void {
    const grown = createTable(slots)
    const words = new Int32Array(ID_WORDS)
    for (let base = 0; base < this.#table.length; base += SLOT_WORDS) {
      if (this.#table[base] === 0) continue
      for (let word = 0; word < ID_WORDS; word++) words[word] = this.#table[base + word]
      insertWords(grown, slots, words, this.#table[base + FRAME_WORD], this.#table[base + OFFSET_WORD])
    }
    this.#table = grown
    this.#slots = slots
  }
}

function slotsFor(chunks: number): number {
  return Math.ceil(chunks / TARGET_LOAD) + 64
}

function createTable(slots: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(slots * SLOT_WORDS * 4))
}

function insertWords(table: Int32Array, slots: number, words: Int32Array, frame: number, offset: number): void {
  let base = firstSlot(words, slots) * SLOT_WORDS
  while (table[base] !== 0) {
    base += SLOT_WORDS
    if (base === table.length) base = 0
  }
  for (let word = 0; word < ID_WORDS; word++) table[base + word] = words[word]
  table[base + FRAME_WORD] = frame
  table[base + OFFSET_WORD] = offset
}
