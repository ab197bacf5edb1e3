/** Gathers chunks into frames, and frames into packs, on the thread of whoever adds them. */
import type {Compressor} from '../compression/zstd.js'
import type {ChunkKind} from './chunk-index.js'
import {FrameBuffer} from './frame-buffer.js'
import {type FinishedPack, type FrameBody, PackBuilder, packCapacity} from './pack-builder.js'
import type {SealingContext} from './sealing.js'

export interface FramePackerOptions {
  kind: ChunkKind
  sealing: SealingContext
  /** Undefined stores frames as they are. */
  compressor: Compressor | undefined
  /** Raw bytes at which a frame is ended. */
  frameBytes: number
  /** Stored bytes at which a pack is ended. */
  packBytes: number
  /** Takes each finished pack, and its memory. */
  emit: (pack: FinishedPack) => void
}

export class FramePacker {
  readonly #frameBytes: number
  readonly #builder: PackBuilder
  #frame: FrameBuffer

  constructor({kind, sealing, compressor, frameBytes, packBytes, emit}: FramePackerOptions) {
    this.#frameBytes = frameBytes
    this.#frame = new FrameBuffer(Buffer.allocUnsafeSlow(frameBytes * 2))
    this.#builder = new PackBuilder({
      kind,
      sealing,
      compressor,
      targetBytes: packBytes,
      allocate: (needed) => Buffer.allocUnsafeSlow(Math.max(needed, packCapacity(packBytes, frameBytes * 2))),
      emit,
    })
  }

  /** Adds a chunk that is to be stored, whatever its length. `bytes` may be overwritten afterwards. */
  addChunk(bytes: Uint8Array, id: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#frame.memory.set(bytes, this.#frame.filled)
    this.#frame.take(this.#frame.filled, bytes.length, id)
    if (this.#frame.isFull(this.#frameBytes)) this.#flush()
  }

  /** Adds a frame that is compressed already, or is to stay as it is; what is gathered by `addChunk` goes into another. */
  addBody(body: FrameBody, lengths: readonly number[], ids: Uint8Array): void {
    this.#builder.addBody(body, lengths, ids)
  }

  /** Hands over everything, however little. More may be added afterwards. */
  finish(): void {
    this.#flush()
    this.#builder.finish()
  }

  #reserve(length: number): void {
    if (this.#frame.filled + length <= this.#frame.memory.length) return
    this.#flush()
    if (length > this.#frame.memory.length) this.#frame = new FrameBuffer(Buffer.allocUnsafeSlow(length))
  }

  #flush(): void {
    if (this.#frame.filled === 0) return
    this.#builder.addFrame(this.#frame.raw, this.#frame.lengths, this.#frame.ids)
    this.#frame.clear()
  }
}
