/** Reads data chunks in the order asked for, keeping the frames that were opened last. For a file or a few; restore has a plan of its own. */
import {PocketError} from '../errors.js'
import {HEAD_BYTES} from '../format/head.js'
import type {ChunkReference} from '../format/reference.js'
import {toHex} from '../util/bytes.js'
import {packName} from './names.js'
import {ChunkVerifier, describeFrame, FrameOpener} from './pack-reader.js'
import type {Repository} from './repository.js'

const KEPT_FRAMES = 8

export class ChunkReader {
  readonly #repository: Repository
  readonly #opener: FrameOpener
  readonly #verifier: ChunkVerifier
  readonly #frames = new Map<number, Promise<Uint8Array>>()

  constructor(repository: Repository) {
    this.#repository = repository
    this.#opener = new FrameOpener(repository.sealing)
    this.#verifier = new ChunkVerifier(repository.keys.dataChunkKey)
  }

  /** The chunk's bytes, checked against its id. Throws `chunk-missing`, `object-missing`, `damaged-frame`, `damaged-chunk`. */
  async read({id, length}: ChunkReference): Promise<Uint8Array> {
    const index = await this.#repository.loadIndex()
    const location = index.locate(id)
    if (!location) throw chunkMissing(id)
    const frame = await this.#frame(location.frame)
    const bytes = frame.subarray(location.offset, location.offset + length)
    this.#verifier.verify(bytes, id)
    return bytes
  }

  #frame(number: number): Promise<Uint8Array> {
    const kept = this.#frames.get(number)
    if (kept) return kept
    const opened = this.#open(number)
    this.#frames.set(number, opened)
    for (const oldest of this.#frames.keys()) {
      if (this.#frames.size <= KEPT_FRAMES) break
      this.#frames.delete(oldest)
    }
    return opened
  }

  async #open(number: number): Promise<Uint8Array> {
    const frame = (await this.#repository.loadIndex()).frame(number)
    const {backend} = this.#repository
    const name = packName(frame.pack.id)
    const head = await backend.get(name, {range: {start: 0, length: HEAD_BYTES}})
    const stored = await backend.get(name, {range: {start: frame.offset, length: frame.storedLength}})
    return this.#opener.openFrame(head, stored, describeFrame(frame))
  }
}

export function chunkMissing(id: Uint8Array): PocketError {
  return new PocketError('chunk-missing', `chunk '${toHex(id.subarray(0, 4))}' is in no pack that the index names`, {
    hint: 'an index object or a pack is lost or damaged; snapshot the source again to store the chunk anew',
  })
}
