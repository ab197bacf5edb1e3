/** Reads chunks of one kind, and keeps the frames that were opened last. For trees, and for a file or a few; restore has a plan of its own. */
import type {Backend} from '../backend/backend.js'
import {PocketError} from '../errors.js'
import {HEAD_BYTES} from '../format/head.js'
import type {ChunkReference} from '../format/reference.js'
import {toHex} from '../util/bytes.js'
import type {ChunkIndex, ChunkKind} from './chunk-index.js'
import {packName} from './names.js'
import {ChunkVerifier, describeFrame, FrameOpener} from './pack-reader.js'
import type {SealingContext} from './sealing.js'

const KEPT_BYTES = 12 * 1024 * 1024

export interface ChunkReaderOptions {
  backend: Backend
  sealing: SealingContext
  index: ChunkIndex
  kind: ChunkKind
  /** That of the kind; undefined for data in a repository without encryption. */
  chunkKey: Uint8Array | undefined
}

export class ChunkReader {
  readonly #backend: Backend
  readonly #index: ChunkIndex
  readonly #kind: ChunkKind
  readonly #opener: FrameOpener
  readonly #verifier: ChunkVerifier
  readonly #heads = new Map<string, Promise<Uint8Array>>()
  /** Opened frames by their number in the index, the least recently used first. */
  readonly #frames = new Map<number, Promise<Uint8Array>>()
  #keptBytes = 0

  constructor({backend, sealing, index, kind, chunkKey}: ChunkReaderOptions) {
    this.#backend = backend
    this.#index = index
    this.#kind = kind
    this.#opener = new FrameOpener(sealing)
    this.#verifier = new ChunkVerifier(chunkKey)
  }

  /**
   * The chunk's bytes, checked against its id; a view of a frame that others are given too. What could not be read is tried anew by
   * the next call. Throws `chunk-missing`, `object-missing`, `damaged-frame`, `damaged-chunk`, and the backend's errors.
   */
  async read({id, length}: ChunkReference): Promise<Uint8Array> {
    const location = this.#index.locate(id)
    if (!location) throw this.#missing(id)
    const frame = await this.#frame(location.frame)
    const bytes = frame.subarray(location.offset, location.offset + length)
    this.#verifier.verify(bytes, id, {packId: this.#index.frame(location.frame).pack.id})
    return bytes
  }

  async #frame(number: number): Promise<Uint8Array> {
    const kept = this.#frames.get(number)
    if (kept) {
      this.#frames.delete(number)
      this.#frames.set(number, kept)
      return kept
    }
    const opened = this.#open(number)
    this.#frames.set(number, opened)
    this.#keptBytes += this.#index.frame(number).rawLength
    this.#evict()
    try {
      return await opened
    } catch (error) {
      if (this.#frames.get(number) === opened) this.#drop(number)
      throw error
    }
  }

  #evict(): void {
    for (const number of this.#frames.keys()) {
      if (this.#keptBytes <= KEPT_BYTES || this.#frames.size === 1) return
      this.#drop(number)
    }
  }

  #drop(number: number): void {
    this.#frames.delete(number)
    this.#keptBytes -= this.#index.frame(number).rawLength
  }

  async #open(number: number): Promise<Uint8Array> {
    const frame = this.#index.frame(number)
    const name = packName(frame.pack.id)
    const head = await this.#head(name)
    const stored = await this.#backend.get(name, {range: {start: frame.offset, length: frame.storedLength}})
    return this.#opener.openFrame(head, stored, describeFrame(frame))
  }

  async #head(name: string): Promise<Uint8Array> {
    const kept = this.#heads.get(name)
    if (kept) return kept
    const head = this.#backend.get(name, {range: {start: 0, length: HEAD_BYTES}})
    this.#heads.set(name, head)
    try {
      return await head
    } catch (error) {
      this.#heads.delete(name)
      throw error
    }
  }

  #missing(id: Uint8Array): PocketError {
    const what = this.#kind === 'tree' ? 'tree chunk' : 'chunk'
    return new PocketError('chunk-missing', `${what} '${toHex(id.subarray(0, 4))}' is in no pack that the index names`, {
      hint: 'an index object or a pack is lost or damaged; snapshot the sources again: what is lost is stored anew',
    })
  }
}
