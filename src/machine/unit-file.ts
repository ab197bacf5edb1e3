import {readdir, rm} from 'node:fs/promises'
import {fileError, systemCode} from '../errors.js'
import {replaceDurably} from '../util/durable-file.js'

/** Writes a file that the system reads, for everyone to read, as a whole or not at all. Throws `permission-denied`, `no-space`, `read-only`, `io-failed`. */
export async function writeUnitFile(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await replaceDurably(path, content, 0o644)
  } catch (error) {
    throw fileError(error, `cannot write '${path}'`)
  }
}

/** Whether it was there. Throws as `writeUnitFile`. */
export async function removeUnitFile(path: string): Promise<boolean> {
  try {
    await rm(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw fileError(error, `cannot remove '${path}'`)
  }
}

/** Names of files in `folder`; none when it is not there. Throws as `writeUnitFile`. */
export async function unitFilesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw fileError(error, `cannot read '${folder}'`)
  }
}
