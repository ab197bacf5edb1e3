/** The commands as completion scripts need them, taken from oclif's manifest. */
import type {Config} from '@oclif/core/interfaces'

/** What a value is completed with when it is none of a few: files, folders, or nothing. */
export type ValueKind = 'file' | 'directory' | 'none'

export interface ModelFlag {
  name: string
  char?: string
  summary: string
  takesValue: boolean
  /** The values that it may take, if they are few. */
  options: string[]
  value: ValueKind
}

export interface ModelArgument {
  name: string
  summary: string
  isRequired: boolean
  isMultiple: boolean
  options: string[]
  value: ValueKind
}

export interface ModelCommand {
  /** `['key', 'add']` */
  words: string[]
  summary: string
  flags: ModelFlag[]
  args: ModelArgument[]
}

const FILE_VALUES = new Set(['PATH'])
const DIRECTORY_VALUES = new Set(['DIRECTORY', 'LOCATION'])
/** Arguments that are paths of this machine. */
const FILE_ARGUMENTS = new Set(['paths'])
/** Arguments that are folders of this machine, if they are not something else. */
const DIRECTORY_ARGUMENTS = new Set(['location'])
const HELP: ModelFlag = {name: 'help', summary: 'show how it is used', takesValue: false, options: [], value: 'none'}

/** Every command in the order of its words. */
export function commandModel(config: Pick<Config, 'commands'>): ModelCommand[] {
  return config.commands
    .filter(({hidden}) => !hidden)
    .map((command) => ({
      words: command.id.split(/[: ]/),
      summary: firstLine(command.summary ?? command.description),
      flags: [...Object.entries(command.flags).map(([name, flag]) => modelFlag(name, flag)), HELP],
      args: Object.values(command.args).map((argument) => ({
        name: argument.name,
        summary: firstLine(argument.description),
        isRequired: argument.required ?? false,
        isMultiple: argument.multiple ?? false,
        options: [...(argument.options ?? [])],
        value: FILE_ARGUMENTS.has(argument.name) ? 'file' : DIRECTORY_ARGUMENTS.has(argument.name) ? 'directory' : 'none',
      })),
    }))
}

type CachedFlag = Config['commands'][number]['flags'][string]

function modelFlag(name: string, flag: CachedFlag): ModelFlag {
  const helpValue = 'helpValue' in flag ? String(flag.helpValue) : ''
  return {
    name,
    char: flag.char,
    summary: firstLine(flag.summary ?? flag.description),
    takesValue: flag.type === 'option',
    options: 'options' in flag ? [...(flag.options ?? [])] : [],
    value: FILE_VALUES.has(helpValue) ? 'file' : DIRECTORY_VALUES.has(helpValue) ? 'directory' : 'none',
  }
}

function firstLine(text: string | undefined): string {
  return (text ?? '').split('\n', 1)[0]
}

/** The words that may come first, each with what it is: commands of one word and topics. */
export function firstWords(commands: readonly ModelCommand[]): Map<string, string> {
  const words = new Map<string, string>()
  for (const {
    words: [first, second],
    summary,
  } of commands) {
    if (!words.has(first)) words.set(first, second === undefined ? summary : `${first} commands`)
  }
  return words
}

/** The second words of a topic, each with its summary. */
export function secondWords(commands: readonly ModelCommand[], topic: string): Map<string, string> {
  return new Map(commands.filter(({words}) => words.length === 2 && words[0] === topic).map(({words, summary}) => [words[1], summary]))
}

export function topicsOf(commands: readonly ModelCommand[]): string[] {
  return [...new Set(commands.filter(({words}) => words.length === 2).map(({words}) => words[0]))]
}
