/** Small files of our own that are written as a whole. */
import {randomBytes} from 'node:crypto'
import {rename, rm, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'
import {makeFolders} from './make-folders.js'

/** Writes `path` so that whoever reads it finds what was there before, or all of this. Makes its folder. For its owner alone, unless `mode` says otherwise. Throws system errors. */
export async function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await makeFolders(dirname(path))
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(temporary, content, {mode})
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, {force: true})
    throw error
  }
}
