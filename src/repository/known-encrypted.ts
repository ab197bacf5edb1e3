/** Remembers in the local cache which repositories are encrypted, so that nobody can put a config in their place that says they are not. */
import {stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileError, isPocketError, PocketError, systemCode} from '../errors.js'
import {makeFolders} from '../util/make-folders.js'
import type {OnWarning} from './repository.js'

const NOTE = 'encrypted'

/** Notes in `directory`, the repository's own in the cache, that the repository is encrypted. What fails is told and fails nothing. */
export async function rememberEncrypted(directory: string, onWarning: OnWarning): Promise<void> {
  try {
    if (await isNoted(directory)) return
    await makeFolders(directory)
    await writeFile(join(directory, NOTE), '')
  } catch (error) {
    const warning = fileError(error, `cannot keep notes in the cache '${directory}'`)
    if (!isPocketError(warning)) throw error
    onWarning(warning)
  }
}

/** Throws `authentication-failed` when the repository whose folder in the cache is `directory` has been encrypted before. */
export async function refuseDecrypted(directory: string, location: string): Promise<void> {
  if (!(await isNoted(directory))) return
  throw new PocketError('authentication-failed', `the repository at '${location}' says that it is not encrypted, and it was before`, {
    hint: "somebody has changed its object 'config': put back a copy of it",
  })
}

async function isNoted(directory: string): Promise<boolean> {
  try {
    await stat(join(directory, NOTE))
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false
    throw fileError(error, `cannot look into the cache '${directory}'`)
  }
}
