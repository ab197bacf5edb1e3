/** Questions that are asked a second time, with the answers of the first as defaults. */
import type {Choice, Questions, TextOptions} from './questions.js'

export class RememberedAnswers implements Questions {
  readonly #questions: Questions
  #before = new Map<string, string>()
  #now = new Map<string, string>()

  constructor(questions: Questions) {
    this.#questions = questions
  }

  /** What was answered until now becomes the default, once, of the question that it answered. */
  again(): void {
    this.#before = new Map([...this.#before, ...this.#now])
    this.#now = new Map()
  }

  async choose<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value> {
    const name = this.#take(message)
    const chosen = await this.#questions.choose(message, choices, choices.find((choice) => choice.name === name)?.value)
    const choice = choices.find(({value}) => value === chosen)
    if (choice !== undefined) this.#now.set(message, choice.name)
    return chosen
  }

  async text(message: string, options: TextOptions = {}): Promise<string> {
    const answer = await this.#questions.text(message, {...options, initial: this.#take(message) ?? options.initial})
    this.#now.set(message, answer)
    return answer
  }

  confirm(message: string, initial: boolean): Promise<boolean> {
    return this.#questions.confirm(message, initial)
  }

  #take(message: string): string | undefined {
    const answer = this.#before.get(message)
    this.#before.delete(message)
    return answer
  }
}
