/** Work that begins early, several at a time, and whose results are taken one after another in the order in which it was begun. */
import {inAdvance} from './concurrency.js'

export interface LookaheadOptions<T> {
  /** So many are under way while one is taken, as long as they weigh no more than `weight` together; one always is. */
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

  /** Resolves when there is room for more. Rejects with what the work or `take` throws. */
  async add(weight: number, result: Promise<T>): Promise<void> {
    this.#begun.push({weight, result: inAdvance(result)})
    this.#weight += weight
    const {count, weight: most} = this.#options
    while (this.#begun.length > count || (this.#begun.length > 1 && this.#weight > most)) await this.#takeNext()
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
