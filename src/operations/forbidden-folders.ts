/** Folders that no snapshot takes in: the repository that it goes to, and the local cache. */
import {stat} from 'node:fs/promises'
import {basename, dirname} from 'node:path'
import {folderKey} from '../engine/folder-key.js'
import type {SkipReason} from '../engine/snapshot-events.js'
import {PocketError, systemCode} from '../errors.js'
import {joinPath} from '../filesystem/native-path.js'
import {realPath, statIfPresent} from '../filesystem/scan.js'
import type {Repository} from '../repository/repository.js'
import {type ByteString, displayName} from '../util/bytes.js'

export async function forbiddenFolders({location, cacheDirectory}: Repository): Promise<Map<string, SkipReason>> {
  const folders = new Map<string, SkipReason>()
  await forbid(folders, location, 'repository')
  if (cacheDirectory !== undefined) await forbid(folders, cacheDirectory, 'cache')
  return folders
}

/** Throws `usage` when a path that was asked for is such a folder, or lies in one: it would be skipped, and nothing saved. */
export function refuseForbidden(paths: readonly ByteString[], forbidden: ReadonlyMap<string, SkipReason>): void {
  for (const path of paths) {
    // A link that is named itself is not followed, those on the way to it are.
    const real = path === dirname(path) ? path : joinPath(realPath(dirname(path) as ByteString), basename(path) as ByteString)
    for (let folder = real; ; folder = dirname(folder) as ByteString) {
      const stats = statIfPresent(folder)
      const reason = stats && forbidden.get(folderKey(stats))
      if (reason) {
        const what = reason === 'repository' ? 'the repository that the snapshot goes to' : "pocket's own cache"
        throw new PocketError('usage', `'${displayName(path)}' belongs to ${what}`, {hint: 'name other folders or files'})
      }
      if (dirname(folder) === folder) break
    }
  }
}

/** A location that is no folder of this machine has nothing to be skipped. */
async function forbid(folders: Map<string, SkipReason>, path: string, reason: SkipReason): Promise<void> {
  try {
    folders.set(folderKey(await stat(path, {bigint: true})), reason)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
