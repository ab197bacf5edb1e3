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
import {FramePacker} from '../repository/frame-packer.js'
import type {FinishedPack} from '../repository/pack-builder.js'
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

/** What is needed of a pack. */
export interface FetchedPack {
  pack: IndexedPack
  /** Of each chunk of the pack, whether it is needed. */
  isUsed: boolean[]
  needed: NeededFrame[]
  frames: FetchedFrames
}

export class Repack {
  readonly #options: RepackOptions
  readonly #opener: FrameOpener
  readonly #packers: Record<ChunkKind, FramePacker>
  readonly #verifiers: Record<ChunkKind, ChunkVerifier>

  constructor(options: RepackOptions) {
    this.#options = options
    const {repository} = options
    this.#opener = new FrameOpener(repository.sealing)
    const {dataChunkKey, treeChunkKey} = repository.keys
    this.#verifiers = {data: new ChunkVerifier(dataChunkKey), tree: new ChunkVerifier(treeChunkKey)}
    this.#packers = repackPackers(options)
  }

  /** Fetches what is needed of `pack`; several may be on their way. Throws what is no damage. */
  async fetch(pack: IndexedPack): Promise<FetchedPack> {
    const {index, used} = this.#options
    const isUsed = usedInPack(pack, index, used)
    const needed = this.#neededFrames(pack, isUsed)
    return {pack, isUsed, needed, frames: await this.#fetch(pack, needed)}
  }

  /** Takes over what was fetched. Packs that are taken in the same order come out the same. */
  take({pack, isUsed, needed, frames}: FetchedPack): void {
    for (const frame of needed) {
      try {
        this.#takeFrame(pack, frame, isUsed, frames)
      } catch (error) {
        if (!isDamage(error)) throw error
        this.#options.onDamaged(pack.id, error)
      }
    }
  }

  /** Everything that was gathered is handed over. */
  finish(): void {
    for (const packer of Object.values(this.#packers)) packer.finish()
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
    const packer = this.#packers[pack.kind]
    const location = index.frame(index.pack(pack.id).firstFrame + ordinal)
    const lengths = Array.from(directory.chunkLengths.subarray(chunk, end))
    const ids = directory.chunkIds.subarray(chunk * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES)
    if (isDryRun && frame.isWhole) {
      const body = new Uint8Array(location.storedLength - sealOverhead(repository.sealing))
      return packer.addBody({body, rawLength: location.rawLength, isCompressed: location.isCompressed}, lengths, ids)
    }
    const bytes = stored.get(ordinal)
    // Told already.
    if (!bytes) return
    const {body, raw} = this.#opener.openBody(head, bytes, describeFrame(location))
    if (!frame.isWhole) return this.#takeChunks(pack, frame, isUsed, raw)
    verifyChunks(this.#verifiers[pack.kind], raw, {directory, chunk, end, packId: pack.id})
    packer.addBody({body, rawLength: raw.length, isCompressed: location.isCompressed}, lengths, ids)
  }

  /** Of the others it does not matter whether they are whole. */
  #takeChunks({id: packId, kind, directory}: IndexedPack, {chunk, end}: NeededFrame, isUsed: readonly boolean[], raw: Uint8Array): void {
    const {chunkIds, chunkLengths} = directory
    const taken: {bytes: Uint8Array; id: Uint8Array}[] = []
    let offset = 0
    for (let number = chunk; number < end; number++) {
      const bytes = raw.subarray(offset, offset + chunkLengths[number])
      offset += bytes.length
      if (!isUsed[number]) continue
      this.#verifiers[kind].verify(bytes, chunkIds, {offset: number * CHUNK_ID_BYTES, packId})
      taken.push({bytes, id: chunkIds.subarray(number * CHUNK_ID_BYTES, (number + 1) * CHUNK_ID_BYTES)})
    }
    for (const {bytes, id} of taken) this.#packers[kind].addChunk(bytes, id)
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

/** Fill packs of either kind. */
export function repackPackers({
  repository,
  index,
  level,
  emit,
}: Pick<RepackOptions, 'repository' | 'index' | 'level' | 'emit'>): Record<ChunkKind, FramePacker> {
  const {sealing, config} = repository
  const packBytes = repository.packBytes(index)
  const packerOf = (kind: ChunkKind, bytes: number): FramePacker => {
    const compressor = level === undefined ? undefined : createCompressor(level)
    return new FramePacker({kind, sealing, compressor, frameBytes: config.frameTargetBytes, packBytes: bytes, emit})
  }
  return {data: packerOf('data', packBytes), tree: packerOf('tree', Math.min(packBytes, MAX_TREE_PACK_BYTES))}
}
