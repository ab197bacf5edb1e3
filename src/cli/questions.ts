/** Questions on a terminal. The library is loaded when the first is asked, which is never in a script. */
import {PocketError} from '../errors.js'
import {findTerminal, type Terminal} from './password-prompt.js'

export interface Choice<Value> {
  value: Value
  name: string
  /** Shown below the list while it is pointed at. */
  description?: string
}

/** Whoever answers: a person at a terminal, or a test. Every question throws `interrupted` on Ctrl-C. */
export interface Questions {
  choose<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value>
  /** `check` gives what is wrong with an answer, or undefined. */
  text(message: string, options?: {initial?: string; check?: (answer: string) => string | undefined}): Promise<string>
  confirm(message: string, initial: boolean): Promise<boolean>
}

/** Undefined where nobody can be asked: the input or stderr is no terminal. */
export function findQuestions(): Questions | undefined {
  const terminal = findTerminal()
  return terminal === undefined ? undefined : terminalQuestions(terminal)
}

function terminalQuestions({input, output}: Terminal): Questions {
  const context = {input, output}
  return {
    choose: (message, choices) =>
      ask(async ({select}) => {
        const index = await select(
          {message, choices: choices.map((choice, value) => ({...choice, value})), loop: false, pageSize: 12},
          context,
        )
        return choices[index].value
      }),
    text: (message, {initial, check} = {}) =>
      ask(({input: text}) => text({message, default: initial, validate: (answer) => check?.(answer) ?? true}, context)),
    confirm: (message, initial) => ask(({confirm}) => confirm({message, default: initial}, context)),
  }
}

async function ask<Answer>(question: (prompts: typeof import('@inquirer/prompts')) => Promise<Answer>): Promise<Answer> {
  try {
    return await question(await import('@inquirer/prompts'))
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
    throw new PocketError('interrupted', 'interrupted; nothing was changed', {cause: error})
  }
}
