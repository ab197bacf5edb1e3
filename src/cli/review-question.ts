/** The question after a review: all, none, or pick. The library that asks is loaded only here. */
import {PocketError} from '../errors.js'
import type {ReviewedChange} from '../operations/review-snapshot.js'
import {formatCounted} from './format-quantity.js'
import {groupChanges} from './group-changes.js'
import type {Terminal} from './password-prompt.js'
import {groupLine} from './reporters/review-text.js'
import {shortenMiddle} from './text-width.js'

/** More than this nobody goes through row by row: then folders stand for what is in them. */
const MAX_ROWS = 500
const LINES_AROUND = 8
const COLUMNS_BESIDE = 4
const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

export interface QuestionOptions {
  terminal: Terminal
  signal?: AbortSignal
  /** The most rows to pick from. */
  maxRows?: number
}

/** Asks what of `changes` is to be saved; resolves with those, or with `all`. Throws `interrupted` on Ctrl-C and when the signal says so. */
export async function askWhatToSave(
  changes: readonly ReviewedChange[],
  options: QuestionOptions,
): Promise<'all' | readonly ReviewedChange[]> {
  const {select} = await import('@inquirer/prompts')
  const choices = [
    {name: 'all', value: 'all' as const, description: 'a snapshot of everything as it is now'},
    {name: 'none', value: 'none' as const, description: 'store nothing'},
    {name: 'pick', value: 'pick' as const, description: 'choose; what is not picked stays as the last snapshot has it'},
  ]
  const theme = plainTheme()
  const offered = changes.length === 0 ? choices.slice(0, 2) : choices
  const answer = await ask(select({message: 'what is to be saved?', choices: offered, loop: false, theme}, contextOf(options)))
  if (answer === 'pick') return pickChanges(changes, options)
  return answer === 'all' ? 'all' : []
}

async function pickChanges(changes: readonly ReviewedChange[], options: QuestionOptions): Promise<'all' | readonly ReviewedChange[]> {
  const {checkbox} = await import('@inquirer/prompts')
  const {columns = DEFAULT_COLUMNS, rows = DEFAULT_ROWS} = options.terminal.output as Partial<NodeJS.WriteStream>
  const groups = groupChanges(changes, options.maxRows ?? MAX_ROWS)
  const isGrouped = groups.length < changes.length
  const theme = plainTheme()
  const picked = await ask(
    checkbox(
      {
        message: isGrouped
          ? `pick what to save (${formatCounted(changes.length, 'change')}; a folder is all that is in it)`
          : 'pick what to save',
        choices: groups.map((group) => ({name: shortenMiddle(groupLine(group), columns - COLUMNS_BESIDE), value: group})),
        pageSize: Math.max(3, Math.min(groups.length, rows - LINES_AROUND)),
        loop: false,
        theme: {
          ...theme,
          style: {...theme?.style, renderSelectedChoices: (chosen: readonly unknown[]) => `${chosen.length} of ${groups.length}`},
        },
      },
      contextOf(options),
    ),
  )
  return picked.length === groups.length ? 'all' : picked.flatMap((group) => group.changes)
}

function contextOf({terminal, signal}: QuestionOptions): {
  input: NodeJS.ReadableStream
  output: NodeJS.WritableStream
  signal?: AbortSignal
} {
  return {...terminal, signal}
}

/** The library knows Ctrl-C, an input that ends and an aborted signal as errors of its own. */
async function ask<Answer>(question: Promise<Answer>): Promise<Answer> {
  try {
    return await question
  } catch (error) {
    const isEnd = error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')
    if (!isEnd) throw error
    throw new PocketError('interrupted', 'interrupted; nothing was stored', {cause: error})
  }
}

/** Without colours, where NO_COLOR asks for it. */
function plainTheme() {
  if (!process.env.NO_COLOR) return undefined
  const same = (text: string): string => text
  return {
    prefix: {idle: '?', done: '?'},
    icon: {cursor: '>', checked: '[x]', unchecked: '[ ]'},
    style: {
      answer: same,
      message: same,
      error: same,
      help: same,
      highlight: same,
      description: same,
      disabled: same,
      key: same,
      keysHelpTip: (keys: [key: string, action: string][]) => keys.map(([key, action]) => `${key} ${action}`).join(', '),
    },
  }
}
