import {createCipheriv, createHash} from 'node:crypto'

const BLOCK_BYTES = 1 << 16
const ZEROS = Buffer.alloc(1 << 20)

/** An endless stream of bytes that look random and are the same for the same seed, on every machine: AES-256-CTR. */
export class SeededBytes {
  readonly #cipher
  #block: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(seed: string) {
    this.#cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16))
  }

  /** The next `length` bytes, at most 1 MiB at a time. */
  take(length: number): Buffer {
    return this.#cipher.update(ZEROS.subarray(0, length))
  }

  /** A whole number from 0 to `below` - 1; `below` is at most 2^32. */
  integer(below: number): number {
    return Math.floor(this.fraction() * below)
  }

  /** A number from 0 (included) to 1. */
  fraction(): number {
    if (this.#position + 4 > this.#block.length) {
      this.#block = this.take(BLOCK_BYTES)
      this.#position = 0
    }
    const value = this.#block.readUInt32LE(this.#position) / 2 ** 32
    this.#position += 4
    return value
  }

  /** A number between the two whose logarithm is spread evenly: many small, few large. */
  scaled(least: number, most: number): number {
    return Math.floor(least * (most / least) ** this.fraction())
  }
}
