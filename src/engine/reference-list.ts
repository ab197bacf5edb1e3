/** A growing list of chunk references as columns: ids of 32 bytes, and lengths. */

const ID_BYTES = 32
const FIRST_CAPACITY = 256

export class ReferenceList {
  #ids = new Uint8Array(FIRST_CAPACITY * ID_BYTES)
  #lengths = new Uint32Array(FIRST_CAPACITY)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(id: Uint8Array, length: number): void {
    if (this.#count === this.#lengths.length) this.#grow()
    this.#ids.set(id, this.#count * ID_BYTES)
    this.#lengths[this.#count] = length
    this.#count++
  }

  /** Forgets all but the first `count` references. */
  truncate(count: number): void {
    this.#count = count
  }

  /** Copies of the columns, for the caller to keep. */
  takeIds(): Uint8Array<ArrayBuffer> {
    return this.#ids.slice(0, this.#count * ID_BYTES)
  }

  takeLengths(): Uint32Array<ArrayBuffer> {
    return this.#lengths.slice(0, this.#count)
  }

  #grow(): void {
    const ids = new Uint8Array(this.#ids.length * 2)
    const lengths = new Uint32Array(this.#lengths.length * 2)
    ids.set(this.#ids)
    lengths.set(this.#lengths)
    this.#ids = ids
    this.#lengths = lengths
  }
}
