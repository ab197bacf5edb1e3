/**
 * Reads chunks of one kind, and keeps the frames that were opened last. For trees, and for a file or a few; restore has a plan of its own.
 *
 * A cache is told how much of a pack is wanted: the first few frames alone, so that a path is found without fetching whole packs; and all
 * of it once a reader wants more, for then it walks the whole tree.
 *
 * While it is open others may remove the pack that it counts on, and a chunk may lie in a second one: so what cannot be read is looked up
 * in the index of now before that counts as damage.
 */
import type {Backend} from '../backend/backend.js'
import {isDamage, isPocketError, PocketError} from '../errors.js'
import {HEAD_BYTES} from '../format/head.js'
import type {ChunkReference} from '../format/reference.js'
import type {ObjectId} from '../id.js'
import {toHex} from '../util/bytes.js'
import type {ChunkIndex, ChunkKind, FrameLocation} from './chunk-index.js'
import {packName} from './names.js'
import {ChunkVerifier, describeFrame, FrameOpener} from './pack-reader.js'
import type {SealingContext} from './sealing.js'

const KEPT_BYTES = 12 * 1024 * 1024
/** As many frames of a pack as a path to a file may lead through. */
const SPARSE_FRAMES = 6
/** So many packs a reader looks for other copies of at most: each time the index is loaded. */
const MOST_RELOADS = 16

export interface ChunkReaderOptions {
  backend: Backend
  sealing: SealingContext
  index: ChunkIndex
  kind: ChunkKind
  /** That of the kind; undefined for data in a repository without encryption. */
  chunkKey: Uint8Array | undefined
  /** Loads the index as it is now, in which `suspect`, a pack that could not be read, is read from last. Not given: damage is final. */
  reload?: (suspect: ObjectId | undefined, damage: PocketError) => Promise<ChunkIndex>
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
  /** By the pack's name: how many of its frames have been asked for. */
  readonly #asked = new Map<string, number>()
  #wantsAll = false
  readonly #options: ChunkReaderOptions
  /** Reads by way of an index that was loaded later. */
  #successor: Promise<ChunkReader> | undefined
  /** What the index was loaded anew for: packs, or a chunk that was in none. Shared with the successors. */
  #tried = new Set<ObjectId | undefined>()

  constructor(options: ChunkReaderOptions) {
    const {backend, sealing, index, kind, chunkKey} = options
    this.#options = options
    this.#backend = backend
    this.#index = index
    this.#kind = kind
    this.#opener = new FrameOpener(sealing)
    this.#verifier = new ChunkVerifier(chunkKey)
  }

  /** Most of what there is will be read: packs are fetched whole from now on, where a cache keeps them. */
  expectAll(): void {
    this.#wantsAll = true
  }

  /**
   * The chunk's bytes, checked against its id; a view of a frame that others are given too. What could not be read is tried anew by
   * the next call. Throws `chunk-missing`, `object-missing`, `damaged-frame`, `damaged-chunk`, and the backend's errors.
   */
  async read(reference: ChunkReference): Promise<Uint8Array> {
    if (this.#successor) return (await this.#successor).read(reference)
    try {
      return await this.#readHere(reference)
    } catch (error) {
      if (!isDamage(error) || !this.#options.reload) throw error
      return this.#readElsewhere(reference, error)
    }
  }

  /** Throws `damage`, with which it was found, unless the index of now leads to the chunk. */
  async #readElsewhere(reference: ChunkReference, damage: PocketError): Promise<Uint8Array> {
    const location = this.#index.locate(reference.id)
    const suspect = location && this.#index.frame(location.frame).pack.id
    if (!this.#successor) {
      if (this.#tried.has(suspect) || this.#tried.size >= MOST_RELOADS) throw damage
      this.#tried.add(suspect)
      this.#successor = this.#succeed(suspect, damage)
      // The next who cannot read something tries again.
      this.#successor.catch(() => (this.#successor = undefined))
    }
    const successor = await this.#successor
    try {
      return await successor.read(reference)
    } catch (error) {
      throw isDamage(error) ? damage : error
    }
  }

  async #succeed(suspect: ObjectId | undefined, damage: PocketError): Promise<ChunkReader> {
    const index = await this.#options.reload!(suspect, damage)
    const successor = new ChunkReader({...this.#options, index})
    successor.#tried = this.#tried
    successor.#wantsAll = this.#wantsAll
    this.#frames.clear()
    return successor
  }

  async #readHere({id, length}: ChunkReference): Promise<Uint8Array> {
    const location = this.#index.locate(id)
    if (!location) throw this.#missing(id)
    const cut = (frame: Uint8Array): Uint8Array => {
      const bytes = frame.subarray(location.offset, location.offset + length)
      this.#verifier.verify(bytes, id, {packId: this.#index.frame(location.frame).pack.id})
      return bytes
    }
    const frame = this.#frame(location.frame, (number) => this.#open(number))
    try {
      return cut(await frame)
    } catch (error) {
      // The frame could be opened all the same, as one can that is not sealed.
      if (!isPocketError(error, 'damaged-chunk')) throw error
    }
    if (this.#frames.get(location.frame) === frame) this.#drop(location.frame)
    return cut(await this.#frame(location.frame, (number) => this.#openFresh(number)))
  }

  /** The frame, opened by `open` unless it is kept. */
  #frame(number: number, open: (number: number) => Promise<Uint8Array>): Promise<Uint8Array> {
    const kept = this.#frames.get(number)
    if (kept) {
      this.#frames.delete(number)
      this.#frames.set(number, kept)
      return kept
    }
    const opened = open(number)
    this.#frames.set(number, opened)
    this.#keptBytes += this.#index.frame(number).rawLength
    this.#evict()
    opened.catch(() => {
      if (this.#frames.get(number) === opened) this.#drop(number)
    })
    return opened
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
    const {head, stored} = await this.#fetch(frame)
    try {
      return this.#opener.openFrame(head, stored, describeFrame(frame))
    } catch (error) {
      if (!isPocketError(error, 'damaged-frame')) throw error
      return this.#openFresh(number)
    }
  }

  /** What is damaged in the repository is so each time; what became so on the way, or in the cache, is not. */
  async #openFresh(number: number): Promise<Uint8Array> {
    const frame = this.#index.frame(number)
    const name = packName(frame.pack.id)
    const head = this.#keepHead(name, this.#backend.get(name, {range: {start: 0, length: HEAD_BYTES}, isFresh: true}))
    const range = {start: frame.offset, length: frame.storedLength}
    const [headBytes, stored] = await Promise.all([head, this.#backend.get(name, {range, isFresh: true})])
    return this.#opener.openFrame(headBytes, stored, describeFrame(frame))
  }

  /** The head and the frame with one request where they are near each other, and at the same time where they are not. */
  async #fetch(frame: FrameLocation): Promise<{head: Uint8Array; stored: Uint8Array}> {
    const {offset, storedLength} = frame
    const name = packName(frame.pack.id)
    const isSparse = this.#isSparse(name, frame)
    const get = (start: number, end: number): Promise<Uint8Array> =>
      this.#backend.get(name, {range: {start, length: end - start}, isSparse})
    const known = this.#heads.get(name)
    if (known || offset > this.#backend.access.gapBytes) {
      const own = (): Promise<Uint8Array> => this.#keepHead(name, get(0, HEAD_BYTES))
      // Where it was to come with another frame that cannot be had, it is asked for alone.
      const head = known?.catch(own) ?? own()
      const [headBytes, stored] = await Promise.all([head, get(offset, offset + storedLength)])
      return {head: headBytes, stored}
    }
    const both = get(0, offset + storedLength)
    // A copy, so that it does not hold the frame.
    const head = this.#keepHead(
      name,
      both.then((bytes) => Uint8Array.from(bytes.subarray(0, HEAD_BYTES))),
    )
    return {head: await head, stored: (await both).subarray(offset)}
  }

  /** Whether little of the pack is wanted; counts the frame. */
  #isSparse(name: string, {pack, storedLength}: FrameLocation): boolean {
    const asked = (this.#asked.get(name) ?? 0) + 1
    this.#asked.set(name, asked)
    if (asked > SPARSE_FRAMES) this.#wantsAll = true
    return !this.#wantsAll && pack.sizeBytes - storedLength > this.#backend.access.gapBytes
  }

  /** Keeps the head for the next who needs it, unless it cannot be had. */
  #keepHead(name: string, head: Promise<Uint8Array>): Promise<Uint8Array> {
    this.#heads.set(name, head)
    head.catch(() => {
      if (this.#heads.get(name) === head) this.#heads.delete(name)
    })
    return head
  }

  #missing(id: Uint8Array): PocketError {
    const what = this.#kind === 'tree' ? 'tree chunk' : 'chunk'
    return new PocketError('chunk-missing', `${what} '${toHex(id.subarray(0, 4))}' is in no pack that the index names`, {
      hint: "'pocket repair index' finds what a lost index object had named; what is in no pack any more is stored anew by a snapshot of the sources",
    })
  }
}
