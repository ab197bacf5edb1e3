/** Temporary files of the local backend: unfinished objects in one dot-folder, which no list shows. */
import {randomBytes} from 'node:crypto'
import {readdir, stat, unlink} from 'node:fs/promises'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {systemCode} from '../errors.js'

export const TEMPORARY_FOLDER = '.tmp'

const STALE_AFTER_MS = 24 * 60 * 60 * 1000
const HOST = hostname().replace(/[^A-Za-z0-9]/g, '') || 'host'
const NAME = /^([A-Za-z0-9]+)_(\d+)_[0-9a-z.-]+$/

/** Another's file that we may not remove, or that someone removed first, is no concern of this run. */
const PASSED_OVER = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS'])

/** A name that tells whose file it is, so that others know whether its writer still lives. */
export function temporaryName(): string {
  return `${HOST}_${process.pid}_${randomBytes(12).toString('hex')}`
}

/**
 * Removes what writers that are gone left in `folder` more than a day before `nowMs`, which is a time of the
 * file system's own clock. A live process of this machine keeps its files however old they are (a laptop may sleep).
 */
export async function removeStale(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const writer = NAME.exec(name)
    if (writer === null || isAlive(writer[1], Number(writer[2]))) continue
    const path = join(folder, name)
    try {
      const {mtimeMs} = await stat(path)
      if (nowMs - mtimeMs > STALE_AFTER_MS) await unlink(path)
    } catch (error) {
      if (!PASSED_OVER.has(systemCode(error) ?? '')) throw error
    }
  }
}

/** Whether the writer is known to live; a process of another machine is not known to. */
function isAlive(host: string, pid: number): boolean {
  if (host !== HOST) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}
