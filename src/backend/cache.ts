import {unlink} from 'node:fs/promises'
import {join} from 'node:path'
import {isPocketError, PocketError, systemCode} from '../errors.js'
import {makeFolders} from '../util/make-folders.js'
import {concatBytes} from '../util/bytes.js'
import {nowNs} from '../util/clock.js'
import type {Access, Backend, ByteRange, GetOptions, ListedObject, ObjectStat, PutOptions} from './backend.js'
import {damagedCopy, readCacheFile, writeCacheFile} from './cache-file.js'
import {CachePieces} from './cache-pieces.js'
import {type Attempt, isMissing, localError} from './local-errors.js'
import {removeStale, TEMPORARY_FOLDER, temporaryName} from './local-temporary.js'
import {checkObjectName} from './name.js'
import {checkRange, resolveRange, type Span} from './range.js'

export interface CacheOptions {
  /** Where the copies lie, one file an object; made when the first is written. Of one repository only. */
  directory: string
  /** Which objects to keep copies of: only such as never change under their name. */
  isCached: (name: string) => boolean
  /** Whether `bytes` are the whole object `name`. */
  verify: (name: string, bytes: Uint8Array) => boolean
  /** Told of the first failure to write and of the first failure to read a copy; neither fails a call. */
  onWarning?: (warning: PocketError) => void
}

/** Of an object: more of them are rather fetched with all of it. */
const MAX_PIECES = 16

/**
 * Keeps copies of whole immutable objects in a local folder and answers `get` from them. An object that is not there
 * yet is fetched whole, also for a range of it, unless that is said to be sparse: the first few such ranges are kept
 * as pieces, until there is a whole copy. A copy or piece that is damaged or cannot be read is dropped and the object
 * fetched from `backend`; when copies cannot be written, calls go through to `backend` as they are.
 *
 * `stat` and `list` always ask `backend`; `get` may still answer for an object that someone else removed.
 */
export function cachedBackend(backend: Backend, options: CacheOptions): Backend {
  return new CachedBackend(backend, options)
}

class CachedBackend implements Backend {
  readonly location: string
  readonly access: Access
  readonly traffic: Backend['traffic']
  readonly retention: Backend['retention']
  readonly conditionalCreate: Backend['conditionalCreate']
  readonly #backend: Backend
  readonly #options: CacheOptions
  readonly #pieces: CachePieces
  readonly #fetches = new Map<string, Promise<Uint8Array>>()
  /** Objects whose bytes are not what their names say: fetching them whole for each range would be waste. */
  readonly #unverifiable = new Set<string>()
  readonly #warned = new Set<Attempt['verb']>()
  #prepared: Promise<void> | undefined
  #isWritable = true

  constructor(backend: Backend, options: CacheOptions) {
    this.location = backend.location
    this.access = backend.access
    this.traffic = backend.traffic
    this.retention = backend.retention
    this.conditionalCreate = backend.conditionalCreate
    this.#backend = backend
    this.#options = options
    this.#pieces = new CachePieces(options.directory)
  }

  get endpoint(): string | undefined {
    return this.#backend.endpoint
  }

  async paused(): Promise<void> {
    await this.#backend.paused?.()
  }

  async put(name: string, bytes: Uint8Array | readonly Uint8Array[], options?: PutOptions): Promise<void> {
    await this.#backend.put(name, bytes, options)
    if (this.#options.isCached(name)) await this.#store(name, bytes instanceof Uint8Array ? bytes : concatBytes(bytes))
  }

  async get(name: string, options: GetOptions = {}): Promise<Uint8Array> {
    checkObjectName(name)
    const {range} = options
    if (range !== undefined) checkRange(name, range)
    // Copies are read with no call of the backend.
    if (this.#backend.paused) await this.#backend.paused()
    if (!this.#options.isCached(name)) return this.#backend.get(name, options)
    if (options.isFresh) return this.#getFresh(name, options)
    const copy = await this.#read(name, range)
    if (copy !== undefined) return copy
    if (!this.#isWritable || this.#unverifiable.has(name)) return this.#backend.get(name, options)
    if (range === undefined) return this.#fetch(name)
    if ('start' in range) {
      const piece = await this.#readPiece(name, range)
      if (piece !== undefined) return piece
      if (options.isSparse && (await this.#mayKeepPiece(name))) return this.#fetchPiece(name, range)
    }
    const whole = await this.#fetchShared(name)
    const {start, length} = resolveRange(name, whole.length, range)
    return Uint8Array.prototype.slice.call(whole, start, start + length)
  }

  stat(name: string): Promise<ObjectStat | undefined> {
    return this.#backend.stat(name)
  }

  list(prefix: string): AsyncIterable<ListedObject> {
    return this.#backend.list(prefix)
  }

  async remove(name: string): Promise<void> {
    await this.#backend.remove(name)
    if (!this.#options.isCached(name)) return
    await this.#drop(name)
    await this.#dropPieces(name)
  }

  close(): Promise<void> {
    return this.#backend.close()
  }

  #path(name: string): string {
    return join(this.#options.directory, name)
  }

  /** From the backend alone; a whole copy stays only when it is what its name says, which of pieces nobody can tell. */
  async #getFresh(name: string, options: GetOptions): Promise<Uint8Array> {
    await this.#read(name, undefined)
    await this.#dropPieces(name)
    return this.#backend.get(name, options)
  }

  /** The copy or its range; undefined when there is none, or none that can be trusted. */
  async #read(name: string, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readCacheFile(this.#path(name), name, range)
      if (bytes !== undefined && range === undefined && !this.#options.verify(name, bytes)) throw damagedCopy(name)
      return bytes
    } catch (error) {
      this.#warn(error, 'read', name)
      await this.#drop(name)
      return undefined
    }
  }

  /** The range, if there is a piece of it that can be trusted. */
  async #readPiece(name: string, range: Span): Promise<Uint8Array | undefined> {
    try {
      return await this.#pieces.read(name, range)
    } catch (error) {
      this.#warn(error, 'read', name)
      await this.#dropPieces(name)
      return undefined
    }
  }

  /** Not when all of the object is on its way, nor when so much of it is here that the rest had better come too. */
  async #mayKeepPiece(name: string): Promise<boolean> {
    if (this.#fetches.has(name)) return false
    try {
      return (await this.#pieces.count(name)) < MAX_PIECES
    } catch (error) {
      this.#warn(error, 'read', name)
      return false
    }
  }

  async #fetchPiece(name: string, range: Span): Promise<Uint8Array> {
    const bytes = await this.#backend.get(name, {range})
    await this.#write(name, (temporary) => this.#pieces.store(name, range, {bytes, temporary}))
    return bytes
  }

  async #dropPieces(name: string): Promise<void> {
    try {
      await this.#pieces.drop(name)
    } catch (error) {
      // Where the cache is no folder there are none.
      if (!isMissing(error)) this.#warn(error, 'remove', name)
    }
  }

  /** The whole object from the backend, of which a copy is kept. */
  async #fetch(name: string): Promise<Uint8Array> {
    const bytes = await this.#backend.get(name)
    await this.#store(name, bytes)
    return bytes
  }

  /** As `#fetch`, once for all who want ranges of the object at the same time; nobody may change the array. */
  async #fetchShared(name: string): Promise<Uint8Array> {
    const running = this.#fetches.get(name)
    if (running !== undefined) return running
    const fetch = this.#fetch(name)
    this.#fetches.set(name, fetch)
    try {
      return await fetch
    } finally {
      this.#fetches.delete(name)
    }
  }

  async #store(name: string, bytes: Uint8Array): Promise<void> {
    if (!this.#options.verify(name, bytes)) {
      this.#unverifiable.add(name)
      return
    }
    await this.#write(name, (temporary) => writeCacheFile(this.#path(name), temporary, bytes))
    await this.#dropPieces(name)
  }

  /** `work` is given the path of a temporary file for it. */
  async #write(name: string, work: (temporary: string) => Promise<void>): Promise<void> {
    if (!this.#isWritable) return
    const temporaryFolder = join(this.#options.directory, TEMPORARY_FOLDER)
    try {
      this.#prepared ??= prepare(temporaryFolder)
      await this.#prepared
      await work(join(temporaryFolder, temporaryName()))
    } catch (error) {
      // Another process has taken the folder away that it was to go to: the next copy makes it anew.
      this.#prepared = undefined
      if (systemCode(error) === 'ENOENT') return
      this.#isWritable = false
      this.#warn(error, 'write', name)
    }
  }

  async #drop(name: string): Promise<void> {
    try {
      await unlink(this.#path(name))
    } catch (error) {
      // A folder of that name holds copies of other objects and is none itself.
      if (!isMissing(error) && systemCode(error) !== 'EISDIR') this.#warn(error, 'remove', name)
    }
  }

  /** Tells of the first failure of each kind; what is not a failure of the disk is a bug and thrown on. */
  #warn(error: unknown, verb: Attempt['verb'], name: string): void {
    const warning = localError(error, {verb, subject: name, location: this.#options.directory})
    if (!isPocketError(warning)) throw warning
    if (this.#warned.has(verb)) return
    this.#warned.add(verb)
    if (warning === error) return this.#options.onWarning?.(warning)
    this.#options.onWarning?.(
      new PocketError(warning.code, `the local cache: ${warning.message}`, {
        hint: 'the repository is not concerned, and the run goes on without; --cache-directory names another place, --no-cache does without one',
        cause: error,
      }),
    )
  }
}

async function prepare(temporaryFolder: string): Promise<void> {
  await makeFolders(temporaryFolder)
  await removeStale(temporaryFolder, Number(nowNs() / 1_000_000n))
}
