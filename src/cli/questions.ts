/** Questions on a terminal. The library is loaded when the first is asked, which is never in a script. */
import {PocketError} from '../errors.js'
import {findTerminal, type Terminal} from './password-prompt.js'

export interface Choice<Value> {
  value: Value
  name: string
  /** Shown below the list while it is pointed at. */
  description?: string
}

export interface TextOptions {
  initial?: string
  /** What is wrong with an answer, or undefined: one that is wrong is asked for again. */
  check?: (answer: string) => string | undefined | Promise<string | undefined>
}

/** Whoever answers: a person at a terminal, or a test. Every question throws `interrupted` on Ctrl-C. */
export interface Questions {
  /** `initial` is pointed at first, if it is the value of a choice. */
  choose<Value>(message: string, choices: readonly Choice<Value>[], initial?: Value): Promise<Value>
  text(message: string, options?: TextOptions): Promise<string>
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
    choose: (message, choices, initial) =>
      ask(async ({select}) => {
        const first = choices.findIndex(({value}) => value === initial)
        const numbered = choices.map((choice, value) => ({...choice, value}))
        const index = await select({message, choices: numbered, default: Math.max(first, 0), loop: false, pageSize: 12}, context)
        return choices[index].value
      }),
    text: (message, {initial, check} = {}) =>
      ask(({input: text}) => text({message, default: initial, validate: async (answer) => (await check?.(answer)) ?? true}, context)),
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
