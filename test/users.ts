/** Other users than the one who runs the tests: root may read everything, so it becomes somebody else where modes are to forbid. */
import {execFileSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import test from 'ava'

export const IS_ROOT = process.getuid?.() === 0
export const NOBODY = 65_534
/** A user that no system has a name for. */
export const NAMELESS = 54_321
/** Whom a process is to become so that modes can forbid it something; undefined when they do so already. */
export const RESTRICTED = IS_ROOT ? NOBODY : undefined

const PROJECT_FILE = fileURLToPath(new URL('../../package.json', import.meta.url))

const canRestrict = !IS_ROOT || canBecome(NOBODY)
/** `test` where a process can be started that modes forbid something, else `test.skip`. */
export const onRestricted = canRestrict ? test : test.skip
/** The same for tests that run one after the other. */
export const onRestrictedSerial = canRestrict ? test.serial : test.serial.skip
/** `test` where a process can become a user without a name, else `test.skip`. */
export const onSwitchable = canBecome(NAMELESS) ? test : test.skip
/** Ends the titles of tests of `onRestricted`. */
export const WHERE_RESTRICTED = IS_ROOT ? ' (only where other users may read the project)' : ''

/** Whether this process may become `user`, and that user may read this project's files: not in a folder of root's home. */
function canBecome(user: number): boolean {
  if (!IS_ROOT) return false
  try {
    const script = `require('node:fs').accessSync(${JSON.stringify(PROJECT_FILE)}, 4)`
    execFileSync(process.execPath, ['-e', script], {uid: user, gid: user, stdio: 'ignore', cwd: '/'})
    return true
  } catch (error) {
    // It ended with another status than 0: that is the answer.
    if (error instanceof Error && 'status' in error) return false
    throw error
  }
}
