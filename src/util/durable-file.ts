/** Small files of our own that survive a power loss. */
import {randomBytes} from 'node:crypto'
import {open, rename, rm} from 'node:fs/promises'
import {dirname} from 'node:path'
import {systemCode} from '../errors.js'
import {makeFolders} from './make-folders.js'

/**
 * Writes `path` so that whoever reads it, after a power loss too, finds what was there before, or all of this. Makes its folder. Throws system
 * errors, and leaves nothing behind then.
 */
export async function replaceDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await makeFolders(dirname(path))
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, {force: true})
    throw error
  }
  await syncFolder(dirname(path))
}

/** Windows has no such thing, and some file systems refuse it. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
