/** What a run has made so far, for whoever ends it early. */
import {isPocketError, PocketError} from '../errors.js'

export class MadeThings {
  readonly #things: string[] = []

  /** `thing` stands in a sentence: `the bucket 'photos'`. */
  add(thing: string): void {
    this.#things.push(thing)
  }

  /** Runs `work`. An error that it throws says what was made until then. */
  async tellAfter<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (this.#things.length === 0 || !isPocketError(error)) throw error
      const made = `${this.#things.join(' and ')} ${this.#things.length === 1 ? 'was' : 'were'} made`
      const message = error.code === 'interrupted' ? `interrupted; ${made}, nothing else` : `${error.message}; ${made}`
      throw new PocketError(error.code, message, {hint: error.hint, retryable: error.retryable, cause: error})
    }
  }
}
