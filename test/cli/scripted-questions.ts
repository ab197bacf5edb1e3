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
  /** What was said of answers that were refused; the question is then asked again. */
  refused: string[]
}

/** A question out of turn, and an answer that is no choice, fail the test. Without an answer, the default is taken. */
export function scriptedQuestions(t: ExecutionContext, answers: readonly Answer[]): ScriptedQuestions {
  const rest = [...answers]
  const shown: string[][] = []
  const refused: string[] = []
  const take = (message: string): string | boolean => {
    const [pattern, answer] = rest.shift() ?? [/$^/, new Error(`nobody answers '${message}'`)]
    t.regex(message, pattern)
    if (answer instanceof Error) throw answer
    return answer
  }
  return {
    shown,
    refused,
    left: () => rest.length,
    async choose<Value>(message: string, choices: readonly Choice<Value>[], initial?: Value): Promise<Value> {
      shown.push(choices.map(({name}) => name))
      const answer = String(take(message))
      const choice = choices.find(({name, value}) => (answer === '' ? value === initial : name.startsWith(answer)))
      if (choice === undefined) throw new Error(`'${answer}' is none of ${choices.map(({name}) => name).join(', ')}`)
      return choice.value
    },
    async text(message, {initial = '', check} = {}) {
      for (;;) {
        const answer = String(take(message)) || initial
        const wrong = await check?.(answer)
        if (wrong === undefined) return answer
        refused.push(wrong)
      }
    },
    async confirm(message) {
      return take(message) === true
    },
  }
}
