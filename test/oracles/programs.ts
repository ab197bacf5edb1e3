/** Programs of others that know better than our own reader. */
import {execFileSync} from 'node:child_process'
import test from 'ava'

/** `test`, or, where `program` is not installed, `test.skip`. */
export function testWith(program: string): typeof test | typeof test.skip {
  return isInstalled(program) ? test : test.skip
}

/** For the titles of such tests. */
export function needing(program: string): string {
  return isInstalled(program) ? '' : ` (skipped: ${program} is not installed)`
}

/** What `program` prints. Throws when it ends with another status than 0, with what it printed then. */
export function run(program: string, ...parameters: string[]): string {
  return execFileSync(program, parameters, {encoding: 'latin1', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe']})
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], {stdio: 'ignore'})
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
