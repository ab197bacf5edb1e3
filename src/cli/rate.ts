/** How fast something goes, over the last few seconds rather than since the start. */

interface Sample {
  atMs: number
  value: number
}

export class Rate {
  readonly #windowMs: number
  readonly #samples: Sample[] = []

  constructor(windowMs = 5000) {
    this.#windowMs = windowMs
  }

  /** `value` is a running total, `atMs` a time that does not go back. */
  add(atMs: number, value: number): void {
    this.#samples.push({atMs, value})
    while (this.#samples.length > 2 && this.#samples[1].atMs <= atMs - this.#windowMs) this.#samples.shift()
  }

  /** By how much the total grew a second; 0 before there are two samples. */
  perSecond(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0
    return ((last.value - first.value) * 1000) / (last.atMs - first.atMs)
  }
}
