/** Saves tree chunks: gathers those not seen before in frames and packs of their own. */
import type {Compressor} from '../compression/zstd.js'
import type {ChunkReference} from '../format/reference.js'
import {ClaimTable, type ClaimBuffer} from './claim-table.js'
import type {ChunkIndex} from './chunk-index.js'
import {FramePacker} from './frame-packer.js'
import type {FinishedPack} from './pack-builder.js'
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
  readonly #packer: FramePacker
  /** Of chunks that were not in the repository before. */
  readonly totals = {chunks: 0, rawBytes: 0}

  constructor({sealing, treeChunkKey, index, claims, compressor, frameBytes, packBytes, emit}: TreeSaverOptions) {
    this.#index = index
    this.#claims = new ClaimTable(claims)
    this.#verifier = new ChunkVerifier(treeChunkKey)
    this.#packer = new FramePacker({kind: 'tree', sealing, compressor, frameBytes, packBytes, emit})
  }

  /** The reference to a chunk of these bytes, which are stored by the time that `finish` has returned and the packs are put. */
  save(bytes: Uint8Array): ChunkReference {
    const id = this.#verifier.idOf(bytes)
    if (this.#index.has(id) || !this.#claims.claim(id, 0)) return {id, length: bytes.length}
    this.totals.chunks++
    this.totals.rawBytes += bytes.length
    this.#packer.addChunk(bytes, id)
    return {id, length: bytes.length}
  }

  finish(): void {
    this.#packer.finish()
  }
}
