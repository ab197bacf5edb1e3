/**
 * Writes what is needed of some packs into new ones. A frame that is needed wholly is sealed again as it is; of one that is needed in part,
 * or is small, the chunks are gathered into new frames. Every chunk is checked against its hash on the way.
 */
import {createCompressor} from '../compression/zstd.js'
import {isDamage, type PocketError} from '../errors.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {IndexedPack} from '../format/index-record.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex, ChunkKind} from '../repository/chunk-index.js'
import {FrameBuffer} from '../repository/frame-buffer.js'
import {type FinishedPack, PackBuilder, packCapacity} from '../repository/pack-builder.js'
import {ChunkVerifier, describeFrame, FrameOpener, verifyChunks} from '../repository/pack-reader.js'
import type {Repository} from '../repository/repository.js'
import {sealOverhead} from '../repository/sealing.js'
import {fetchFrames, type FetchedFrames} from './fetch-frames.js'
import {usedInPack} from './pack-usage.js'
import type {UsedChunks} from './used-chunks.js'

export interface RepackOptions {
  repository: Repository
  index: ChunkIndex
  used: Pick<UsedChunks, 'has'>
  /** zstd level of frames that are made anew; undefined stores them as they are. */
  level: number | undefined
  /** Takes the new packs. */
  emit: (pack: FinishedPack) => void
  /** Only sizes are wanted: frames that stay as they are are not read. */
  isDryRun: boolean
  /** Told of each pack of which something needed cannot be read; it must stay. */
  onDamaged: (id: ObjectId, error: PocketError) => void
  /** Largest gap between frames that are fetched together, in bytes, unless that of the backend; below 0, each is fetched alone. */
  gapBytes?: number
}

const MAX_TREE_PACK_BYTES = 16 * 1024 * 1024

/** One frame of a pack that holds something needed. */
interface NeededFrame {
  ordinal: number
  /** Its chunks in the directory. */
  chunk: number
  end: number
  /** It is sealed again as it is. */
  isWhole: boolean
}

export class Repack {
  readonly #options: RepackOptions
  readonly #opener: FrameOpener
  readonly #sinks: Record<ChunkKind, RepackSink>

  constructor(options: RepackOptions) {
    this.#options = options
    const {repository, index} = options
    this.#opener = new FrameOpener(repository.sealing)
    const packBytes = repository.packBytes(index)
    this.#sinks = {
      data: new RepackSink('data', options, packBytes),
      tree: new RepackSink('tree', options, Math.min(packBytes, MAX_TREE_PACK_BYTES)),
    }
  }

  /** Takes over what is needed of `pack`. Throws what is no damage. */
  async take(pack: IndexedPack): Promise<void> {
    const {index, used} = this.#options
    const isUsed = usedInPack(pack, index, used)
    const needed = this.#neededFrames(pack, isUsed)
    const fetched = await this.#fetch(pack, needed)
    for (const frame of needed) {
      try {
        this.#takeFrame(pack, frame, isUsed, fetched)
      } catch (error) {
        if (!isDamage(error)) throw error
        this.#options.onDamaged(pack.id, error)
      }
    }
  }

  /** Everything that was gathered is handed over. */
  finish(): void {
    for (const sink of Object.values(this.#sinks)) sink.finish()
  }

  async #fetch(pack: IndexedPack, needed: readonly NeededFrame[]): Promise<FetchedFrames> {
    const {repository, index, isDryRun, gapBytes = repository.backend.access.gapBytes} = this.#options
    const {backend} = repository
    const wanted = isDryRun ? needed.filter(({isWhole}) => !isWhole) : needed
    try {
      return await fetchFrames(
        {get: (name, options) => backend.get(name, options), access: {...backend.access, gapBytes}},
        index.pack(pack.id),
        wanted.map(({ordinal}) => index.frame(index.pack(pack.id).firstFrame + ordinal)),
      )
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#options.onDamaged(pack.id, error)
      return {head: new Uint8Array(0), stored: new Map()}
    }
  }

  #takeFrame(pack: IndexedPack, frame: NeededFrame, isUsed: readonly boolean[], {head, stored}: FetchedFrames): void {
    const {repository, index, isDryRun} = this.#options
    const {directory} = pack
    const {chunk, end, ordinal} = frame
    const sink = this.#sinks[pack.kind]
    const location = index.frame(index.pack(pack.id).firstFrame + ordinal)
    const lengths = Array.from(directory.chunkLengths.subarray(chunk, end))
    const ids = directory.chunkIds.subarray(chunk * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES)
    if (isDryRun && frame.isWhole) {
      const body = new Uint8Array(location.storedLength - sealOverhead(repository.sealing))
      return sink.addFrame({body, rawLength: location.rawLength, isCompressed: location.isCompressed}, lengths, ids)
    }
    const bytes = stored.get(ordinal)
    // Told already.
    if (!bytes) return
    const {body, raw} = this.#opener.openBody(head, bytes, describeFrame(location))
    verifyChunks(sink.verifier, raw, {directory, chunk, end, packId: pack.id})
    if (frame.isWhole) return sink.addFrame({body, rawLength: raw.length, isCompressed: location.isCompressed}, lengths, ids)
    let offset = 0
    for (let number = chunk; number < end; number++) {
      const length = directory.chunkLengths[number]
      if (isUsed[number]) {
        sink.addChunk(
          raw.subarray(offset, offset + length),
          directory.chunkIds.subarray(number * CHUNK_ID_BYTES, (number + 1) * CHUNK_ID_BYTES),
        )
      }
      offset += length
    }
  }

  #neededFrames({directory}: IndexedPack, isUsed: readonly boolean[]): NeededFrame[] {
    const smallBytes = this.#options.repository.config.frameTargetBytes / 2
    const needed: NeededFrame[] = []
    let chunk = 0
    directory.frameChunkCounts.forEach((count, ordinal) => {
      const end = chunk + count
      let usedChunks = 0
      for (let number = chunk; number < end; number++) if (isUsed[number]) usedChunks++
      const isWhole = usedChunks === count && directory.frameRawLengths[ordinal] >= smallBytes
      if (usedChunks > 0) needed.push({ordinal, chunk, end, isWhole})
      chunk = end
    })
    return needed
  }
}

/** Fills packs of one kind. */
export class RepackSink {
  readonly verifier: ChunkVerifier
  readonly #builder: PackBuilder
  readonly #frameBytes: number
  #frame: FrameBuffer

  constructor(kind: ChunkKind, {repository, level, emit}: Pick<RepackOptions, 'repository' | 'level' | 'emit'>, packBytes: number) {
    const {sealing, keys, config} = repository
    this.#frameBytes = config.frameTargetBytes
    this.verifier = new ChunkVerifier(kind === 'tree' ? keys.treeChunkKey : keys.dataChunkKey)
    this.#frame = new FrameBuffer(Buffer.allocUnsafeSlow(this.#frameBytes * 2))
    this.#builder = new PackBuilder({
      kind,
      sealing,
      compressor: level === undefined ? undefined : createCompressor(level),
      targetBytes: packBytes,
      allocate: (needed) => Buffer.allocUnsafeSlow(Math.max(needed, packCapacity(packBytes, this.#frameBytes * 2))),
      emit,
    })
  }

  addFrame(body: Parameters<PackBuilder['addBody']>[0], lengths: readonly number[], ids: Uint8Array): void {
    this.#builder.addBody(body, lengths, ids)
  }

  addChunk(bytes: Uint8Array, id: Uint8Array): void {
    if (this.#frame.filled + bytes.length > this.#frame.memory.length) {
      this.#flush()
      if (bytes.length > this.#frame.memory.length) this.#frame = new FrameBuffer(Buffer.allocUnsafeSlow(bytes.length))
    }
    this.#frame.memory.set(bytes, this.#frame.filled)
    this.#frame.take(this.#frame.filled, bytes.length, id)
    if (this.#frame.isFull(this.#frameBytes)) this.#flush()
  }

  finish(): void {
    this.#flush()
    this.#builder.finish()
  }

  #flush(): void {
    if (this.#frame.filled === 0) return
    this.#builder.addFrame(this.#frame.raw, this.#frame.lengths, this.#frame.ids)
    this.#frame.clear()
  }
}
