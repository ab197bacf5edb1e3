/** Work that begins early, several at a time, and whose results are taken one after another in the order in which it was begun. */
import {inAdvance} from './concurrency.js'

export interface LookaheadOptions<T> {
  /** So many are under way at most, as long as they weigh no more than `weight` together; one always may be. */
  count: number
  weight: number
  take: (result: T) => Promise<void>
}

export class Lookahead<T> {
  readonly #options: LookaheadOptions<T>
  readonly #begun: {weight: number; result: Promise<T>}[] = []
  #weight = 0

  constructor(options: LookaheadOptions<T>) {
    this.#options = options
  }

  /** Begins when there is room for it. Rejects with what earlier work or `take` throws; nothing is begun then. */
  async add(weight: number, begin: () => Promise<T>): Promise<void> {
    const {count, weight: most} = this.#options
    while (this.#begun.length > 0 && (this.#begun.length >= count || this.#weight + weight > most)) await this.#takeNext()
    this.#weight += weight
    this.#begun.push({weight, result: inAdvance(begin())})
  }

  /** Takes what is left. */
  async finish(): Promise<void> {
    while (this.#begun.length > 0) await this.#takeNext()
  }

  async #takeNext(): Promise<void> {
    const {weight, result} = this.#begun.shift()!
    await this.#options.take(await result)
    this.#weight -= weight
  }
}
