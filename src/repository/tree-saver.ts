/** Saves tree chunks: gathers those not seen before in frames and packs of their own. */
import type {Compressor} from '../compression/zstd.js'
import type {ChunkReference} from '../format/reference.js'
import {ClaimTable, type ClaimBuffer} from './claim-table.js'
import type {ChunkIndex} from './chunk-index.js'
import {FrameBuffer} from './frame-buffer.js'
import {type FinishedPack, PackBuilder, packCapacity} from './pack-builder.js'
import {ChunkVerifier} from './pack-reader.js'
import type {SealingContext} from './sealing.js'

export interface TreeSaverOptions {
  sealing: SealingContext
  treeChunkKey: Uint8Array
  index: ChunkIndex
  claims: ClaimBuffer
  compressor: Compressor | undefined
  frameBytes: number
  packBytes: number
  emit: (pack: FinishedPack) => void
}

export class TreeSaver {
  readonly #index: ChunkIndex
  readonly #claims: ClaimTable
  readonly #verifier: ChunkVerifier
  readonly #builder: PackBuilder
  readonly #frameBytes: number
  #frame: FrameBuffer
  /** Of chunks that were not in the repository before. */
  readonly totals = {chunks: 0, rawBytes: 0}

  constructor({sealing, treeChunkKey, index, claims, compressor, frameBytes, packBytes, emit}: TreeSaverOptions) {
    this.#index = index
    this.#claims = new ClaimTable(claims)
    this.#verifier = new ChunkVerifier(treeChunkKey)
    this.#frameBytes = frameBytes
    this.#frame = new FrameBuffer(Buffer.allocUnsafeSlow(frameBytes * 2))
    this.#builder = new PackBuilder({
      kind: 'tree',
      sealing,
      compressor,
      targetBytes: packBytes,
      allocate: (needed) => Buffer.allocUnsafeSlow(Math.max(needed, packCapacity(packBytes, frameBytes * 2))),
      emit,
    })
  }

  /** The reference to a chunk of these bytes, which are stored by the time that `finish` has returned and the packs are put. */
  save(bytes: Uint8Array): ChunkReference {
    const id = this.#verifier.idOf(bytes)
    if (this.#index.has(id) || !this.#claims.claim(id, 0)) return {id, length: bytes.length}
    this.totals.chunks++
    this.totals.rawBytes += bytes.length
    this.#reserve(bytes.length)
    this.#frame.memory.set(bytes, this.#frame.filled)
    this.#frame.take(this.#frame.filled, bytes.length, id)
    if (this.#frame.isFull(this.#frameBytes)) this.#flush()
    return {id, length: bytes.length}
  }

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
