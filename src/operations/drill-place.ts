/** The temporary folder of a restore drill, and what is left of those of drills that were killed. */
import {randomUUID} from 'node:crypto'
import {lstat, mkdir, readdir, readFile, realpath, rm, statfs} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {fileError, systemCode} from '../errors.js'
import {livenessOf, ownIdentity, type ProcessIdentity} from '../util/process-identity.js'
import {replaceFile} from '../util/replace-file.js'

const PREFIX = 'pocket-drill-'
const PRIVATE = 0o700
/** Notes of folders, in the folder of state: none is searched for among what others have in the same place. */
const NOTES = 'places'

interface PlaceNote {
  folder: string
  process: ProcessIdentity
}

/**
 * Runs `use` with a folder of its own in `parent`, which nobody else can read, and removes that whatever happens. The folder is noted before it is
 * made, so that whoever calls this next removes it when this process is killed. Throws `permission-denied`, `no-space`, `io-failed`.
 */
export async function inDrillPlace<T>(
  {parent, drillsDirectory}: {parent: string; drillsDirectory: string},
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const notes = join(drillsDirectory, NOTES)
  await sweep(notes)
  const name = `${PREFIX}${randomUUID()}`
  const note = join(notes, `${name}.json`)
  const folder = join(await orUnusable(parent, () => realpath(parent)), name)
  await replaceFile(note, JSON.stringify({folder, process: ownIdentity()} satisfies PlaceNote))
  try {
    await orUnusable(parent, () => mkdir(folder, {mode: PRIVATE}))
    return await use(folder)
  } finally {
    await rm(folder, {recursive: true, force: true, maxRetries: 3})
    await rm(note, {force: true})
  }
}

async function orUnusable<T>(parent: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(error, `cannot make a temporary folder in '${parent}'`)
  }
}

/** Bytes that can be written there. Throws system errors. */
export async function freeBytes(folder: string): Promise<number> {
  const {bavail, bsize} = await statfs(folder)
  return bavail * bsize
}

/** Removes the folders of dead processes. */
async function sweep(notes: string): Promise<void> {
  for (const name of await namesIn(notes)) {
    const path = join(notes, name)
    const note = name.endsWith('.json') ? await readNote(path) : undefined
    if (note === undefined || livenessOf(note.process) !== 'dead') continue
    if (basename(note.folder) === name.slice(0, -'.json'.length) && (await isFolder(note.folder))) {
      await rm(note.folder, {recursive: true, force: true, maxRetries: 3})
    }
    await rm(path, {force: true})
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.startsWith(PREFIX))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Undefined for one that another drill has removed meanwhile, or that says nothing. */
async function readNote(path: string): Promise<PlaceNote | undefined> {
  try {
    const note = JSON.parse(await readFile(path, 'utf8')) as Partial<PlaceNote> | null
    return typeof note?.folder === 'string' && note.process ? {folder: note.folder, process: note.process} : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whether the folder itself is there, and is no link to another. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}
