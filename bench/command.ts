/** Runs other programs. What is timed goes through measure.ts instead. */
import {spawn} from 'node:child_process'
import {accessSync, constants} from 'node:fs'
import {delimiter, join} from 'node:path'
import {PocketError, systemCode} from '../src/errors.js'
import {throwIfInterrupted} from './interrupt.js'

export interface Command {
  program: string
  arguments: readonly string[]
  directory?: string
  /** Replaces the whole environment when given; otherwise the program inherits ours. */
  environment?: Readonly<Record<string, string>>
}

const KEPT_ERROR_BYTES = 4096
/** mke2fs and debugfs lie there, where an ordinary user's PATH does not look. */
const ADMINISTRATION_FOLDERS = ['/usr/sbin', '/sbin']

/**
 * What `command` wrote to stdout, when it ended with 0.
 * Throws `io-failed` with the end of its stderr when it did not, `interrupted` after Ctrl-C, `path-missing` when there is no such program.
 */
export async function runCommand(command: Command): Promise<string> {
  const {output, status, errors} = await execute(command)
  if (status === 0) return output
  // Ctrl-C reaches it, too.
  throwIfInterrupted()
  throw new PocketError('io-failed', `'${commandLine(command)}' ended with ${status}: ${errors.trim()}`)
}

/** Runs `command` to its end whatever its exit status; a signal counts as a status of its name. */
export async function execute({program, arguments: words, directory, environment}: Command): Promise<{
  status: number | string
  output: string
  errors: string
}> {
  return await new Promise((resolve, reject) => {
    const child = spawn(program, words, {cwd: directory, env: environment ?? process.env, stdio: ['ignore', 'pipe', 'pipe']})
    const output: Buffer[] = []
    let errors = ''
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => {
      errors = (errors + bytes.toString()).slice(-KEPT_ERROR_BYTES)
    })
    child.on('error', (cause) => reject(startError(program, cause)))
    child.on('close', (code, signal) => {
      resolve({status: code ?? signal ?? 'unknown', output: Buffer.concat(output).toString(), errors})
    })
  })
}

function startError(program: string, cause: Error): PocketError {
  const isMissing = systemCode(cause) === 'ENOENT'
  return new PocketError(isMissing ? 'path-missing' : 'io-failed', `cannot run '${program}': ${cause.message}`, {cause})
}

/** The program's whole path, or undefined when neither PATH nor the administration folders have it. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ADMINISTRATION_FOLDERS]
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

/** As `findProgram`, but throws `library-missing` naming the Debian package that has it. */
export function requireProgram(name: string, debianPackage: string): string {
  const path = findProgram(name)
  if (path !== undefined) return path
  throw new PocketError('library-missing', `'${name}' is not installed`, {hint: `install Debian's package '${debianPackage}'`})
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return false
  }
}

/** The command as a person would type it. */
export function commandLine({program, arguments: words}: Command): string {
  return [program, ...words].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
