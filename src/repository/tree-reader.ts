/** Reads tree chunks, and keeps the frames that were opened last. */
import type {Backend} from '../backend/backend.js'
import {PocketError} from '../errors.js'
import {HEAD_BYTES} from '../format/head.js'
import type {ChunkReference} from '../format/reference.js'
import {toHex} from '../util/bytes.js'
import type {ChunkIndex} from './chunk-index.js'
import {packName} from './names.js'
import {ChunkVerifier, describeFrame, FrameOpener} from './pack-reader.js'
import type {SealingContext} from './sealing.js'

const KEPT_BYTES = 24 * 1024 * 1024

export interface TreeReaderOptions {
  backend: Backend
  sealing: SealingContext
  treeChunkKey: Uint8Array
  index: ChunkIndex
}

export class TreeReader {
  readonly #backend: Backend
  readonly #index: ChunkIndex
  readonly #opener: FrameOpener
  readonly #verifier: ChunkVerifier
  readonly #heads = new Map<string, Promise<Uint8Array>>()
  /** Opened frames by their number in the index, the least recently used first. */
  readonly #frames = new Map<number, Promise<Uint8Array>>()
  #keptBytes = 0

  constructor({backend, sealing, treeChunkKey, index}: TreeReaderOptions) {
    this.#backend = backend
    this.#index = index
    this.#opener = new FrameOpener(sealing)
    this.#verifier = new ChunkVerifier(treeChunkKey)
  }

  /** The bytes of a tree chunk, checked against its id. Throws `chunk-missing`, `damaged-frame`, `damaged-chunk`, `object-missing`. */
  async read({id, length}: ChunkReference): Promise<Uint8Array> {
    const location = this.#index.locate(id)
    if (!location) {
      throw new PocketError('chunk-missing', `tree chunk '${toHex(id.subarray(0, 4))}' is in no pack that the index names`, {
        hint: 'an index object or a pack is lost or damaged; snapshot the source again to store the tree anew',
      })
    }
    const frame = await this.#frame(location.frame)
    const bytes = frame.subarray(location.offset, location.offset + length)
    this.#verifier.verify(bytes, id)
    return bytes
  }

  #frame(number: number): Promise<Uint8Array> {
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
    return opened
  }

  #evict(): void {
    for (const number of this.#frames.keys()) {
      if (this.#keptBytes <= KEPT_BYTES || this.#frames.size === 1) return
      this.#frames.delete(number)
      this.#keptBytes -= this.#index.frame(number).rawLength
    }
  }

  async #open(number: number): Promise<Uint8Array> {
    const frame = this.#index.frame(number)
    const name = packName(frame.pack.id)
    const head = await this.#head(name)
    const stored = await this.#backend.get(name, {range: {start: frame.offset, length: frame.storedLength}})
    return this.#opener.openFrame(head, stored, describeFrame(frame))
  }

  #head(name: string): Promise<Uint8Array> {
    let head = this.#heads.get(name)
    if (!head) {
      head = this.#backend.get(name, {range: {start: 0, length: HEAD_BYTES}})
      this.#heads.set(name, head)
    }
    return head
  }
}
