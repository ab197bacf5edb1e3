/** Lets as many calls through at a time as a server bears: more while it answers, half when it says that it is too much. */

/** What a call was met with. */
export type Outcome = 'answered' | 'throttled' | 'failed'

const FIRST_LIMIT = 8
const LEAST_MS_BETWEEN_CUTS = 1000

export class Gate {
  readonly #most: number
  readonly #now: () => number
  readonly #waiting: {resume: () => void; refuse: (error: unknown) => void}[] = []
  #closed: {error: unknown} | undefined
  #limit: number
  #underWay = 0
  #answered = 0
  #cutAtMs = Number.NEGATIVE_INFINITY

  /** `now` gives milliseconds on a clock that never goes back. */
  constructor(most: number, now: () => number = () => performance.now()) {
    this.#most = most
    this.#limit = Math.min(FIRST_LIMIT, most)
    this.#now = now
  }

  get limit(): number {
    return this.#limit
  }

  /** From now on nobody is let in, and who waits is given `error`. */
  close(error: unknown): void {
    this.#closed ??= {error}
    for (const {refuse} of this.#waiting.splice(0)) refuse(error)
  }

  /** Runs `call` when it is its turn, in the order of asking. `outcomeOf` judges an error that it throws. */
  async run<T>(call: () => Promise<T>, outcomeOf: (error: unknown) => Outcome): Promise<T> {
    if (this.#closed) throw this.#closed.error
    if (this.#underWay >= this.#limit) await new Promise<void>((resume, refuse) => this.#waiting.push({resume, refuse}))
    else this.#underWay++
    try {
      const result = await call()
      this.#note('answered')
      return result
    } catch (error) {
      this.#note(outcomeOf(error))
      throw error
    } finally {
      this.#leave()
    }
  }

  #note(outcome: Outcome): void {
    if (outcome === 'failed') return
    if (outcome === 'throttled') {
      this.#answered = 0
      // The calls under way were sent before the last cut could help.
      if (this.#now() - this.#cutAtMs < LEAST_MS_BETWEEN_CUTS) return
      this.#cutAtMs = this.#now()
      this.#limit = Math.max(1, Math.floor(this.#limit / 2))
      return
    }
    this.#answered++
    if (this.#answered < this.#limit || this.#limit >= this.#most) return
    this.#answered = 0
    this.#limit++
  }

  /** Hands the place on, unless the limit has been cut below what is under way. */
  #leave(): void {
    this.#underWay--
    while (this.#underWay < this.#limit) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#underWay++
      next.resume()
    }
  }
}
