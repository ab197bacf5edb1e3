/** Fetches the bytes of spans: each with one request, the pack's head with it where that lies near, and no frame twice that is kept. */
import type {Backend} from '../backend/backend.js'
import {isPocketError} from '../errors.js'
import {HEAD_BYTES} from '../format/head.js'
import type {ChunkIndex, FrameLocation} from '../repository/chunk-index.js'
import {packName} from '../repository/names.js'
import {concatBytes} from '../util/bytes.js'
import {inAdvance} from '../util/concurrency.js'
import type {KeptFrames} from './kept-frames.js'
import type {GroupBytes} from './restore-jobs.js'
import type {Span} from './restore-spans.js'
import type {FrameGroup} from './restore-window.js'

export interface RestoreFetchOptions {
  backend: Backend
  index: ChunkIndex
  kept: KeptFrames | undefined
}

export class RestoreFetch {
  readonly #backend: Backend
  readonly #index: ChunkIndex
  readonly #kept: KeptFrames | undefined
  /** By the pack's name; also those that are on their way. */
  readonly #heads = new Map<string, Promise<Uint8Array>>()

  constructor({backend, index, kept}: RestoreFetchOptions) {
    this.#backend = backend
    this.#index = index
    this.#kept = kept
  }

  /** The bytes of each group of `span`; each may be transferred if it is all of its buffer. Throws what the backend throws. */
  async fetch(span: Span): Promise<GroupBytes[]> {
    if (span.isKept) return [await this.#assemble(span.groups[0])]
    const name = packName(span.pack.id)
    const isFromStart = !this.#heads.has(name) && span.start <= this.#backend.access.gapBytes
    const start = isFromStart ? 0 : span.start
    const range = this.#backend.get(name, {range: {start, length: span.start + span.length - start}})
    // Should the range fail, those who count on the head in it must not.
    if (isFromStart) {
      const head = range.then(
        (bytes) => copyOf(bytes, 0, HEAD_BYTES),
        () => this.#getHead(name),
      )
      this.#heads.set(name, inAdvance(head))
    }
    this.#keep(span, start, range)
    const [bytes, head] = await Promise.all([range, this.#head(name)])
    if (span.groups.length === 1 && !isFromStart) return [{head, stored: bytes}]
    return span.groups.map((group) => ({head, stored: copyOf(bytes, group.start - start, group.length)}))
  }

  /** The bytes of `group` once more, past any copy on the way: those that came first were damaged. */
  async fetchAgain(group: FrameGroup): Promise<GroupBytes> {
    const name = packName(group.frames[0].pack.id)
    for (const number of group.numbers) this.#kept?.drop(number)
    const head = this.#backend.get(name, {range: {start: 0, length: HEAD_BYTES}, isFresh: true})
    this.#heads.set(name, inAdvance(head))
    const stored = group.isKept
      ? Promise.all(group.frames.map((frame) => this.#getFrame(frame))).then(concatBytes)
      : this.#backend.get(name, {range: {start: group.start, length: group.length}, isFresh: true})
    const [headBytes, storedBytes] = await Promise.all([head, stored])
    return {head: headBytes, stored: storedBytes}
  }

  /** Keeps the frames within `range` that are needed later, also those that were only read over. */
  #keep({groups}: Span, start: number, range: Promise<Uint8Array>): void {
    const kept = this.#kept
    if (!kept) return
    const last = groups[groups.length - 1].numbers
    for (let number = groups[0].numbers[0]; number <= last[last.length - 1]; number++) {
      if (!kept.isNeeded(number)) continue
      const {offset, storedLength} = this.#index.frame(number)
      const place = offset - start
      kept.keep(
        number,
        storedLength,
        range.then((bytes) => copyOf(bytes, place, storedLength)),
      )
    }
  }

  /** Those frames of a kept group that are gone all the same are fetched one by one. */
  async #assemble({numbers, frames}: FrameGroup): Promise<GroupBytes> {
    const head = inAdvance(this.#head(packName(frames[0].pack.id)))
    const read = async (number: number, index: number): Promise<Uint8Array> =>
      (await this.#kept?.read(number)) ?? this.#getFrame(frames[index])
    const stored = concatBytes(await Promise.all(numbers.map(read)))
    return {head: await head, stored}
  }

  #getFrame({pack, offset, storedLength}: FrameLocation): Promise<Uint8Array> {
    return this.#backend.get(packName(pack.id), {range: {start: offset, length: storedLength}, isFresh: true})
  }

  #head(name: string): Promise<Uint8Array> {
    return this.#heads.get(name) ?? this.#getHead(name)
  }

  #getHead(name: string): Promise<Uint8Array> {
    const head = this.#backend.get(name, {range: {start: 0, length: HEAD_BYTES}})
    this.#heads.set(name, head)
    head.catch((error: unknown) => {
      // Who needs it next asks again.
      if (isPocketError(error) && this.#heads.get(name) === head) this.#heads.delete(name)
    })
    return head
  }
}

/** Not `slice`, which gives a view of a Buffer: what is kept must not keep all of it, and what is transferred must be alone. */
function copyOf(bytes: Uint8Array, start: number, length: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, start + length)
}
