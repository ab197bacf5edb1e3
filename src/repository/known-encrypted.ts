/**
 * Remembers in the local cache which repositories are encrypted, so that nobody can put a config in their place that says they are not;
 * and which key opened each last, so that this one is tried first.
 */
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileError, isPocketError, PocketError, systemCode} from '../errors.js'
import {isObjectId, type ObjectId} from '../id.js'
import {makeFolders} from '../util/make-folders.js'
import type {OnWarning} from './repository.js'

const NOTE = 'encrypted'

/** Notes in `directory`, the repository's own in the cache, that the repository is encrypted and `keyId` opens it. What fails is told and fails nothing. */
export async function rememberEncrypted(directory: string, keyId: ObjectId, onWarning: OnWarning): Promise<void> {
  try {
    if ((await readNote(directory)) === keyId) return
    await makeFolders(directory)
    await writeFile(join(directory, NOTE), keyId, {mode: 0o600})
  } catch (error) {
    const warning = fileError(error, `cannot keep notes in the cache '${directory}'`)
    if (!isPocketError(warning)) throw error
    onWarning(warning)
  }
}

/** The key that opened the repository last; undefined when that is not known. */
export async function knownKey(directory: string): Promise<ObjectId | undefined> {
  try {
    const note = await readNote(directory)
    return note !== undefined && isObjectId(note) ? note : undefined
  } catch (error) {
    // It only spares requests; `rememberEncrypted` tells what is wrong with the cache.
    if (!isPocketError(error)) throw error
    return undefined
  }
}

/** Throws `authentication-failed` when the repository whose folder in the cache is `directory` has been encrypted before. */
export async function refuseDecrypted(directory: string, location: string): Promise<void> {
  if ((await readNote(directory)) === undefined) return
  throw new PocketError('authentication-failed', `the repository at '${location}' says that it is not encrypted, and it was before`, {
    hint: "somebody has changed its object 'config': put back a copy of it",
  })
}

async function readNote(directory: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, NOTE), 'latin1')
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw fileError(error, `cannot look into the cache '${directory}'`)
  }
}
