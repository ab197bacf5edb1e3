/**
 * Notes in the local cache that a write session is under way, so that the next one on this machine knows that one died: then the packs
 * which that session finished but did not index are looked for, once. Losing a marker costs stored bytes, never correctness.
 */
import {randomUUID} from 'node:crypto'
import {readdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemCode} from '../errors.js'
import {makeFolders} from '../util/make-folders.js'

export interface SessionMarker {
  /** Called when everything that the session has put is indexed. */
  remove(): Promise<void>
  /** Called when the session has ended and not all of it could be indexed: the marker stays, for the next session to find. */
  abandon(): void
}

const FOLDER = 'sessions'

/** Names of the markers of sessions that are open in this process. */
const own = new Set<string>()

export async function placeMarker(cacheDirectory: string): Promise<SessionMarker> {
  const folder = join(cacheDirectory, FOLDER)
  // The process is in the name, so that a marker is never seen without it.
  const name = `${process.pid}_${randomUUID()}`
  const path = join(folder, name)
  own.add(name)
  await makeFolders(folder)
  await writeFile(path, '')
  return {
    remove: async () => {
      own.delete(name)
      await rm(path, {force: true})
    },
    abandon: () => void own.delete(name),
  }
}

/** Paths of the markers whose process is gone. */
export async function findDeadMarkers(cacheDirectory: string): Promise<string[]> {
  const folder = join(cacheDirectory, FOLDER)
  const names = await listFolder(folder)
  return names.filter((name) => !own.has(name) && !isOther(Number(name.split('_')[0]))).map((name) => join(folder, name))
}

export async function removeMarkers(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, {force: true})
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Whether another process has this id. One with our own is dead: in a container every run may have the same. */
function isOther(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}
