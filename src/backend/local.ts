import {link, open, rename, stat, unlink} from 'node:fs/promises'
import {dirname, join, resolve} from 'node:path'
import {PocketError, systemCode} from '../errors.js'
import {type Backend, type GetOptions, type ListedObject, LOCAL_ACCESS, type ObjectStat, type PutOptions} from './backend.js'
import {FolderSyncs} from './folder-syncs.js'
import {type Attempt, isMissing, localError, objectExists, objectMissing, rootMissing} from './local-errors.js'
import {makeFolderDurably, makeFoldersDurably, readSpan, writeDurably} from './local-files.js'
import {listObjects, statIfThere} from './local-listing.js'
import {removeStale, TEMPORARY_FOLDER, temporaryName} from './local-temporary.js'
import {checkObjectName, checkPrefix} from './name.js'
import {resolveRange} from './range.js'

/** File systems without hard links (FAT, some FUSE) answer `link` so. */
const LINK_REFUSED = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** A backend on the folder `directory`, which is neither made nor looked at before the first call. */
export function openLocalBackend(directory: string): Backend {
  return new LocalBackend(resolve(directory))
}

/**
 * Makes the folder (and its parents, durably) unless it is there, and opens it. Throws `permission-denied`,
 * `read-only`, `no-space`, `io-failed`.
 */
export async function createLocalBackend(directory: string): Promise<Backend> {
  const root = resolve(directory)
  try {
    await makeFoldersDurably(root)
  } catch (error) {
    throw localError(error, {verb: 'create', subject: '', location: root})
  }
  return new LocalBackend(root)
}

class LocalBackend implements Backend {
  readonly location: string
  readonly access = LOCAL_ACCESS
  readonly #temporaryFolder: string
  /** Folders below the root that are known to be there, and on the disk. */
  readonly #folders = new Map<string, Promise<void>>()
  readonly #syncs = new FolderSyncs()
  #swept: Promise<void> | undefined
  /** The file system on which the root was first seen. */
  #device: number | undefined

  constructor(root: string) {
    this.location = root
    this.#temporaryFolder = join(root, TEMPORARY_FOLDER)
  }

  async put(name: string, bytes: Uint8Array | readonly Uint8Array[], options: PutOptions = {}): Promise<void> {
    checkObjectName(name)
    const parts = bytes instanceof Uint8Array ? [bytes] : bytes
    await this.#attempt('write', name, async () => {
      try {
        await this.#putOnce(name, parts, options)
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error
        // Somebody removed an empty folder since we made it, or the whole disk is gone.
        await this.#checkRoot()
        this.#folders.clear()
        await this.#putOnce(name, parts, options)
      }
    })
  }

  async get(name: string, {range}: GetOptions = {}): Promise<Uint8Array> {
    checkObjectName(name)
    return this.#attempt('read', name, async () => {
      try {
        return await this.#read(name, range)
      } catch (error) {
        if (isMissing(error)) throw objectMissing(name, this.location)
        throw error
      }
    })
  }

  async stat(name: string): Promise<ObjectStat | undefined> {
    checkObjectName(name)
    const stats = await this.#attempt('read', name, () => statIfThere(this.#path(name)))
    return stats?.isFile() ? {sizeBytes: stats.size} : undefined
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    checkPrefix(prefix)
    try {
      yield* listObjects(this.location, prefix)
      // An empty answer must mean that there is nothing, not that the disk is not mounted.
      await this.#checkRoot()
    } catch (error) {
      throw localError(error, {verb: 'list', subject: prefix, location: this.location})
    }
  }

  async remove(name: string): Promise<void> {
    checkObjectName(name)
    const path = this.#path(name)
    await this.#attempt('remove', name, async () => {
      try {
        await unlink(path)
        await this.#syncs.sync(dirname(path))
      } catch (error) {
        if (isMissing(error)) return this.#checkRoot()
        if (await isFolder(path)) return
        throw error
      }
    })
  }

  async close(): Promise<void> {
    this.#folders.clear()
  }

  #path(name: string): string {
    return join(this.location, name)
  }

  async #attempt<T>(verb: Attempt['verb'], name: string, work: () => Promise<T>): Promise<T> {
    try {
      this.#device ??= (await statIfThere(this.location))?.dev
      return await work()
    } catch (error) {
      throw localError(error, {verb, subject: name, location: this.location})
    }
  }

  async #putOnce(name: string, parts: readonly Uint8Array[], {ifAbsent}: PutOptions): Promise<void> {
    const target = this.#path(name)
    const temporary = join(this.#temporaryFolder, temporaryName())
    await this.#makeFolder(this.#temporaryFolder)
    await this.#makeFoldersAbove(name)
    try {
      await writeDurably(temporary, parts)
      await this.#sweepOnce(temporary)
      if (ifAbsent) await this.#linkAbsent(name, temporary)
      else await rename(temporary, target)
    } catch (error) {
      await discard(temporary)
      throw error
    }
    await this.#syncs.sync(dirname(target))
  }

  async #read(name: string, range: GetOptions['range']): Promise<Uint8Array> {
    const file = await open(this.#path(name), 'r')
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw objectMissing(name, this.location)
      const {start, length} = resolveRange(name, stats.size, range)
      const bytes = await readSpan(file, start, length)
      if (bytes.length === length) return bytes
      throw new PocketError('io-failed', `cannot read '${name}' in '${this.location}': it shrank while being read`)
    } finally {
      await file.close()
    }
  }

  /** Makes every folder above the object, one by one and never the root: it may be a disk that is not mounted. */
  async #makeFoldersAbove(name: string): Promise<void> {
    let folder = this.location
    for (const segment of name.split('/').slice(0, -1)) {
      folder = join(folder, segment)
      await this.#makeFolder(folder)
    }
  }

  async #makeFolder(folder: string): Promise<void> {
    let made = this.#folders.get(folder)
    if (made === undefined) {
      made = this.#checkRoot().then(() => makeFolderDurably(folder))
      this.#folders.set(folder, made)
    }
    try {
      await made
    } catch (error) {
      this.#folders.delete(folder)
      throw error
    }
  }

  /** `temporary` was just written, so its time is the file system's own now. */
  async #sweepOnce(temporary: string): Promise<void> {
    this.#swept ??= stat(temporary).then(({mtimeMs}) => removeStale(this.#temporaryFolder, mtimeMs))
    try {
      await this.#swept
    } catch (error) {
      this.#swept = undefined
      throw error
    }
  }

  /** Gives the finished file its name only if nothing has it, in one step of the file system. */
  async #linkAbsent(name: string, temporary: string): Promise<void> {
    try {
      await link(temporary, this.#path(name))
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw objectExists(name, this.location)
      if (!LINK_REFUSED.has(systemCode(error) ?? '')) throw error
      return this.#claimAbsent(name, temporary)
    }
    await discard(temporary)
  }

  /** Without hard links: whoever creates the claim may look and rename. */
  async #claimAbsent(name: string, temporary: string): Promise<void> {
    const claim = join(this.#temporaryFolder, `claim_${name.replaceAll('/', '_')}`)
    try {
      await (await open(claim, 'wx', 0o600)).close()
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      throw new PocketError('io-failed', `cannot write '${name}' in '${this.location}': another process is writing it`, {
        retryable: true,
        hint: `try again; if no other process is writing, remove '${claim}'`,
      })
    }
    try {
      if (await statIfThere(this.#path(name))) throw objectExists(name, this.location)
      await rename(temporary, this.#path(name))
    } finally {
      await unlink(claim)
    }
  }

  /** Throws when the folder is gone, or is no more on the disk that it was on: an empty folder stays where a disk was mounted. */
  async #checkRoot(): Promise<void> {
    const stats = await statIfThere(this.location)
    if (!stats?.isDirectory() || stats.dev !== (this.#device ?? stats.dev)) throw rootMissing(this.location)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory() ?? false
}

/** Removes an unfinished file. Its own failure is not worth hiding the first error: the sweep finds the file later. */
async function discard(temporary: string): Promise<void> {
  await unlink(temporary).catch(() => undefined)
}
