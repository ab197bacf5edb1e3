import {stat} from 'node:fs/promises'
import {systemCode} from '../errors.js'

/** Whether anything is at `path`. Throws other system errors than that nothing is. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false
    throw error
  }
}
