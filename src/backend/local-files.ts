/** Files and folders that survive a power loss: the steps of which the local backend is made. */
import {type FileHandle, mkdir, open, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import {systemCode} from '../errors.js'

/** One call of writev takes at most this many parts on Linux and macOS (IOV_MAX). */
const MAXIMUM_PARTS = 1024

/** Some file systems without permissions (FAT, SMB) refuse chmod; the mode only guards against accidents. */
const MODE_REFUSED = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'])

/** Network and FUSE file systems that cannot sync a folder answer so; there is nothing more one could do. */
const SYNC_REFUSED = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Writes a file that must not exist yet, read-only from then on, and waits until its bytes are on the disk. */
export async function writeDurably(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await writeAll(file, parts)
    await makeReadOnly(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** `length` bytes from `start`; an array shorter than that when the file ends before. */
export async function readSpan(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  // Not from the pool: the caller owns the array and may hand it to a worker.
  const bytes = Buffer.allocUnsafeSlow(length)
  let done = 0
  while (done < length) {
    const {bytesRead} = await file.read(bytes, done, length - done, start + done)
    if (bytesRead === 0) return bytes.subarray(0, done)
    done += bytesRead
  }
  return bytes
}

/** Makes `folder` if it is not there (its parent must be), and waits until its entry in the parent is on the disk. */
export async function makeFolderDurably(folder: string): Promise<void> {
  try {
    await mkdir(folder, 0o700)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  // Also when it was there: another process may have made it a moment ago and not have synced yet.
  await syncFolder(dirname(folder))
}

/**
 * Makes `folder` and those above it that are not there, each durably. Not by way of `recursive: true`, which never returns below /proc,
 * where a folder cannot be made and nothing is missing above it.
 */
export async function makeFoldersDurably(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) await makeFoldersDurably(parent)
  try {
    await mkdir(folder, 0o700)
  } catch (error) {
    const isMadeByOther = systemCode(error) === 'EEXIST' && (await isFolder(folder))
    if (!isMadeByOther) throw error
  }
  await syncFolder(parent)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Waits until the entries of `folder` (new, renamed, removed) are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for syncing; NTFS writes its entries through its own journal.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!SYNC_REFUSED.has(systemCode(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}

async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  let rest = parts.filter((part) => part.length > 0)
  while (rest.length > 0) {
    const {bytesWritten} = await file.writev(rest.slice(0, MAXIMUM_PARTS))
    rest = skipBytes(rest, bytesWritten)
  }
}

/** What is left of `parts` after their first `count` bytes: a disk that fills up takes fewer than it was given. */
function skipBytes(parts: Uint8Array[], count: number): Uint8Array[] {
  let index = 0
  let left = count
  while (index < parts.length && left >= parts[index].length) {
    left -= parts[index].length
    index += 1
  }
  if (left === 0) return parts.slice(index)
  return [parts[index].subarray(left), ...parts.slice(index + 1)]
}

async function makeReadOnly(file: FileHandle): Promise<void> {
  // On Windows the read-only attribute would keep the object from being replaced and removed.
  if (process.platform === 'win32') return
  try {
    await file.chmod(0o400)
  } catch (error) {
    if (!MODE_REFUSED.has(systemCode(error) ?? '')) throw error
  }
}
