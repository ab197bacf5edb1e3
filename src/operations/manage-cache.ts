/** The local cache: what it takes, and how to be rid of it. */
import {readdir, rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {fileError, PocketError, systemCode} from '../errors.js'
import {isObjectId} from '../id.js'

export interface CachedRepository {
  /** Of the repository. */
  id: string
  sizeBytes: number
  files: number
  lastUsedMs: number
}

export interface CacheInfo {
  directory: string
  repositories: CachedRepository[]
  sizeBytes: number
}

export async function cacheInfo({cacheDirectory}: {cacheDirectory: string}): Promise<CacheInfo> {
  const repositories: CachedRepository[] = []
  for (const id of await listRepositories(cacheDirectory)) repositories.push(await measure(join(cacheDirectory, id), id))
  return {directory: cacheDirectory, repositories, sizeBytes: repositories.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)}
}

export interface ClearCacheOptions {
  cacheDirectory: string
  /** Or the beginning of it; all repositories unless given. */
  repositoryId?: string
}

/** Removes cached objects; nothing is lost, the next run fetches them again. Throws `path-missing` for a repository that has no cache. */
export async function clearCache({cacheDirectory, repositoryId}: ClearCacheOptions): Promise<{sizeBytes: number}> {
  const {repositories} = await cacheInfo({cacheDirectory})
  const chosen = repositories.filter(({id}) => id.startsWith(repositoryId ?? ''))
  if (repositoryId !== undefined && chosen.length === 0) {
    throw new PocketError('path-missing', `there is no cache of a repository '${repositoryId}'`, {hint: "'pocket cache list' shows them"})
  }
  for (const {id} of chosen) await rm(join(cacheDirectory, id), {recursive: true, force: true})
  return {sizeBytes: chosen.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)}
}

/** Only folders that are named as repositories are: whatever else lies there is not ours to count or to remove. */
async function listRepositories(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter(isObjectId)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw fileError(error, `cannot look into the cache '${directory}'`)
  }
}

async function measure(directory: string, id: string): Promise<CachedRepository> {
  const measured: CachedRepository = {id, sizeBytes: 0, files: 0, lastUsedMs: 0}
  for (const entry of await readdir(directory, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue
    const stats = await stat(join(entry.parentPath, entry.name)).catch(vanished)
    if (!stats) continue
    measured.files++
    measured.sizeBytes += stats.size
    measured.lastUsedMs = Math.max(measured.lastUsedMs, stats.mtimeMs)
  }
  return measured
}

/** Another run may replace files of the cache while they are counted. */
function vanished(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error
}
