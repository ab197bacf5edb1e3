/** Holds work back for as long as somebody wants it to pause. */
export class PauseGate {
  #isPaused = false
  #isOpenForGood = false
  #waiting: (() => void)[] = []

  get isPaused(): boolean {
    return this.#isPaused && !this.#isOpenForGood
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#letThrough()
  }

  /** For work that is to end: it is held back no more, whatever is asked for. */
  openForGood(): void {
    this.#isOpenForGood = true
    this.#letThrough()
  }

  /** Resolves when nothing is to pause. */
  async pass(): Promise<void> {
    while (this.isPaused) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #letThrough(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
