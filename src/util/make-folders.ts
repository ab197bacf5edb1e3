import {mkdir, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import {systemCode} from '../errors.js'

/**
 * Makes the folder `path` and those above it that are not there, for their owner alone; does nothing when it is there. Throws system
 * errors. Not by way of `recursive: true`, which never returns below /proc, where a folder cannot be made and nothing is missing above it.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await makeOne(path)
  } catch (error) {
    const parent = dirname(path)
    if (systemCode(error) !== 'ENOENT' || parent === path) throw error
    await makeFolders(parent)
    await makeOne(path)
  }
}

/** Another process may make it at the same moment. */
async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700)
  } catch (error) {
    const isThere = systemCode(error) === 'EEXIST' && (await stat(path)).isDirectory()
    if (!isThere) throw error
  }
}
