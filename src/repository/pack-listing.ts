/** Which packs are stored. One listing tells both what an index names and is gone, and what is there and in no index. */
import {readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Backend} from '../backend/backend.js'
import {systemCode} from '../errors.js'
import {nowNs} from '../util/clock.js'
import {makeFolders} from '../util/make-folders.js'
import {CHUNKS_PREFIX} from './names.js'

/** Stored bytes of each object under `chunks/`, by its name. */
export type StoredPacks = ReadonlyMap<string, number>

const NOTE = 'packs-listed'
const DAY_MS = 24 * 60 * 60_000

/** `putMs` is given when each was put, where that is known. */
export async function listPacks(backend: Backend, putMs?: Map<string, number>): Promise<StoredPacks> {
  const sizes = new Map<string, number>()
  for await (const {name, sizeBytes, modifiedMs} of backend.list(CHUNKS_PREFIX)) {
    sizes.set(name, sizeBytes)
    if (modifiedMs !== undefined) putMs?.set(name, modifiedMs)
  }
  return sizes
}

/** Notes in `cacheDirectory`, the repository's own, that its packs were listed now and what was missing has been dealt with. */
export async function noteListing(cacheDirectory: string): Promise<void> {
  await makeFolders(cacheDirectory)
  await writeFile(join(cacheDirectory, NOTE), String(nowMs()), {mode: 0o600})
}

/** Has the next snapshot list the packs, since one of them was found damaged or gone. */
export async function forgetListing(cacheDirectory: string): Promise<void> {
  await rm(join(cacheDirectory, NOTE), {force: true})
}

/** Whether this client has listed the packs within a day. */
export async function isListedLately(cacheDirectory: string): Promise<boolean> {
  try {
    const ageMs = nowMs() - Number(await readFile(join(cacheDirectory, NOTE), 'latin1'))
    // A clock that was set back since must not put the next listing off.
    return ageMs >= 0 && ageMs < DAY_MS
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

function nowMs(): number {
  return Number(nowNs() / 1_000_000n)
}
