/** Somebody who answers as a test has written down. */
import type {ExecutionContext} from 'ava'
import type {Choice, Questions} from '../../src/cli/questions.js'

/** What is asked, and the answer: of a choice the beginning of its name; or what the question throws. */
export type Answer = [question: RegExp, answer: string | boolean | Error]

export interface ScriptedQuestions extends Questions {
  /** How many answers nobody has asked for. */
  left(): number
  /** The names of the choices of each list that was shown. */
  shown: string[][]
}

/** A question out of turn, and an answer that is no choice or is refused, fail the test. */
export function scriptedQuestions(t: ExecutionContext, answers: readonly Answer[]): ScriptedQuestions {
  const rest = [...answers]
  const shown: string[][] = []
  const take = (message: string): string | boolean => {
    const [pattern, answer] = rest.shift() ?? [/$^/, '']
    t.regex(message, pattern)
    if (answer instanceof Error) throw answer
    return answer
  }
  return {
    shown,
    left: () => rest.length,
    async choose<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value> {
      shown.push(choices.map(({name}) => name))
      const answer = String(take(message))
      const choice = choices.find(({name}) => name.startsWith(answer))
      if (choice === undefined) throw new Error(`'${answer}' is none of ${choices.map(({name}) => name).join(', ')}`)
      return choice.value
    },
    async text(message, {initial = '', check} = {}) {
      const answer = String(take(message)) || initial
      t.is(check?.(answer), undefined, answer)
      return answer
    },
    async confirm(message) {
      return take(message) === true
    },
  }
}
