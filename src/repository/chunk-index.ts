/** Which pack and frame holds which chunk: packs and frames beside a table of chunks, built once when a repository is opened. */
import type {IndexedPack} from '../format/index-record.js'
import {HEAD_BYTES} from '../format/head.js'
import type {ObjectId} from '../id.js'
import {ChunkTable} from './chunk-table.js'

const ID_BYTES = 32
const FRAME_WORDS = 3
const FRAME_GROWTH = 1.25
const STORED_CODEC_BIT = 0x8000_0000
/** Stored bytes of an index object per chunk: the id, and what is left of the lengths after compression. */
const STORED_BYTES_PER_CHUNK = 35

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
  readonly #table: ChunkTable
  /** Of each frame: where it begins in its pack, its stored length, and its raw length with a bit for frames that are not compressed. */
  #frames = new Uint32Array(FRAME_WORDS * 64)
  #frameCount = 0
  readonly #packs: PackInfo[] = []
  readonly #numbers = new Map<ObjectId, number>()
  #chunkTotal = 0
  readonly #rawBytes: Record<ChunkKind, number> = {data: 0, tree: 0}
  /** Names of the index objects that it was loaded from. */
  objects: ReadonlySet<string> = new Set()

  /** `storedBytes`: the size of all index objects that will be added, from which the size of the table is guessed. */
  constructor(storedBytes = 0, table = new ChunkTable(storedBytes / STORED_BYTES_PER_CHUNK)) {
    this.#table = table
  }

  /** Opens the table that another thread shares; only `has` may be called on it. */
  static attach(shared: SharedArrayBuffer): ChunkIndex {
    return new ChunkIndex(0, new ChunkTable(0, shared))
  }

  /** The memory to hand to `attach` in another thread, once nothing more is added. */
  get sharedTable(): SharedArrayBuffer {
    return this.#table.memory
  }

  /** Distinct chunks. */
  get size(): number {
    return this.#table.size
  }

  /** Chunks counted once for each pack that holds them. */
  get chunkTotal(): number {
    return this.#chunkTotal
  }

  /** Bytes of the distinct chunks, before compression. */
  get rawBytes(): Readonly<Record<ChunkKind, number>> {
    return this.#rawBytes
  }

  /** Frames have the numbers below it. */
  get frameCount(): number {
    return this.#frameCount
  }

  get packs(): readonly PackInfo[] {
    return this.#packs
  }

  /** Bytes of memory that the index takes. */
  get memoryBytes(): number {
    return this.#table.memory.byteLength + this.#frames.byteLength
  }

  hasPack(id: ObjectId): boolean {
    return this.#numbers.has(id)
  }

  /** A pack of the index. Throws RangeError for any other. */
  pack(id: ObjectId): PackInfo {
    const number = this.#numbers.get(id)
    if (number === undefined) throw new RangeError(`pack '${id}' is not in the index`)
    return this.#packs[number]
  }

  /** Adds what a pack holds, but for the chunks `lost`, by their number in it; a pack that is there already changes nothing. */
  add(pack: IndexedPack, lost?: ReadonlySet<number>): void {
    if (this.#numbers.has(pack.id)) return
    const {directory} = pack
    const frameCount = directory.frameStoredLengths.length
    this.#numbers.set(pack.id, this.#packs.length)
    this.#packs.push({id: pack.id, sizeBytes: pack.sizeBytes, kind: pack.kind, firstFrame: this.#frameCount, frameCount})
    this.#table.reserve(directory.chunkLengths.length)
    this.#reserveFrames(frameCount)
    let stored = HEAD_BYTES
    let chunk = 0
    for (let frame = 0; frame < frameCount; frame++) {
      const at = this.#frameCount * FRAME_WORDS
      this.#frames[at] = stored
      this.#frames[at + 1] = directory.frameStoredLengths[frame]
      this.#frames[at + 2] = directory.frameRawLengths[frame] + (directory.frameCodecs[frame] === 0 ? STORED_CODEC_BIT : 0)
      stored += directory.frameStoredLengths[frame]
      let offset = 0
      for (const end = chunk + directory.frameChunkCounts[frame]; chunk < end; chunk++) {
        const before = this.#table.size
        if (!lost?.has(chunk)) this.#table.insert(directory.chunkIds, chunk * ID_BYTES, this.#frameCount, offset)
        if (this.#table.size > before) this.#rawBytes[pack.kind] += directory.chunkLengths[chunk]
        offset += directory.chunkLengths[chunk]
      }
      this.#frameCount++
    }
    this.#chunkTotal += chunk
  }

  has(ids: Uint8Array, offset = 0): boolean {
    return this.#table.find(ids, offset) >= 0
  }

  locate(ids: Uint8Array, offset = 0): ChunkLocation | undefined {
    const place = this.#table.find(ids, offset)
    return place < 0 ? undefined : {frame: this.#table.frameAt(place), offset: this.#table.offsetAt(place)}
  }

  /** Slots of chunks have numbers below it, as long as nothing is added. */
  get slots(): number {
    return this.#table.capacity
  }

  /** The number of the slot of a chunk; -1 when it is not there. */
  slotOf(ids: Uint8Array, offset = 0): number {
    return this.#table.slotOf(ids, offset)
  }

  /** The number of the frame that the chunk of this slot is read from. */
  frameOfSlot(slot: number): number {
    return this.#table.frameOfSlot(slot)
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

  #reserveFrames(count: number): void {
    const needed = (this.#frameCount + count) * FRAME_WORDS
    if (needed <= this.#frames.length) return
    const grown = new Uint32Array(Math.max(needed, Math.ceil(this.#frames.length * FRAME_GROWTH)))
    grown.set(this.#frames)
    this.#frames = grown
  }
}
