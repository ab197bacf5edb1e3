import {closeSync, openSync, readdirSync, readSync} from 'node:fs'
import {lstat, mkdir, readdir, statfs} from 'node:fs/promises'
import {join} from 'node:path'
import {PocketError} from '../src/errors.js'
import {runCommand} from './command.js'

export interface FolderContents {
  files: number
  directories: number
  bytes: number
}

/** Throws `no-space` when the file system of `folder` has less room than `neededBytes`. */
export async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  await mkdir(folder, {recursive: true})
  const {bavail, bsize} = await statfs(folder)
  const freeBytes = bavail * bsize
  if (freeBytes >= neededBytes) return
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1)
  throw new PocketError('no-space', `this workload needs ${gib(neededBytes)} GiB, and '${folder}' has ${gib(freeBytes)} GiB`, {
    hint: 'name a folder on a larger disk with --data or POCKET_BENCH_DATA',
  })
}

/** The sum of the lengths of all files below `folder`. */
export async function storedBytes(folder: string): Promise<number> {
  let total = 0
  for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
    if (entry.isFile()) total += (await lstat(join(entry.parentPath, entry.name))).size
  }
  return total
}

/** Reads everything below `folder` once, so that every tool finds it in the page cache. */
export function warmFolder(folder: string): FolderContents {
  const contents = {files: 0, directories: 0, bytes: 0}
  const buffer = Buffer.allocUnsafe(1 << 20)
  const pending = [folder]
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of readdirSync(directory, {withFileTypes: true})) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) {
        pending.push(path)
        contents.directories += 1
      } else if (entry.isFile()) {
        contents.files += 1
        contents.bytes += readWhole(path, buffer)
      }
    }
  }
  return contents
}

function readWhole(path: string, buffer: Buffer): number {
  const descriptor = openSync(path, 'r')
  try {
    let total = 0
    for (let length = readSync(descriptor, buffer); length > 0; length = readSync(descriptor, buffer)) total += length
    return total
  } finally {
    closeSync(descriptor)
  }
}

/** Removes `folder` and all below it; `rm` does 100,000 files in a fraction of the time of `fs.rm`. */
export async function removeFolder(folder: string): Promise<void> {
  await runCommand({program: 'rm', arguments: ['-rf', '--', folder]})
}

/** Writes what earlier runs left dirty to disk, so that no tool pays for the one before it. */
export async function settle(folder: string): Promise<void> {
  await runCommand({program: 'sync', arguments: ['--file-system', folder]})
}
