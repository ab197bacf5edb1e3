/**
 * Looks at everything that snapshots refer to: each directory once, however many snapshots have it, and whether each chunk lies where it
 * can be read. Chunks of files are not read for that.
 */
import type {PocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {decodeTreePage, type TreeTable} from '../format/tree.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {
  entriesOf,
  readContent,
  readTables,
  type ReadTree,
  referenceAt,
  type References,
  referencesBetween,
  tablesIn,
} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import {isDamageOfOne} from './check-packs.js'
import type {Pacer} from './pacer.js'

export interface TreeCheckOptions {
  /** Without what is known to be lost. */
  index: ChunkIndex
  read: ReadTree
  pacer: Pacer
}

/** A file or folder of a snapshot that cannot be restored as it was. */
export interface DamagedPath {
  /** Below the base of the snapshot; empty for that itself. */
  path: ByteString
  code: string
  message: string
}

const LOST: Omit<DamagedPath, 'path'> = {code: 'chunk-missing', message: 'some of its content is lost'}

export class TreeCheck {
  readonly #options: TreeCheckOptions
  /** By the place of its first page: whether all of a directory, and of what is below it, can be read. */
  readonly #known = new Map<number, boolean>()
  /** Those that are being looked at. */
  readonly #looking = new Map<number, Promise<boolean>>()
  /** Files that were looked at, each as often as a directory has it that had not been looked at. */
  files = 0

  constructor(options: TreeCheckOptions) {
    this.#options = options
  }

  /** Directories that were looked at. */
  get directories(): number {
    return this.#known.size
  }

  /**
   * Whether the directory of this first page, and everything below it, can be restored. May be called for several at a time. Throws what is no
   * damage, and `interrupted`.
   */
  async isWhole(root: ChunkReference): Promise<boolean> {
    const place = this.#placeOf(root)
    if (place === undefined) return false
    const known = this.#known.get(place) ?? this.#looking.get(place)
    if (known !== undefined) return known
    const looking = this.#look(root)
    this.#looking.set(place, looking)
    try {
      const isWhole = await looking
      this.#known.set(place, isWhole)
      return isWhole
    } finally {
      this.#looking.delete(place)
    }
  }

  async #look(root: ChunkReference): Promise<boolean> {
    await this.#options.pacer.betweenDirectories()
    const {read} = this.#options
    try {
      const page = decodeTreePage(await read(root))
      // As nearly all are; a generator would take longer than what is looked at.
      if (page.level === 0) return await this.#isTableWhole(page.table)
      let isWhole = true
      for await (const table of tablesIn(read, page)) if (!(await this.#isTableWhole(table))) isWhole = false
      return isWhole
    } catch (error) {
      if (!isDamageOfOne(error)) throw error
      return false
    }
  }

  /** Undefined when it has not been looked at. */
  #knownOf(root: ChunkReference): boolean | undefined {
    const place = this.#placeOf(root)
    return place === undefined ? false : this.#known.get(place)
  }

  /** What in and below a directory that is not whole cannot be restored. */
  async *damaged(root: ChunkReference, path = '' as ByteString): AsyncGenerator<DamagedPath, void> {
    try {
      for await (const table of readTables(this.#options.read, root)) yield* this.#damagedIn(table, path)
    } catch (error) {
      if (!isDamageOfOne(error)) throw error
      yield {path, ...described(error)}
    }
  }

  async *#damagedIn(table: TreeTable, path: ByteString): AsyncGenerator<DamagedPath, void> {
    for (const {entry, references} of entriesOf(table)) {
      const own = (path === '' ? table.names[entry] : `${path}/${table.names[entry]}`) as ByteString
      if (table.types[entry] === ENTRY_TYPE.file) {
        const problem = await this.problemOf(references, table.depths[entry])
        if (problem) yield {path: own, ...problem}
      } else if (isTree(table, entry) && !(await this.isWhole(referenceAt(references, 0)))) {
        yield* this.damaged(referenceAt(references, 0), own)
      }
    }
  }

  async #isTableWhole(table: TreeTable): Promise<boolean> {
    const {length, types, counts, depths} = table
    // All that the entries refer to at once, of whatever type they are: most are files whose chunks stand in the table itself.
    let isWhole = this.#hasAll(table)
    for (let entry = 0, start = 0; entry < length; start += counts[entry], entry++) {
      if (types[entry] === ENTRY_TYPE.file) {
        this.files++
        if (depths[entry] > 0 && (await this.problemOf(referencesBetween(table, start, start + counts[entry]), depths[entry])))
          isWhole = false
      } else if (isTree(table, entry)) {
        const root = referenceAt(table, start)
        if (!(this.#knownOf(root) ?? (await this.isWhole(root)))) isWhole = false
      }
    }
    return isWhole
  }

  /** Why the content of a file cannot be read. */
  async problemOf(references: References, depth: number): Promise<Omit<DamagedPath, 'path'> | undefined> {
    if (depth === 0) return this.#hasAll(references) ? undefined : LOST
    try {
      for await (const part of readContent(this.#options.read, references, depth)) if (!this.#hasAll(part)) return LOST
      return undefined
    } catch (error) {
      if (!isDamageOfOne(error)) throw error
      return described(error)
    }
  }

  #hasAll({ids, lengths}: References): boolean {
    const {index} = this.#options
    for (let chunk = 0; chunk < lengths.length; chunk++) {
      if (!index.has(ids, chunk * CHUNK_ID_BYTES)) return false
    }
    return true
  }

  /** One number for each chunk: frames are at most 2^26 bytes long before compression, but for single chunks that are longer. */
  #placeOf({id}: ChunkReference): number | undefined {
    const location = this.#options.index.locate(id)
    return location && location.frame * 2 ** 26 + location.offset
  }
}

function described({code, message}: PocketError): Omit<DamagedPath, 'path'> {
  return {code, message}
}

function isTree(table: TreeTable, entry: number): boolean {
  return table.types[entry] === ENTRY_TYPE.directory && table.counts[entry] === 1
}
