/**
 * The second step of copying a snapshot: reads chunks of data from the source in the order in which they lie there, and adds those that
 * the target lacks. A frame that is wanted wholly is sealed again as it is. Every chunk is checked against its hash on the way.
 */
import {createCompressor} from '../compression/zstd.js'
import {isDamage, PocketError} from '../errors.js'
import {ClaimTable} from '../repository/claim-table.js'
import {FramePacker} from '../repository/frame-packer.js'
import {ChunkVerifier, describeFrame, FrameOpener} from '../repository/pack-reader.js'
import type {WriteSession} from '../repository/write-session.js'
import {concatBytes} from '../util/bytes.js'
import {inAdvance} from '../util/concurrency.js'
import type {CopyMap} from './copy-map.js'
import type {CopySource} from './copy-source.js'
import type {CopyWindow, WantedFrame, WantedStretch} from './copy-window.js'
import {type FetchedFrames, fetchFrames} from './fetch-frames.js'

export interface CopyChunksOptions {
  source: CopySource
  session: WriteSession
  /** Undefined where the keys are the same, and so the ids. */
  map: CopyMap | undefined
  /** zstd level of frames that are made anew; undefined stores them as they are. */
  level: number | undefined
  /** Frames are compressed anew, also those that could stay as they are. */
  isCompressedAnew: boolean
  signal: AbortSignal | undefined
  /** Told after each stretch how many bytes of chunks it held. */
  onRead: (bytes: number) => void
}

/** What is fetched at once: of one pack, in some requests. */
const STRETCH_BYTES = 16 * 1024 * 1024
/** Stretches that are under way or waiting while one is worked on. */
const STRETCHES_AHEAD = 3
/** A frame that is so much smaller or larger than new ones is made anew. */
const SMALL = 0.5
const LARGE = 2

interface OpenChunk {
  place: number
  bytes: Uint8Array
  /** In the target. */
  id: Uint8Array
}

export class CopyChunks {
  readonly #options: CopyChunksOptions
  readonly #opener: FrameOpener
  readonly #claims: ClaimTable
  readonly #verifier: ChunkVerifier
  readonly #namer: ChunkVerifier
  readonly #packer: FramePacker
  readonly #frameBytes: number
  /** Of chunks that the target lacked. */
  readonly totals = {chunks: 0, rawBytes: 0}

  constructor(options: CopyChunksOptions) {
    this.#options = options
    const {source, session, level} = options
    const {repository: to, index} = session
    this.#opener = new FrameOpener(source.repository.sealing)
    this.#claims = new ClaimTable(session.claims)
    this.#verifier = new ChunkVerifier(source.repository.keys.dataChunkKey)
    this.#namer = new ChunkVerifier(to.keys.dataChunkKey)
    this.#frameBytes = to.config.frameTargetBytes
    this.#packer = new FramePacker({
      kind: 'data',
      sealing: to.sealing,
      compressor: level === undefined ? undefined : createCompressor(level),
      frameBytes: this.#frameBytes,
      packBytes: to.packBytes(index),
      emit: (pack) => session.putPack(pack, () => undefined),
    })
  }

  /** What of it cannot be read from anywhere is noted in the source; then its damage is thrown, when all others have been copied. */
  async copy(window: CopyWindow): Promise<void> {
    const failed: number[] = []
    for await (const {stretch, fetched} of this.#fetchAhead(window)) {
      this.#checkSignal()
      let bytes = 0
      for (const frame of stretch.frames) {
        if (fetched) this.#takeFrame(window, frame, fetched, failed)
        else for (const {place} of frame.chunks) failed.push(place)
        for (const {place} of frame.chunks) bytes += window.lengths[place]
        await this.#options.session.ready()
      }
      this.#options.onRead(bytes)
    }
    if (failed.length > 0) await this.#copyFromElsewhere(window, failed)
  }

  /** Hands over what is gathered. More may be copied afterwards. */
  finish(): void {
    this.#packer.finish()
  }

  #checkSignal(): void {
    if (this.#options.signal?.aborted) throw new PocketError('interrupted', 'the copy was interrupted')
  }

  /** Undefined for what could not be fetched because it is gone or damaged. */
  async *#fetchAhead(window: CopyWindow): AsyncGenerator<{stretch: WantedStretch; fetched: FetchedFrames | undefined}, void> {
    const ahead: {stretch: WantedStretch; fetching: Promise<FetchedFrames | undefined>}[] = []
    for (const stretch of window.stretches(this.#options.source.index, STRETCH_BYTES)) {
      ahead.push({stretch, fetching: inAdvance(this.#fetch(stretch))})
      const first = ahead.length > STRETCHES_AHEAD ? ahead.shift() : undefined
      if (first) yield {stretch: first.stretch, fetched: await first.fetching}
    }
    for (const {stretch, fetching} of ahead) yield {stretch, fetched: await fetching}
  }

  async #fetch({pack, frames}: WantedStretch): Promise<FetchedFrames | undefined> {
    try {
      return await fetchFrames(
        this.#options.source.repository.backend,
        pack,
        frames.map(({location}) => location),
      )
    } catch (error) {
      if (!isDamage(error)) throw error
      return undefined
    }
  }

  #takeFrame(window: CopyWindow, frame: WantedFrame, {head, stored}: FetchedFrames, failed: number[]): void {
    const {location, chunks} = frame
    const bytes = stored.get(location.ordinal)
    let opened: {body: Uint8Array; raw: Uint8Array}
    try {
      if (!bytes) throw new PocketError('damaged-pack', 'a frame did not come')
      opened = this.#opener.openBody(head, bytes, describeFrame(location))
    } catch (error) {
      if (!isDamage(error)) throw error
      for (const {place} of chunks) failed.push(place)
      return
    }
    const open: OpenChunk[] = []
    for (const {place, offset} of chunks) {
      const found = this.#open(window, place, opened.raw.subarray(offset, offset + window.lengths[place]), location.pack.id)
      if (found) open.push(found)
      else failed.push(place)
    }
    this.#add(frame, open, opened)
  }

  /** Undefined when it is not what its hash says. */
  #open(window: CopyWindow, place: number, bytes: Uint8Array, packId: string): OpenChunk | undefined {
    const {id} = window.referenceAt(place)
    try {
      this.#verifier.verify(bytes, id, {packId})
    } catch (error) {
      if (!isDamage(error)) throw error
      return undefined
    }
    return {place, bytes, id: this.#name(window, place, bytes)}
  }

  #name(window: CopyWindow, place: number, bytes: Uint8Array): Uint8Array {
    const {map} = this.#options
    if (!map) return window.referenceAt(place).id
    const id = this.#namer.idOf(bytes)
    map.set(window.slots[place], id)
    return id
  }

  #add({location}: WantedFrame, open: readonly OpenChunk[], {body, raw}: {body: Uint8Array; raw: Uint8Array}): void {
    const lacked = open.filter(({id, bytes}) => this.#claim(id, bytes.length))
    const lackedBytes = lacked.reduce((sum, {bytes}) => sum + bytes.length, 0)
    if (!this.#mayStay(raw.length, lackedBytes)) {
      for (const {bytes, id} of lacked) this.#packer.addChunk(bytes, id)
      return
    }
    this.#packer.addBody(
      {body, rawLength: raw.length, isCompressed: location.isCompressed},
      lacked.map(({bytes}) => bytes.length),
      concatBytes(lacked.map(({id}) => id)),
    )
  }

  /** Chunks of a frame that are distinct and have its length together are all of it, in its order. */
  #mayStay(rawLength: number, lackedBytes: number): boolean {
    if (this.#options.isCompressedAnew || lackedBytes !== rawLength) return false
    return rawLength >= this.#frameBytes * SMALL && rawLength <= this.#frameBytes * LARGE
  }

  #claim(id: Uint8Array, length: number): boolean {
    if (this.#options.session.index.has(id) || !this.#claims.claim(id, 0)) return false
    this.totals.chunks++
    this.totals.rawBytes += length
    return true
  }

  async #copyFromElsewhere(window: CopyWindow, failed: readonly number[]): Promise<void> {
    const {source, session} = this.#options
    let first: PocketError | undefined
    for (const place of failed) {
      this.#checkSignal()
      try {
        const bytes = await source.readData(window.referenceAt(place))
        const id = this.#name(window, place, bytes)
        if (this.#claim(id, bytes.length)) this.#packer.addChunk(bytes, id)
      } catch (error) {
        if (!isDamage(error)) throw error
        source.lose(window.slots[place], error)
        first ??= error
      }
      await session.ready()
    }
    if (first) throw first
  }
}
