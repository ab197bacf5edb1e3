/** Walks one directory of a stored tree in the order of names, a page at a time, beside a walk of the live directory. */
import {isPocketError, type PocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import type {TreeTable} from '../format/tree.js'
import {type ReadTree, readTables} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'

/** The entries whose reading did not go well, of which nothing may be taken over. */
function doubtfulEntries({errors}: TreeTable): ReadonlySet<number> {
  return new Set(errors.map(({index}) => index))
}

const NOTHING_DOUBTFUL: ReadonlySet<number> = new Set()

/** The directory in a snapshot that was taken before, which is gone through beside the live one. */
export interface PreviousListing {
  cursor: ListingCursor
  /** When that snapshot's run began. */
  startedNs: bigint
}

export class ListingCursor {
  readonly #pages: AsyncGenerator<TreeTable, void>
  /** The page in which the last name was looked for. */
  table: TreeTable | undefined
  #entry = 0
  #reference = 0
  #link = 0
  #doubtful = NOTHING_DOUBTFUL

  readonly #onMissing: (error: PocketError) => void

  /** `onMissing` is told of pages that the repository has lost; then the rest of the directory counts as not there. */
  constructor(read: ReadTree, root: ChunkReference, onMissing: (error: PocketError) => void) {
    this.#pages = readTables(read, root)
    this.#onMissing = onMissing
  }

  /** Whether `name` may lie beyond the page at hand, so that `advance` has to be awaited before `find`. */
  mustAdvance(name: ByteString): boolean {
    return this.table !== undefined && (this.table.length === 0 || this.table.names[this.table.length - 1] < name)
  }

  /** Goes on to the page in which `name` would be. Call it once before the first `find`. */
  async advance(name: ByteString): Promise<void> {
    do {
      this.table = await this.#nextTable()
      this.#entry = 0
      this.#reference = 0
      this.#link = 0
      this.#doubtful = this.table && this.table.errors.length > 0 ? doubtfulEntries(this.table) : NOTHING_DOUBTFUL
    } while (this.mustAdvance(name))
  }

  async #nextTable(): Promise<TreeTable | undefined> {
    try {
      const next = await this.#pages.next()
      return next.done ? undefined : next.value
    } catch (error) {
      // What the index does not name is stored anew by this run. A page that it names but that is damaged would not be: that ends the run.
      if (!isPocketError(error, 'chunk-missing')) throw error
      this.#onMissing(error)
      return undefined
    }
  }

  /** The place of `name` in `table`, or -1. Names must be asked for in rising order. */
  find(name: ByteString): number {
    const table = this.table
    if (!table) return -1
    while (this.#entry < table.length && table.names[this.#entry] < name) {
      if (table.types[this.#entry] === ENTRY_TYPE.link) this.#link++
      this.#reference += table.counts[this.#entry++]
    }
    return this.#entry < table.length && table.names[this.#entry] === name ? this.#entry : -1
  }

  /** Where the references of the entry that was found last begin. */
  get firstReference(): number {
    return this.#reference
  }

  /** How many links its page has before the entry that was found last. */
  get linksBefore(): number {
    return this.#link
  }

  /** Whether the entry that was found last was read well. */
  get isTrusted(): boolean {
    return !this.#doubtful.has(this.#entry)
  }
}
