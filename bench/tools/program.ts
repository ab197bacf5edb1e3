import {runCommand, type Command} from '../command.js'
import {PocketError} from '../../src/errors.js'

/** A program of somebody else's: how to start it, and which version it is. */
export interface Program {
  program: string
  /** What goes before its own arguments. */
  arguments: readonly string[]
  /** What it needs to start, beside the plain environment. */
  environment: Readonly<Record<string, string>>
  version: string
}

/** Asks a program for its version; throws `io-failed` when it does not start. */
export async function identify(start: Omit<Program, 'version'>, question: string): Promise<Program> {
  const command: Command = {
    program: start.program,
    arguments: [...start.arguments, question],
    environment: {...(process.env as Record<string, string>), ...start.environment},
  }
  const version = /\d+(\.\d+)+/.exec(await runCommand(command))?.[0]
  if (version === undefined) throw new PocketError('io-failed', `'${start.program} ${question}' names no version`)
  return {...start, version}
}

/** The newer of two; versions are compared number by number. */
export function newest(programs: readonly Program[]): Program | undefined {
  return [...programs].sort((a, b) => compareVersions(b.version, a.version))[0]
}

export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let place = 0; place < Math.max(left.length, right.length); place++) {
    const difference = (left[place] ?? 0) - (right[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
