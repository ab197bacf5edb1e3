/** A disk of a few megabytes, which is soon full. */
import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmdirSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {IS_ROOT} from './users.js'

/** `test` where a tmpfs can be mounted, else `test.skip`. */
export const onMountable = canMount() ? test : test.skip
/** Ends the titles of its tests. */
export const WHERE_MOUNTABLE = '(only where a tmpfs can be mounted)'

/** A tmpfs in `folder` until the test ends; `options` are those of mount, such as `size=4m`. */
export function smallDisk(t: ExecutionContext, folder: string, options: string): string {
  const path = join(folder, 'disk')
  mkdirSync(path)
  mount(path, options)
  t.teardown(() => execFileSync('umount', [path]))
  return path
}

function mount(folder: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], {stdio: 'pipe'})
}

function canMount(): boolean {
  if (!IS_ROOT || process.platform !== 'linux') return false
  const folder = mkdtempSync(join(tmpdir(), 'pocket-mount-'))
  try {
    mount(folder, 'size=1m')
    execFileSync('umount', [folder])
    return true
  } catch (error) {
    // As in a container: the tests are then skipped and say so.
    if (error instanceof Error) return false
    throw error
  } finally {
    rmdirSync(folder)
  }
}
