/**
 * Which packs this machine has found damaged, noted in the local cache: a write session does not count on them, so that what they hold is
 * stored anew where it is met again. A note goes when its pack has gone.
 */
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemCode} from '../errors.js'
import {isObjectId, type ObjectId} from '../id.js'
import {replaceFile} from '../util/replace-file.js'

const NOTE = 'damaged-packs'
/** More would mean that the storage as a whole cannot be read. */
const MOST_NOTES = 10_000

/** `cacheDirectory`: the repository's own. Throws system errors; what is no id is passed over. */
export async function readDamagedPacks(cacheDirectory: string): Promise<Set<ObjectId>> {
  try {
    const text = await readFile(join(cacheDirectory, NOTE), 'latin1')
    return new Set(text.split('\n').filter(isObjectId))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Set()
    throw error
  }
}

/** Adds to the notes. */
export async function noteDamagedPacks(cacheDirectory: string, packs: Iterable<ObjectId>): Promise<void> {
  const known = await readDamagedPacks(cacheDirectory)
  const all = new Set([...known, ...packs])
  if (all.size > known.size) await write(cacheDirectory, all)
}

/** Takes packs out of the notes: they are gone, or whole after all. */
export async function forgetDamagedPacks(cacheDirectory: string, packs: Iterable<ObjectId>): Promise<void> {
  const known = await readDamagedPacks(cacheDirectory)
  const left = new Set(known)
  for (const id of packs) left.delete(id)
  if (left.size < known.size) await write(cacheDirectory, left)
}

function write(cacheDirectory: string, packs: ReadonlySet<ObjectId>): Promise<void> {
  return replaceFile(join(cacheDirectory, NOTE), [...packs].slice(-MOST_NOTES).join('\n'))
}
