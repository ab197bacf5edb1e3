/** A folder of this machine that is to be a repository, or ought to be one. */
import {readdir} from 'node:fs/promises'
import {fileError, PocketError, systemCode} from '../errors.js'

/** What a repository has at its top, as far as a new one or one that was cut off may have it. */
const OURS = new Set(['config', 'keys', 'chunks', 'index', 'snapshots', '.tmp', 'lost+found'])

/** Throws `not-a-repository` when `directory` is a file, or a folder that holds other things than a repository does. */
export async function refuseForeignFolder(directory: string): Promise<void> {
  const foreign = (await listIfPresent(directory)).find((name) => !OURS.has(name))
  if (foreign === undefined) return
  throw new PocketError('not-a-repository', `'${directory}' is not a repository, and holds other things such as '${foreign}'`, {
    hint: 'check the path; a new repository needs a folder of its own',
  })
}

async function listIfPresent(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR') {
      throw new PocketError('not-a-repository', `'${directory}' is a file, and a repository is a folder`, {
        hint: 'check the path',
        cause: error,
      })
    }
    throw fileError(error, `cannot look into '${directory}'`)
  }
}
