/** Reads secrets where they are when they are needed. */
import {readFile} from 'node:fs/promises'
import {PocketError, systemCode} from '../errors.js'
import {childEnvironment} from '../util/child-environment.js'
import type {Redactor} from '../util/redact.js'
import {runShell} from '../util/run-shell.js'
import type {SecretText} from './settings.js'

const COMMAND_TIMEOUT_MS = 60_000
const MAX_BYTES = 64 * 1024

/** The secret without the line break at its end; from now on `redactor` knows it. Throws `alarm-failed`, with `what` it is. */
export async function readSecretText(secret: SecretText, what: string, redactor: Redactor): Promise<string> {
  const text = (await readAny(secret, what)).replace(/\r?\n$/, '')
  if (text === '') throw new PocketError('alarm-failed', `${what} is empty`)
  redactor.add(text)
  return text
}

async function readAny(secret: SecretText, what: string): Promise<string> {
  if (secret.type === 'value') return secret.value
  if (secret.type === 'command') return readCommand(secret.command, what)
  try {
    return await readFile(secret.path, 'utf8')
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new PocketError('alarm-failed', `cannot read ${what} from '${secret.path}': ${code}`, {cause: error})
  }
}

async function readCommand(command: string, what: string): Promise<string> {
  const options = {environment: childEnvironment({}), timeoutMs: COMMAND_TIMEOUT_MS, keepBytes: MAX_BYTES, output: 'stdout'} as const
  const {exitCode, isTimedOut, output} = await runShell(command, options)
  if (exitCode === 0 && !isTimedOut) return output
  throw new PocketError(
    'alarm-failed',
    `the command that gives ${what} ${isTimedOut ? 'took too long' : `ended with ${exitCode ?? 'a signal'}`}`,
  )
}
