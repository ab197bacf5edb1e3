/** Key files: 32 random bytes that open a repository in the place of a password. */
import {randomBytes} from 'node:crypto'
import {open, unlink} from 'node:fs/promises'
import {dirname} from 'node:path'
import {syncFolder} from '../backend/local-files.js'
import {fileError, isPocketError, PocketError, systemCode} from '../errors.js'
import {exists} from '../util/exists.js'
import {makeFolders} from '../util/make-folders.js'
import {readStart} from '../util/read-start.js'
import {decodeKeyFile, encodeKeyFile} from '../format/key.js'
import {tryFolder} from './local-folder.js'

const KEY_BYTES = 32
/** A key file is far shorter; what is longer is none. */
const MAX_BYTES = 4096

/** Writes a new key file, readable by its owner only; durable when it resolves. Throws `usage` rather than replace a file. */
export async function generateKeyFile(path: string): Promise<Uint8Array> {
  const key = randomBytes(KEY_BYTES)
  await makeFolderOf(path)
  const file = await create(path)
  try {
    await file.writeFile(encodeKeyFile(key))
    await file.sync()
  } catch (error) {
    await unlink(path)
    throw fileError(error, `cannot write the key file '${path}'`)
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
  return key
}

/** Throws what `generateKeyFile` would throw at `path`, as far as it can be known beforehand, and makes nothing. */
export async function tryKeyFilePlace(path: string): Promise<void> {
  // Before the folder: a file that cannot be looked at is in one that cannot be written to, which is told better.
  await tryFolder(dirname(path))
  if (await exists(path)) throw alreadyThere(path)
}

/** Throws `key-missing` when there is no key file at `path`. */
export async function readKeyFile(path: string): Promise<Uint8Array> {
  try {
    return decodeKeyFile(await readText(path))
  } catch (error) {
    if (!isPocketError(error, 'key-missing') || error.cause) throw error
    throw new PocketError('key-missing', `'${path}' is not a key file of Pocket`, {hint: error.hint, cause: error})
  }
}

async function readText(path: string): Promise<string> {
  try {
    return (await readStart(path, MAX_BYTES)).toString('utf8')
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new PocketError('key-missing', `cannot read the key file '${path}': ${code}`, {
      hint: 'check its path and who may read it',
      cause: error,
    })
  }
}

async function makeFolderOf(path: string): Promise<void> {
  try {
    await makeFolders(dirname(path))
  } catch (error) {
    throw fileError(error, `cannot make the folder of the key file '${path}'`)
  }
}

async function create(path: string): ReturnType<typeof open> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    if (code === 'EEXIST') throw alreadyThere(path, error)
    throw new PocketError('io-failed', `cannot write the key file '${path}': ${code}`, {cause: error})
  }
}

function alreadyThere(path: string, cause?: unknown): PocketError {
  return new PocketError('usage', `there is a file at '${path}' already`, {hint: 'name another place for the key', cause})
}
