/** Fills packs: docs/repository-format.md, "Packs". Synchronous, so that a worker can use it between two reads. */
import {compressRecord} from '../compression/record.js'
import {type Compressor, sharedCompressor} from '../compression/zstd.js'
import {type Blake3, createHasher} from '../crypto/blake3.js'
import {TAG_BYTES} from '../crypto/seal.js'
import {CODEC, directoryBytes, encodeDirectory, type PackDirectory} from '../format/directory.js'
import {HEAD_BYTES, KIND} from '../format/head.js'
import type {ObjectId} from '../id.js'
import {toHex} from '../util/bytes.js'
import type {ChunkKind} from './chunk-index.js'
import {MAX_FRAME_CHUNKS} from './frame-buffer.js'
import {createSeal, DIRECTORY_PIECE, type ObjectSeal, sealOverhead, type SealingContext} from './sealing.js'

export const PACK_TRAILER = new Uint8Array([0x50, 0x44, 0x49, 0x52])
export const PACK_FOOTER_BYTES = 8
const ID_BYTES = 32
const DIRECTORY_LEVEL = 1
/** What compression that does not help, sealing and the footer add at most to a directory, beside a 256th of it. */
const DIRECTORY_EXTRA_BYTES = 256

export interface FinishedPack {
  id: ObjectId
  kind: ChunkKind
  /** The pack as it is to be stored; a view of the memory that `allocate` gave. */
  bytes: Uint8Array
  directory: PackDirectory
}

/** A frame as it is before it is sealed. */
export interface FrameBody {
  body: Uint8Array
  rawLength: number
  isCompressed: boolean
}

export interface PackBuilderOptions {
  kind: ChunkKind
  sealing: SealingContext
  /** Undefined stores frames as they are. */
  compressor: Compressor | undefined
  /** A pack is finished once it has so many bytes. */
  targetBytes: number
  /** Gives the memory of the next pack: at least `neededBytes`, and best `packCapacity` of the target. */
  allocate: (neededBytes: number) => Uint8Array
  /** Takes a finished pack, and with it the memory it lies in. */
  emit: (pack: FinishedPack) => void
}

/**
 * The bytes of memory for packs that are finished at `targetBytes`: any frame that a `FrameBuffer` gathers fits in an empty pack, and
 * an eighth of the target is for the directory of the others. A pack with a larger one is finished earlier.
 */
export function packCapacity(targetBytes: number, maxFrameBytes: number): number {
  const oneFrame = HEAD_BYTES + maxFrameBytes + TAG_BYTES + directoryBound(1, MAX_FRAME_CHUNKS)
  return targetBytes + oneFrame + Math.ceil(targetBytes / 8)
}

/** The most bytes that the directory of so many frames and chunks takes with the footer, sealed. */
function directoryBound(frames: number, chunks: number): number {
  const plain = directoryBytes(frames, chunks)
  return plain + Math.ceil(plain / 256) + DIRECTORY_EXTRA_BYTES
}

export class PackBuilder {
  readonly #options: PackBuilderOptions
  readonly #hasher: Blake3 = createHasher()
  #open: OpenPack | undefined

  constructor(options: PackBuilderOptions) {
    this.#options = options
  }

  /** Stored bytes of the frames in the pack that is not finished yet. */
  get pendingBytes(): number {
    return this.#open?.used ?? 0
  }

  /**
   * Adds a frame of chunks: `raw` is the chunks one after the other, `lengths` and `ids` (32 bytes each) name them.
   * Returns the number of stored bytes. `raw` may be overwritten afterwards.
   */
  addFrame(raw: Uint8Array, lengths: readonly number[], ids: Uint8Array): number {
    const compressed = this.#options.compressor?.compress(raw)
    const isSmaller = compressed !== undefined && compressed.length < raw.length
    return this.addBody({body: isSmaller ? compressed : raw, rawLength: raw.length, isCompressed: isSmaller}, lengths, ids)
  }

  /** As `addFrame`, for a frame whose `body` is compressed already, or is to stay as it is. */
  addBody({body, rawLength, isCompressed}: FrameBody, lengths: readonly number[], ids: Uint8Array): number {
    const frameBytes = body.length + sealOverhead(this.#options.sealing)
    if (this.#open && !hasRoom(this.#open, frameBytes, lengths.length)) this.finish()
    this.#open ??= this.#begin(HEAD_BYTES + frameBytes + directoryBound(1, lengths.length))
    const pack = this.#open
    const storedLength = this.#appendSealed(pack, pack.frames.length, body)
    pack.frames.push({storedLength, rawLength, chunkCount: lengths.length, codec: isCompressed ? CODEC.zstd : CODEC.stored})
    for (const length of lengths) pack.lengths.push(length)
    pack.ids.push(ids.slice(0, lengths.length * ID_BYTES))
    if (pack.used >= this.#options.targetBytes) this.finish()
    return storedLength
  }

  /** Hands over the pack that is being filled, if there is one. */
  finish(): void {
    const pack = this.#open
    if (!pack) return
    this.#open = undefined
    const directory = directoryOf(pack)
    const sealedLength = this.#appendSealed(
      pack,
      DIRECTORY_PIECE,
      compressRecord(sharedCompressor(DIRECTORY_LEVEL), encodeDirectory(directory)),
    )
    const footer = new Uint8Array(PACK_FOOTER_BYTES)
    new DataView(footer.buffer).setUint32(0, sealedLength, true)
    footer.set(PACK_TRAILER, 4)
    this.#append(pack, footer)
    const id = toHex(this.#hasher.digest()) as ObjectId
    this.#options.emit({id, kind: this.#options.kind, bytes: pack.memory.subarray(0, pack.used), directory})
  }

  #begin(neededBytes: number): OpenPack {
    const {sealing, kind, allocate} = this.#options
    const seal = createSeal(sealing, kind === 'data' ? KIND.dataPack : KIND.treePack)
    const pack: OpenPack = {seal, memory: allocate(neededBytes), used: 0, frames: [], lengths: [], ids: []}
    if (pack.memory.length < neededBytes) throw new RangeError(`${pack.memory.length} bytes are too few for a pack of ${neededBytes}`)
    this.#hasher.reset()
    this.#append(pack, seal.head)
    return pack
  }

  /** Seals `plain` as the piece number `counter`; returns its stored length. */
  #appendSealed(pack: OpenPack, counter: number, plain: Uint8Array): number {
    const start = pack.used
    for (const part of pack.seal.seal(counter, plain)) this.#append(pack, part)
    return pack.used - start
  }

  #append(pack: OpenPack, bytes: Uint8Array): void {
    pack.memory.set(bytes, pack.used)
    pack.used += bytes.length
    this.#hasher.update(bytes)
  }
}

interface OpenPack {
  seal: ObjectSeal
  memory: Uint8Array
  used: number
  frames: {storedLength: number; rawLength: number; chunkCount: number; codec: number}[]
  lengths: number[]
  ids: Uint8Array[]
}

function hasRoom({memory, used, frames, lengths}: OpenPack, frameBytes: number, chunks: number): boolean {
  return used + frameBytes + directoryBound(frames.length + 1, lengths.length + chunks) <= memory.length
}

function directoryOf({frames, lengths, ids}: OpenPack): PackDirectory {
  const chunkIds = new Uint8Array(lengths.length * ID_BYTES)
  let offset = 0
  for (const part of ids) {
    chunkIds.set(part, offset)
    offset += part.length
  }
  return {
    frameStoredLengths: Uint32Array.from(frames, (frame) => frame.storedLength),
    frameRawLengths: Uint32Array.from(frames, (frame) => frame.rawLength),
    frameChunkCounts: Uint32Array.from(frames, (frame) => frame.chunkCount),
    frameCodecs: Uint32Array.from(frames, (frame) => frame.codec),
    chunkLengths: Uint32Array.from(lengths),
    chunkIds,
  }
}
