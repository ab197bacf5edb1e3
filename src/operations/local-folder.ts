/** A folder of this machine that is to be a repository, or ought to be one. */
import {access, constants, readdir, rmdir} from 'node:fs/promises'
import {dirname, resolve} from 'node:path'
import {fileError, isPocketError, PocketError, systemCode} from '../errors.js'
import {exists} from '../util/exists.js'
import {makeFolders} from '../util/make-folders.js'

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

/**
 * Throws what keeps `path` from being a folder that can be written to: `permission-denied`, `read-only`, `no-space`, `io-failed`. It leaves
 * nothing: folders that it had to make are removed.
 */
export async function tryFolder(path: string): Promise<void> {
  const directory = resolve(path)
  const missing: string[] = []
  try {
    for (let folder = directory; !(await exists(folder)); folder = dirname(folder)) missing.push(folder)
    await makeFolders(directory)
    await access(directory, constants.W_OK)
  } catch (error) {
    const told = fileError(error, `cannot write to the folder '${directory}'`)
    if (!isPocketError(told)) throw told
    throw new PocketError(told.code, told.message, {hint: 'check the path, and that this user may write there', cause: error})
  } finally {
    // One that is not empty, or was never made, stays as it is.
    for (const folder of missing) await rmdir(folder).catch(() => undefined)
  }
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
