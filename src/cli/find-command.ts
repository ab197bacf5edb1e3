/** Which command the words of a command line name. Ids are oclif's: `key:add`. */
import {PocketError} from '../errors.js'
import {suggest} from './suggest.js'

export interface FoundCommand {
  id: string
  /** What follows the command's words. */
  argv: string[]
}

/** The command of a topic that is named alone: `pocket key` is `pocket key list`. */
const TOPIC_DEFAULT = 'list'
/** Commands that may be written as a flag of their topic: `pocket repair --from PLACE` is `pocket repair from PLACE`. */
const WRITTEN_AS_FLAGS: ReadonlySet<string> = new Set(['repair:from'])

/**
 * The command with the most words at the beginning of `argv`. Throws `usage`, with the nearest command as its hint, when there is
 * none.
 */
export function findCommand(argv: readonly string[], ids: readonly string[]): FoundCommand {
  const words = leadingWords(argv)
  for (let count = words.length; count > 0; count--) {
    const id = words.slice(0, count).join(':')
    if (ids.includes(id)) return {id, argv: argv.slice(count)}
  }
  const [topic] = words
  const asFlag = words.length === 1 ? flagCommand(topic, argv.slice(1)) : undefined
  if (asFlag) return asFlag
  const standard = `${topic}:${TOPIC_DEFAULT}`
  if (words.length === 1 && ids.includes(standard)) return {id: standard, argv: argv.slice(1)}
  throw unknownCommand(argv, ids)
}

function flagCommand(topic: string, rest: readonly string[]): FoundCommand | undefined {
  for (const [place, word] of rest.entries()) {
    const [, name, value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    if (!WRITTEN_AS_FLAGS.has(`${topic}:${name}`)) continue
    return {id: `${topic}:${name}`, argv: [...(value === undefined ? [] : [value]), ...rest.slice(0, place), ...rest.slice(place + 1)]}
  }
  return undefined
}

/** Whether `word` is the first word of commands with several. */
export function isTopic(word: string | undefined, ids: readonly string[]): boolean {
  return ids.some((id) => id.startsWith(`${word}:`))
}

/** Whether these are a topic alone that is no command by itself, as `repair` is. */
export function isBareTopic(argv: readonly string[], ids: readonly string[]): boolean {
  const [word] = argv
  return argv.length === 1 && isTopic(word, ids) && !ids.includes(word) && !ids.includes(`${word}:${TOPIC_DEFAULT}`)
}

/** Whether help is asked for by a flag. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

/** Whether errors shall be JSON: known before anything is parsed, because parsing may be what fails. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

/** The words in front of the first flag. */
export function leadingWords(argv: readonly string[]): string[] {
  const end = argv.findIndex((word) => word.startsWith('-'))
  return end === -1 ? [...argv] : argv.slice(0, end)
}

function unknownCommand(argv: readonly string[], ids: readonly string[]): PocketError {
  const words = leadingWords(argv)
  if (words.length === 0) {
    return new PocketError('usage', `unknown flag '${argv[0]}'`, {hint: "flags come after the command; see 'pocket help'"})
  }
  const count = isTopic(words[0], ids) ? 2 : 1
  const word = words.slice(0, count).join(' ')
  const near = suggest(word, new Set(ids.map((id) => id.split(':').slice(0, count).join(' '))))
  const see = count === 2 ? `see 'pocket help ${words[0]}'` : "see 'pocket help'"
  return new PocketError('usage', `unknown command '${word}'`, {
    hint: near === undefined ? see : `did you mean 'pocket ${near}'? ${see}`,
  })
}
