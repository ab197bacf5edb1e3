/** oclif's errors of usage in Pocket's words. */
import {stripVTControlCharacters} from 'node:util'
import {CLIError} from '@oclif/core/errors'
import {PocketError} from '../errors.js'
import {suggest} from './suggest.js'

/** What oclif's parser hangs onto its errors, by kind of error. */
interface ParserError extends CLIError {
  flags?: readonly string[]
  args?: readonly (string | {name: string})[]
}

/** `error` as a `PocketError` of code `usage` when it came from oclif's parser; otherwise `error` itself. */
export function usageError(error: unknown, {command, flagNames}: {command: string; flagNames: readonly string[]}): unknown {
  if (!isParserError(error)) return error
  const help = `see 'pocket ${command} --help'`
  const [flag] = error.flags ?? []
  if (flag !== undefined) {
    const word = flag.replace(/=.*$/s, '')
    const near = suggest(word.replace(/^-+/, ''), flagNames)
    const hint = near === undefined || !word.startsWith('--') ? help : `did you mean '--${near}'? ${help}`
    return new PocketError('usage', `unknown flag '${word}'`, {hint})
  }
  return new PocketError('usage', argumentMessage(error) ?? plainMessage(error), {hint: help})
}

function isParserError(error: unknown): error is ParserError {
  return error instanceof CLIError || (error instanceof Error && error.message.startsWith('Parsing --'))
}

function argumentMessage({args}: ParserError): string | undefined {
  const [argument] = args ?? []
  if (argument === undefined) return undefined
  return typeof argument === 'string' ? `unexpected argument '${argument}'` : `missing argument ${argument.name.toUpperCase()}`
}

/** `Parsing --workers \n\tExpected an integer but received: x\nSee more help with --help` and the like, on one line. */
function plainMessage({message}: Error): string {
  const text = stripVTControlCharacters(message)
    .replace(/\nSee more help with --help/g, '')
    .replace(/^The following errors? occurred:\s*(\S[^\n]*)[^]*$/, '$1')
    .replace(/(--[\w-]+)=.* cannot also be provided when using/, '$1 cannot be given together with')
    .replace(/^Parsing (--\S+)\s*/, '$1: ')
    .replace(/\s*\n\s*/g, '; ')
  return text.charAt(0).toLowerCase() + text.slice(1)
}
