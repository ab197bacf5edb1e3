/** Takes the bytes of a span as they come, and gives on each wanted part of it as soon as that is whole. */
import type {RangeSink} from '../backend/backend.js'

/** Bytes of a pack. */
export interface Part {
  start: number
  length: number
}

interface Slot extends Part {
  /** Taken only when the first byte comes: what is far behind needs no memory so far. */
  bytes: Uint8Array | undefined
  resolve: (bytes: Uint8Array) => void
  reject: (error: unknown) => void
}

export class SpanReceiver implements RangeSink {
  readonly #slots: Slot[] = []
  /** Where in the pack the next byte lies. */
  #position: number
  readonly #start: number
  /** The first slot that is not whole. */
  #next = 0

  /** `start`: where in the pack the span begins. */
  constructor(start: number) {
    this.#start = start
    this.#position = start
  }

  /**
   * A part that is wanted, behind all that were named before and not overlapping them; all are named before the first byte comes. The
   * array is a copy, or one that was given for good. A part of which the answer ends too soon is as long as what came of it.
   */
  want({start, length}: Part): Promise<Uint8Array> {
    return new Promise((resolve, reject) => this.#slots.push({start, length, bytes: undefined, resolve, reject}))
  }

  get receivedBytes(): number {
    return this.#position - this.#start
  }

  write(piece: Uint8Array): void {
    const end = this.#position + piece.length
    for (; this.#next < this.#slots.length; this.#next++) {
      const slot = this.#slots[this.#next]
      if (slot.start >= end) break
      slot.bytes ??= Buffer.allocUnsafeSlow(slot.length)
      const from = Math.max(slot.start, this.#position)
      const to = Math.min(slot.start + slot.length, end)
      if (slot.bytes !== piece) slot.bytes.set(piece.subarray(from - this.#position, to - this.#position), from - slot.start)
      if (to < slot.start + slot.length) break
      slot.resolve(slot.bytes)
    }
    this.#position = end
  }

  /** As `write`, with an array that nobody else has: it need not be copied when it is just what is wanted. */
  writeOwn(piece: Uint8Array): void {
    const slot = this.#slots.at(this.#next)
    if (slot && !slot.bytes && slot.start === this.#position && slot.length === piece.length) slot.bytes = piece
    this.write(piece)
  }

  /** All has come. */
  end(): void {
    for (const {start, bytes, resolve} of this.#rest()) resolve(bytes ? bytes.slice(0, this.#position - start) : new Uint8Array(0))
  }

  /** No more will come. */
  fail(error: unknown): void {
    for (const {reject} of this.#rest()) reject(error)
  }

  #rest(): Slot[] {
    const rest = this.#slots.slice(this.#next)
    this.#next = this.#slots.length
    return rest
  }
}
