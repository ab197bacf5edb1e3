/**
 * Fetches the bytes of spans: each with one request, the pack's head with it where that lies near, and no frame twice that is kept. Groups are
 * given on while the rest of their span is on its way.
 */
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
import {SpanReceiver} from './span-receiver.js'

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

  /**
   * The bytes of each group of `span`, as soon as they are here; each may be transferred if it is all of its buffer. What the backend throws
   * is what the groups are rejected with that were not whole before.
   */
  fetch(span: Span): Promise<GroupBytes>[] {
    if (span.isKept) return [this.#assemble(span.groups[0])]
    const name = packName(span.pack.id)
    const isFromStart = !this.#heads.has(name) && span.start <= this.#backend.access.gapBytes
    const start = isFromStart ? 0 : span.start
    const receiver = new SpanReceiver(start)
    if (isFromStart) {
      const head = receiver.want({start: 0, length: HEAD_BYTES})
      // Should the range fail, those who count on the head in it must not.
      this.#heads.set(name, inAdvance(head.catch(() => this.#getHead(name))))
    }
    const parts = this.#parts(span, receiver)
    void this.#receive(name, {start, length: span.start + span.length - start}, receiver)
    const head = inAdvance(this.#head(name))
    return parts.map(async (stored) => ({stored: await stored, head: await head}))
  }

  /** Never rejects: whoever waits for a part hears of an error. */
  async #receive(name: string, range: {start: number; length: number}, sink: SpanReceiver): Promise<void> {
    try {
      sink.writeOwn(await this.#backend.get(name, {range, sink}))
      sink.end()
    } catch (error) {
      sink.fail(error)
    }
  }

  /** The bytes of each group; frames that are needed later are kept, also those between groups. */
  #parts({groups}: Span, receiver: SpanReceiver): Promise<Uint8Array>[] {
    let number = groups[0].numbers[0]
    return groups.map((group) => {
      for (; number < group.numbers[0]; number++) this.#keepBetween(number, receiver)
      const stored = receiver.want(group)
      const last = group.numbers[group.numbers.length - 1]
      for (; number <= last; number++) this.#keepWithin(number, group.start, stored)
      return stored
    })
  }

  #keepBetween(number: number, receiver: SpanReceiver): void {
    if (!this.#kept?.isNeeded(number)) return
    const {offset, storedLength} = this.#index.frame(number)
    this.#kept.keep(number, storedLength, () => receiver.want({start: offset, length: storedLength}))
  }

  #keepWithin(number: number, start: number, stored: Promise<Uint8Array>): void {
    if (!this.#kept?.isNeeded(number)) return
    const {offset, storedLength} = this.#index.frame(number)
    // Before whoever waits for the group, who may give its bytes away.
    this.#kept.keep(number, storedLength, () => stored.then((bytes) => copyOf(bytes, offset - start, storedLength)))
  }

  /** The bytes of `group` once more, past any copy on the way: those that came first were damaged. */
  async fetchAgain(group: FrameGroup): Promise<GroupBytes> {
    const name = packName(group.frames[0].pack.id)
    for (const number of group.numbers) this.#kept?.drop(number)
    const head = this.#backend.get(name, {range: {start: 0, length: HEAD_BYTES}, isFresh: true})
    const known = this.#heads.get(name)
    this.#heads.set(name, head)
    head.catch(() => known && this.#heads.get(name) === head && this.#heads.set(name, known))
    const stored = group.isKept
      ? Promise.all(group.frames.map((frame) => this.#getFrame(frame))).then(concatBytes)
      : this.#backend.get(name, {range: {start: group.start, length: group.length}, isFresh: true})
    const [headBytes, storedBytes] = await Promise.all([head, stored])
    return {head: headBytes, stored: storedBytes}
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
