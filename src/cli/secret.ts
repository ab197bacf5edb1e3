/** Where the secret of a repository comes from. It never stands on a command line. */
import {spawn} from 'node:child_process'
import {PocketError, systemCode} from '../errors.js'
import {readStart} from '../util/read-start.js'
import type {Secret} from '../operations/open-repository.js'
import type {NewSecretFlags, OtherSecretFlags, SecretFlags} from './flags.js'
import {type ConfiguredValues, placeOfKey} from './settings.js'
import {askNewPassword, askPassword, findTerminal, type Terminal} from './password-prompt.js'

/** One place to take a secret from; `from` names it in messages. */
export type SecretSource =
  | {kind: 'password'; password: string; from: string}
  | {kind: 'password-file'; path: string; from: string}
  | {kind: 'password-command'; command: string; from: string}
  | {kind: 'key-file'; path: string; from: string}

/** The password is the first line of what is read; what is as long as this is not meant as one. */
const MAX_PASSWORD_BYTES = 64 * 1024

const HINT =
  'give --password-file, --password-command or --key-file, or set POCKET_PASSWORD, POCKET_PASSWORD_FILE, POCKET_PASSWORD_COMMAND or POCKET_KEY_FILE'

/** For the repository of `--from`. */
export const OTHER_SECRET_HINT =
  'give --from-password-file, --from-password-command or --from-key-file, or set POCKET_FROM_PASSWORD, POCKET_FROM_PASSWORD_FILE, POCKET_FROM_PASSWORD_COMMAND or POCKET_FROM_KEY_FILE'

/** For commands that make a new key besides the one that opens. */
export const NEW_SECRET_HINT = 'give --new-password-file, --new-password-command, --new-key-file or --generate-key-file for the new key'

/** The source that flags name, else the environment's, else undefined. An empty variable counts as unset. */
export function findSecretSource(flags: SecretFlags, environment: NodeJS.ProcessEnv): SecretSource | undefined {
  return (
    sourceOf(flags['password-file'], (path) => ({kind: 'password-file', path, from: '--password-file'})) ??
    sourceOf(flags['password-command'], (command) => ({kind: 'password-command', command, from: '--password-command'})) ??
    sourceOf(flags['key-file'], (path) => ({kind: 'key-file', path, from: '--key-file'})) ??
    secretSourceOfEnvironment(environment)
  )
}

/** The source that flags name for another repository, else the environment's for it: the same variables with FROM in them. */
export function findOtherSecretSource(flags: OtherSecretFlags, environment: NodeJS.ProcessEnv): SecretSource | undefined {
  const own = {
    POCKET_KEY_FILE: environment.POCKET_FROM_KEY_FILE,
    POCKET_PASSWORD: environment.POCKET_FROM_PASSWORD,
    POCKET_PASSWORD_FILE: environment.POCKET_FROM_PASSWORD_FILE,
    POCKET_PASSWORD_COMMAND: environment.POCKET_FROM_PASSWORD_COMMAND,
  }
  const source =
    sourceOf(flags['from-password-file'], (path) => ({kind: 'password-file', path, from: '--from-password-file'})) ??
    sourceOf(flags['from-password-command'], (command) => ({kind: 'password-command', command, from: '--from-password-command'})) ??
    sourceOf(flags['from-key-file'], (path) => ({kind: 'key-file', path, from: '--from-key-file'}))
  if (source) return source
  const given = secretSourceOfEnvironment(own)
  return given && {...given, from: given.from.replace('_', '_FROM_')}
}

function secretSourceOfEnvironment(environment: NodeJS.ProcessEnv): SecretSource | undefined {
  const set = (name: string): string | undefined => environment[name] || undefined
  return (
    sourceOf(set('POCKET_KEY_FILE'), (path) => ({kind: 'key-file', path, from: 'POCKET_KEY_FILE'})) ??
    sourceOf(set('POCKET_PASSWORD'), (password) => ({kind: 'password', password, from: 'POCKET_PASSWORD'})) ??
    sourceOf(set('POCKET_PASSWORD_FILE'), (path) => ({kind: 'password-file', path, from: 'POCKET_PASSWORD_FILE'})) ??
    sourceOf(set('POCKET_PASSWORD_COMMAND'), (command) => ({kind: 'password-command', command, from: 'POCKET_PASSWORD_COMMAND'}))
  )
}

/** The source that the config file names, or undefined. */
export function findConfigSecret(config: ConfiguredValues): SecretSource | undefined {
  const text = (key: string): string | undefined => config.values[key] as string | undefined
  const from = (key: string): string => placeOfKey(key, config)
  return (
    sourceOf(text('key_file'), (file) => ({kind: 'key-file', path: file, from: from('key_file')})) ??
    sourceOf(text('password_file'), (file) => ({kind: 'password-file', path: file, from: from('password_file')})) ??
    sourceOf(text('password_command'), (command) => ({kind: 'password-command', command, from: from('password_command')}))
  )
}

/** The source of a new key that flags name, or undefined. A key file to be generated is not a source: see `newSecret`. */
export function findNewSecretSource(flags: NewSecretFlags): SecretSource | undefined {
  return (
    sourceOf(flags['new-password-file'], (path) => ({kind: 'password-file', path, from: '--new-password-file'})) ??
    sourceOf(flags['new-password-command'], (command) => ({kind: 'password-command', command, from: '--new-password-command'})) ??
    sourceOf(flags['new-key-file'], (path) => ({kind: 'key-file', path, from: '--new-key-file'}))
  )
}

function sourceOf(value: string | undefined, make: (value: string) => SecretSource): SecretSource | undefined {
  return value === undefined ? undefined : make(value)
}

/**
 * Throws `password-missing` when a password's source gives none, and what `readKeyFile` throws for a key file.
 */
export async function readSecret(source: SecretSource): Promise<Secret> {
  switch (source.kind) {
    case 'password':
      return {type: 'password', password: source.password}
    case 'password-file':
      return {type: 'password', password: await readPasswordFile(source.path)}
    case 'password-command':
      return {type: 'password', password: await runPasswordCommand(source.command)}
    case 'key-file': {
      const {readKeyFile} = await import('../operations/key-file.js')
      return {type: 'key-file', key: await readKeyFile(source.path)}
    }
  }
}

/** Throws what `readSecret` would, unless that is to run a command, which may ask for something. */
export async function checkSource(source: SecretSource): Promise<void> {
  if (source.kind !== 'password-command') await readSecret(source)
}

/** Asks on the terminal. Throws `password-missing` when there is none; `hint`: what to do then. */
export async function askSecret(question: string, hint?: string): Promise<Secret> {
  return {type: 'password', password: await askPassword(requireTerminal(hint), question)}
}

/**
 * The secret of a key to be made: of `source`, of the key file that is generated at `generateKeyFile` (by then durable on disk), or asked for
 * twice on the terminal. `newHint`: what to do where there is no terminal, if not what opens a repository.
 */
export async function newSecret(source: SecretSource | undefined, generateKeyFile: string | undefined, newHint?: string): Promise<Secret> {
  if (source !== undefined) return readSecret(source)
  if (generateKeyFile !== undefined) {
    const {generateKeyFile: generate} = await import('../operations/key-file.js')
    return {type: 'key-file', key: await generate(generateKeyFile)}
  }
  const terminal = requireTerminal(newHint)
  return {type: 'password', password: await askNewPassword(terminal, 'new password: ')}
}

/** The terminal on which a password can be asked for. Throws `password-missing` when there is none; `hint`: what to do then. */
export function requireTerminal(hint?: string): Terminal {
  const terminal = findTerminal()
  if (terminal === undefined) throw noPassword(hint)
  return terminal
}

function noPassword(hint = HINT): PocketError {
  return new PocketError('password-missing', 'no password was given, and there is no terminal to ask on', {hint})
}

async function readPasswordFile(path: string): Promise<string> {
  const start = await readStart(path, MAX_PASSWORD_BYTES).catch((error: unknown) => {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new PocketError('password-missing', `cannot read password file '${path}': ${code}`, {cause: error})
  })
  const text = start.toString('utf8')
  if (start.length === MAX_PASSWORD_BYTES && !text.includes('\n')) {
    throw new PocketError('password-missing', `the first line of password file '${path}' is longer than any password`, {
      hint: 'check its path',
    })
  }
  return passwordOf(text, `password file '${path}'`)
}

async function runPasswordCommand(command: string): Promise<string> {
  // stdin and stderr stay the terminal's, so that the command may ask for a PIN of its own.
  const child = spawn(command, {shell: true, stdio: ['inherit', 'pipe', 'inherit']})
  const pieces: Buffer[] = []
  let length = 0
  child.stdout.on('data', (piece: Buffer) => {
    pieces.push(piece)
    length += piece.length
    // It may never end by itself.
    if (length > MAX_PASSWORD_BYTES) child.stdout.destroy()
  })
  const outcome = await new Promise<string | undefined>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : outcomeOf(code, signal)))
  })
  if (length > MAX_PASSWORD_BYTES) {
    throw new PocketError('password-missing', `password command printed more than ${MAX_PASSWORD_BYTES / 1024} KiB`, {
      hint: 'it is to print the password, and nothing else',
    })
  }
  // What it printed is never named, because that may be the password.
  if (outcome !== undefined) {
    throw new PocketError('password-missing', `password command ${outcome}`, {hint: 'run it by hand to see why'})
  }
  return passwordOf(Buffer.concat(pieces).toString('utf8'), 'password command')
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `was ended by ${signal}` : `ended with exit code ${code}`
}

function passwordOf(text: string, origin: string): string {
  const password = text.split('\n', 1)[0].replace(/\r$/, '')
  if (password === '') throw new PocketError('password-missing', `${origin} has an empty first line`)
  return password
}
