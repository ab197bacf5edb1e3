/** Parts of objects in the local cache: ranges of those of which little is wanted, until a whole copy takes their place. A folder an object. */
import {readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {readCacheFile, writeCacheFile} from './cache-file.js'
import {isMissing} from './local-errors.js'
import type {Span} from './range.js'

/** No object's name begins with a dot. */
const FOLDER = '.pieces'

export class CachePieces {
  readonly #directory: string

  /** `directory`: of the cache. */
  constructor(directory: string) {
    this.#directory = join(directory, FOLDER)
  }

  /** The range, if it was stored as it is asked for. Throws `io-failed` when the piece is damaged, system errors when it cannot be read. */
  async read(name: string, {start, length}: Span): Promise<Uint8Array | undefined> {
    const bytes = await readCacheFile(this.#path(name, {start, length}), name, {start: 0, length})
    return bytes?.length === length ? bytes : undefined
  }

  /** `temporary`: a path of its own in the same file system. Throws system errors. */
  store(name: string, span: Span, {bytes, temporary}: {bytes: Uint8Array; temporary: string}): Promise<void> {
    return writeCacheFile(this.#path(name, span), temporary, bytes)
  }

  /** How many pieces of the object there are. Throws system errors. */
  async count(name: string): Promise<number> {
    try {
      return (await readdir(join(this.#directory, name))).length
    } catch (error) {
      if (isMissing(error)) return 0
      throw error
    }
  }

  /** Removes the pieces of the object. Throws system errors. */
  drop(name: string): Promise<void> {
    return rm(join(this.#directory, name), {recursive: true, force: true})
  }

  #path(name: string, {start, length}: Span): string {
    return join(this.#directory, name, `${start}_${length}`)
  }
}
