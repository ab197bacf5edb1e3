/** An error as a person or a program gets it. */
import {isPocketError, PocketError} from '../errors.js'
import {type ExitCode, exitCodeOf, exitCodes} from './exit-codes.js'
import {jsonLine} from './json-output.js'
import {withoutUrlSecrets} from './location.js'
import {printable, printableLines} from './printable.js'

export interface ErrorReport {
  exitCode: ExitCode
  /** For stderr, with its last newline. */
  text: string
}

/**
 * A `PocketError` becomes its message and its hint. Anything else is a bug of Pocket's and is said to be one; its stack is shown when
 * `POCKET_DEBUG` is set. What stands before the `@` of a URL is left out, whoever put it there.
 */
export function reportError(thrown: unknown, {json, debug}: {json: boolean; debug: boolean}): ErrorReport {
  const error = isWorkingDirectoryGone(thrown) ? workingDirectoryGone(thrown) : thrown
  const report = isPocketError(error)
    ? {code: error.code as string, message: withoutUrlSecrets(error.message), hint: error.hint ?? null, exitCode: exitCodeOf(error.code)}
    : {code: 'bug', message: `unexpected error: ${withoutUrlSecrets(messageOf(error))}`, hint: bugHint(debug), exitCode: exitCodes.failed}
  const stack = debug && error instanceof Error ? withoutUrlSecrets(stackOf(error)) : undefined
  if (json) {
    const {exitCode, ...fields} = report
    return {exitCode, text: `${jsonLine('error', {...fields, exit_code: exitCode, ...(stack ? {stack} : {})})}\n`}
  }
  const lines = [`pocket: ${printable(report.message)}`]
  if (report.hint !== null) lines.push(`hint: ${printable(report.hint)}`)
  if (stack !== undefined) lines.push(printableLines(stack))
  return {exitCode: report.exitCode, text: `${lines.join('\n')}\n`}
}

/** One line about something that was stepped over. */
export function reportWarning({code, message, hint}: PocketError, {json}: {json: boolean}): string {
  if (json) return jsonLine('warning', {code, message, hint: hint ?? null})
  return `pocket: warning: ${printable(message)}${hint === undefined ? '' : ` (${printable(hint)})`}`
}

/** Node asks for it wherever a relative path is to be made absolute. */
function isWorkingDirectoryGone(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd'
}

function workingDirectoryGone(cause: Error): PocketError {
  return new PocketError('path-missing', 'the working directory is not there any more', {hint: 'change to another one', cause})
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function bugHint(debug: boolean): string {
  return debug
    ? 'this is a bug in pocket: please report it with the lines below'
    : 'this is a bug in pocket: please run it again with POCKET_DEBUG=1 and report what it prints'
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
