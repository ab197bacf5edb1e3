/** Reads packs: their directory, their frames, and the chunks in them. Nothing is returned before its hash has been checked. */
import type {Backend} from '../backend/backend.js'
import {decompressRecord} from '../compression/record.js'
import {createDecompressor, type Decompressor, sharedDecompressor} from '../compression/zstd.js'
import {type Blake3, createHasher} from '../crypto/blake3.js'
import {type ErrorCode, isPocketError, PocketError} from '../errors.js'
import {decodeDirectory, type PackDirectory} from '../format/directory.js'
import {HEAD_BYTES, KIND, type Kind} from '../format/head.js'
import type {IndexedPack} from '../format/index-record.js'
import {type ObjectId, shortId} from '../id.js'
import type {ChunkKind, FrameLocation} from './chunk-index.js'
import {packName} from './names.js'
import {PACK_FOOTER_BYTES, PACK_TRAILER} from './pack-builder.js'
import {DIRECTORY_PIECE, openSeal, type SealingContext} from './sealing.js'

const ID_BYTES = 32
const FOOTER_GUESS_BYTES = 64 * 1024
/** More than a frame ever has, which may be that of one very large tree page: bounds the memory that a hostile index can ask for. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024
const MAX_DIRECTORY_BYTES = 256 * 1024 * 1024
/** What is no damage of the pack. */
const PASSED_ON: ReadonlySet<ErrorCode> = new Set(['object-missing', 'io-failed', 'permission-denied', 'format-too-new'])

/** What to do about a damaged pack. */
export const REPAIR_PACKS = "snapshot the sources with --force, which stores anew what is lost, then run 'pocket repair packs'"

export function kindOf(kind: ChunkKind): Kind {
  return kind === 'data' ? KIND.dataPack : KIND.treePack
}

/** What a stored pack says that it holds; throws `damaged-pack`, `object-missing`, `format-too-new`. */
export async function readPackDirectory(backend: Backend, sealing: SealingContext, id: ObjectId): Promise<IndexedPack> {
  const name = packName(id)
  const sizeBytes = (await backend.stat(name))?.sizeBytes
  if (sizeBytes === undefined) throw new PocketError('object-missing', `pack '${shortId(id)}' is missing`)
  try {
    if (sizeBytes < HEAD_BYTES + PACK_FOOTER_BYTES) throw new PocketError('damaged-pack', 'it is cut short')
    const head = await backend.get(name, {range: {start: 0, length: HEAD_BYTES}})
    const tail = await readTail(backend, name, sizeBytes)
    const kind: ChunkKind = head[5] === KIND.treePack ? 'tree' : 'data'
    const seal = openSeal(sealing, head, kindOf(kind))
    const directory = decodeDirectory(decompressRecord(sharedDecompressor(), seal.open(DIRECTORY_PIECE, tail), MAX_DIRECTORY_BYTES))
    checkExtent(directory, sizeBytes - tail.length)
    return {id, sizeBytes, kind, directory}
  } catch (error) {
    if (!isPocketError(error) || PASSED_ON.has(error.code)) throw error
    throw new PocketError('damaged-pack', `cannot read the directory of pack '${shortId(id)}': ${error.message}`, {cause: error})
  }
}

async function readTail(backend: Backend, name: string, sizeBytes: number): Promise<Uint8Array> {
  let end = await backend.get(name, {range: {suffix: Math.min(FOOTER_GUESS_BYTES, sizeBytes)}})
  const footer = end.subarray(end.length - PACK_FOOTER_BYTES)
  if (!PACK_TRAILER.every((byte, index) => footer[4 + index] === byte)) throw new PocketError('damaged-pack', 'its end is missing')
  const length = new DataView(footer.buffer, footer.byteOffset, 4).getUint32(0, true)
  const needed = length + PACK_FOOTER_BYTES
  if (needed > sizeBytes - HEAD_BYTES) throw new PocketError('damaged-pack', 'its directory is longer than the pack')
  if (needed > end.length) end = await backend.get(name, {range: {suffix: needed}})
  return end.subarray(end.length - needed, end.length - PACK_FOOTER_BYTES)
}

function checkExtent(directory: PackDirectory, available: number): void {
  let used = HEAD_BYTES
  for (const length of directory.frameStoredLengths) used += length
  if (used !== available - PACK_FOOTER_BYTES) throw new PocketError('damaged-pack', 'its frames do not fill it')
}

/** Opens frames and checks chunks; holds contexts that are costly to make, so keep one. */
export class FrameOpener {
  readonly #sealing: SealingContext
  readonly #decompressor: Decompressor = createDecompressor()

  constructor(sealing: SealingContext) {
    this.#sealing = sealing
  }

  /**
   * The decompressed frame; `stored` are its bytes as they lie in the pack, `head` the pack's first 40 bytes. It is written to the
   * beginning of `target`, if that is given and large enough, and is then a view of it. Throws `damaged-frame`.
   */
  openFrame(head: Uint8Array, stored: Uint8Array, frame: FrameDescription, target?: Uint8Array): Uint8Array {
    return this.openBody(head, stored, frame, target).raw
  }

  /** As `openFrame`, with the frame as it was before it was sealed, which can be sealed again. */
  openBody(head: Uint8Array, stored: Uint8Array, frame: FrameDescription, target?: Uint8Array): {body: Uint8Array; raw: Uint8Array} {
    try {
      if (frame.rawLength > MAX_FRAME_BYTES) throw new PocketError('damaged-frame', 'its length is beyond any that is written')
      const seal = openSeal(this.#sealing, head, kindOf(frame.kind))
      const body = seal.open(frame.ordinal, stored)
      if (frame.isCompressed) return {body, raw: this.#decompress(body, frame.rawLength, target)}
      if (body.length !== frame.rawLength) throw new PocketError('damaged-frame', 'its length is not what the index says')
      return {body, raw: body}
    } catch (error) {
      if (!isPocketError(error)) throw error
      throw new PocketError('damaged-frame', `cannot read frame ${frame.ordinal} of pack '${frame.packId.slice(0, 8)}': ${error.message}`, {
        cause: error,
        hint: REPAIR_PACKS,
      })
    }
  }

  #decompress(body: Uint8Array, rawLength: number, target: Uint8Array | undefined): Uint8Array {
    if (!target || target.length < rawLength) return this.#decompressor.decompress(body, rawLength)
    const frame = target.subarray(0, rawLength)
    this.#decompressor.decompressInto(frame, body)
    return frame
  }
}

export interface FrameDescription {
  packId: string
  kind: ChunkKind
  ordinal: number
  rawLength: number
  isCompressed: boolean
}

export function describeFrame({pack, ordinal, rawLength, isCompressed}: FrameLocation): FrameDescription {
  return {packId: pack.id, kind: pack.kind, ordinal, rawLength, isCompressed}
}

/** Checks chunks against their ids. */
export class ChunkVerifier {
  readonly #hasher: Blake3

  /** `key`: the key of the chunk's kind, undefined for data in a repository without encryption. */
  constructor(key: Uint8Array | undefined) {
    this.#hasher = createHasher(key)
  }

  idOf(bytes: Uint8Array): Uint8Array {
    this.#hasher.reset()
    return this.#hasher.update(bytes).digest()
  }

  /** Throws `damaged-chunk` unless `bytes` are the chunk whose id is at `offset` in `ids`; `packId` says where they are from. */
  verify(bytes: Uint8Array, ids: Uint8Array, {offset = 0, packId}: {offset?: number; packId: string}): void {
    const id = this.idOf(bytes)
    for (let index = 0; index < id.length; index++) if (id[index] !== ids[offset + index]) throw damagedChunk(ids, offset, packId)
  }
}

/** Which chunks of a directory a frame holds. */
export interface ChunksOfFrame {
  directory: PackDirectory
  /** The frame's first chunk, and the first of the next. */
  chunk: number
  end: number
  packId: string
}

/** Checks every chunk of a decompressed frame. Throws `damaged-chunk`. */
export function verifyChunks(verifier: ChunkVerifier, frame: Uint8Array, {directory, chunk, end, packId}: ChunksOfFrame): void {
  let offset = 0
  for (let number = chunk; number < end; number++) {
    const length = directory.chunkLengths[number]
    verifier.verify(frame.subarray(offset, offset + length), directory.chunkIds, {offset: number * ID_BYTES, packId})
    offset += length
  }
}

function damagedChunk(ids: Uint8Array, offset: number, packId: string): PocketError {
  const chunk = Buffer.from(ids.subarray(offset, offset + 4)).toString('hex')
  return new PocketError('damaged-chunk', `chunk '${chunk}' in pack '${packId.slice(0, 8)}' does not match its hash`)
}
