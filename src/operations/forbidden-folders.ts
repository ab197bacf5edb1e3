/** Folders that no snapshot takes in: the repository that it goes to, and the local cache. */
import {stat} from 'node:fs/promises'
import {folderKey} from '../engine/snapshot-walk.js'
import type {SkipReason} from '../engine/snapshot-events.js'
import {systemCode} from '../errors.js'
import type {Repository} from '../repository/repository.js'

export async function forbiddenFolders({location, cacheDirectory}: Repository): Promise<Map<string, SkipReason>> {
  const folders = new Map<string, SkipReason>()
  await forbid(folders, location, 'repository')
  if (cacheDirectory !== undefined) await forbid(folders, cacheDirectory, 'cache')
  return folders
}

/** A location that is no folder of this machine has nothing to be skipped. */
async function forbid(folders: Map<string, SkipReason>, path: string, reason: SkipReason): Promise<void> {
  try {
    folders.set(folderKey(await stat(path, {bigint: true})), reason)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
