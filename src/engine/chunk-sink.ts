/** Where the chunks of files go: hashed, claimed, and if they are the first of their kind gathered into frames and packs. */
import type {Chunker} from '../chunker/fastcdc.js'
import {createCompressor} from '../compression/zstd.js'
import {ChunkIndex} from '../repository/chunk-index.js'
import {ClaimTable} from '../repository/claim-table.js'
import {FrameBuffer} from '../repository/frame-buffer.js'
import {type FinishedPack, PackBuilder} from '../repository/pack-builder.js'
import {ChunkVerifier} from '../repository/pack-reader.js'
import {COUNTER, type SnapshotWorkerData} from './messages.js'

/** Where packs are put together, and who takes them. */
export interface PackMemory {
  /** Memory for a pack of so many bytes or more. */
  allocate: (neededBytes: number) => Uint8Array
  /** Takes a pack, with the memory that was given for it. */
  emit: (pack: FinishedPack) => void
}

export class ChunkSink {
  /** The chunker's memory: a frame grows from its first byte on, and files are read in behind the frame. */
  readonly buffer: Buffer
  readonly #frame: FrameBuffer
  readonly #frameBytes: number
  readonly #index: ChunkIndex
  readonly #claims: ClaimTable
  readonly #verifier: ChunkVerifier
  readonly #packs: PackBuilder
  readonly #counters: Float64Array
  readonly #isCompressing: boolean

  constructor(data: Omit<SnapshotWorkerData, 'slots'>, chunker: Chunker, packs: PackMemory) {
    this.buffer = chunker.buffer
    this.#frame = new FrameBuffer(chunker.buffer)
    this.#frameBytes = data.frameBytes
    this.#index = ChunkIndex.attach(data.indexTable)
    this.#claims = new ClaimTable(data.claims)
    this.#verifier = new ChunkVerifier(data.keys.dataChunkKey)
    this.#counters = data.counters
    this.#isCompressing = data.level !== undefined
    this.#packs = new PackBuilder({
      kind: 'data',
      sealing: data.sealing,
      compressor: data.level === undefined ? undefined : createCompressor(data.level),
      targetBytes: data.packBytes,
      ...packs,
    })
  }

  /** The first byte behind the frame that is being gathered. */
  get frameEnd(): number {
    return this.#frame.filled
  }

  /** Makes the whole buffer but `bytes` of it free, if the frame leaves less than that behind it. */
  reserve(bytes: number): void {
    if (this.buffer.length - this.#frame.filled < bytes) this.flushFrame()
  }

  /** Takes the chunk of `length` bytes at `start` of the buffer, at or behind `frameEnd`. Returns its id. */
  take(start: number, length: number): Uint8Array {
    const id = this.#verifier.idOf(this.buffer.subarray(start, start + length))
    if (!this.#index.has(id) && this.#claims.claim(id, 0)) {
      this.#counters[COUNTER.bytesNew] += length
      this.#counters[COUNTER.chunksNew]++
      this.#frame.take(start, length, id)
      if (this.#frame.isFull(this.#frameBytes)) this.flushFrame()
    }
    return id
  }

  flushFrame(): void {
    if (this.#frame.filled === 0) return
    const stored = this.#packs.addFrame(this.#frame.raw, this.#frame.lengths, this.#frame.ids)
    this.#counters[COUNTER.bytesStored] += stored
    if (this.#isCompressing && stored >= this.#frame.filled) this.#counters[COUNTER.bytesHighEntropy] += this.#frame.filled
    this.#frame.clear()
  }

  /** Hands over everything gathered, however little. */
  flush(): void {
    this.flushFrame()
    this.#packs.finish()
  }
}
