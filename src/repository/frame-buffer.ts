/** Gathers chunks until they fill a frame. The bytes lie in memory of the owner's; this only counts and names them. */

const ID_BYTES = 32
const FIRST_IDS = 64
/** However small chunks are: the directory of a pack has to fit in beside its frames. */
export const MAX_FRAME_CHUNKS = 16_384

export class FrameBuffer {
  readonly memory: Uint8Array
  readonly lengths: number[] = []
  #ids = new Uint8Array(FIRST_IDS * ID_BYTES)
  #filled = 0

  /** `memory`: where the frame is put together, from its first byte on. */
  constructor(memory: Uint8Array) {
    this.memory = memory
  }

  /** Bytes of chunks gathered. */
  get filled(): number {
    return this.#filled
  }

  /** Whether it is time to make a frame of what is gathered, when frames are to have `frameBytes`. */
  isFull(frameBytes: number): boolean {
    return this.#filled >= frameBytes || this.lengths.length >= MAX_FRAME_CHUNKS
  }

  /** The ids of the chunks gathered, 32 bytes each. */
  get ids(): Uint8Array {
    return this.#ids.subarray(0, this.lengths.length * ID_BYTES)
  }

  get raw(): Uint8Array {
    return this.memory.subarray(0, this.#filled)
  }

  /** Takes in the chunk of `length` bytes at `start` of the memory, moving it to the frame's end when it is not there. */
  take(start: number, length: number, id: Uint8Array): void {
    if (start !== this.#filled) this.memory.copyWithin(this.#filled, start, start + length)
    const count = this.lengths.length
    if ((count + 1) * ID_BYTES > this.#ids.length) this.#growIds()
    this.#ids.set(id, count * ID_BYTES)
    this.lengths.push(length)
    this.#filled += length
  }

  clear(): void {
    this.lengths.length = 0
    this.#filled = 0
  }

  #growIds(): void {
    const grown = new Uint8Array(this.#ids.length * 2)
    grown.set(this.#ids)
    this.#ids = grown
  }
}
