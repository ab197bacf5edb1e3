/** Chunks of data that are to be copied, as columns; and how they lie in the source. */
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import type {ChunkIndex, FrameLocation, PackInfo} from '../repository/chunk-index.js'

const FIRST_CHUNKS = 1024

/** Chunks of one frame, in its order. */
export interface WantedFrame {
  location: FrameLocation
  /** Places in the window, and where in the frame each chunk begins. */
  chunks: {place: number; offset: number}[]
}

/** Frames of one pack, in its order, that are fetched together. */
export interface WantedStretch {
  pack: PackInfo
  frames: WantedFrame[]
  storedBytes: number
}

export class CopyWindow {
  readonly slots: number[] = []
  readonly lengths: number[] = []
  #ids = new Uint8Array(FIRST_CHUNKS * CHUNK_ID_BYTES)
  /** Bytes of the chunks. */
  rawBytes = 0

  get length(): number {
    return this.slots.length
  }

  /** `number`: of the chunk's id in `ids`. */
  add(slot: number, ids: Uint8Array, number: number, length: number): void {
    const at = this.slots.length * CHUNK_ID_BYTES
    if (at + CHUNK_ID_BYTES > this.#ids.length) {
      const grown = new Uint8Array(this.#ids.length * 2)
      grown.set(this.#ids)
      this.#ids = grown
    }
    this.#ids.set(ids.subarray(number * CHUNK_ID_BYTES, (number + 1) * CHUNK_ID_BYTES), at)
    this.slots.push(slot)
    this.lengths.push(length)
    this.rawBytes += length
  }

  referenceAt(place: number): ChunkReference {
    return {id: this.#ids.subarray(place * CHUNK_ID_BYTES, (place + 1) * CHUNK_ID_BYTES), length: this.lengths[place]}
  }

  /** Everything in the order in which it lies in the packs of `index`, in stretches of about `stretchBytes`. */
  *stretches(index: ChunkIndex, stretchBytes: number): Generator<WantedStretch, void> {
    let stretch: WantedStretch | undefined
    for (const frame of this.#frames(index)) {
      const {pack, storedLength} = frame.location
      if (stretch && (stretch.pack !== pack || stretch.storedBytes + storedLength > stretchBytes)) {
        yield stretch
        stretch = undefined
      }
      stretch ??= {pack, frames: [], storedBytes: 0}
      stretch.frames.push(frame)
      stretch.storedBytes += storedLength
    }
    if (stretch) yield stretch
  }

  *#frames(index: ChunkIndex): Generator<WantedFrame, void> {
    const frames = Uint32Array.from(this.slots, (slot) => index.frameOfSlot(slot))
    const offsets = Uint32Array.from(this.slots, (_, place) => index.locate(this.#ids, place * CHUNK_ID_BYTES)?.offset ?? 0)
    const order = Uint32Array.from(this.slots, (_, place) => place)
    order.sort((one, other) => frames[one] - frames[other] || offsets[one] - offsets[other])
    let frame: WantedFrame | undefined
    let number = -1
    for (const place of order) {
      if (frames[place] !== number) {
        if (frame) yield frame
        number = frames[place]
        frame = {location: index.frame(number), chunks: []}
      }
      frame?.chunks.push({place, offset: offsets[place]})
    }
    if (frame) yield frame
  }
}
