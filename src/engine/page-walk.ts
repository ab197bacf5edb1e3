/** Goes through the pages of a snapshot's trees and chunk lists, as far as the visitor wants to see what lies below them. */
import {type ErrorCode, isPocketError, type PocketError} from '../errors.js'
import {decodeChunkList} from '../format/chunk-list.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {decodeTreePage, type TreeTable} from '../format/tree.js'
import type {ChunkKind} from '../repository/chunk-index.js'
import {entriesOf, type ReadTree, referenceAt, type References} from '../snapshot/read-tables.js'
import type {Pacer} from './pacer.js'

export interface PageWalkOptions {
  read: ReadTree
  pacer: Pacer
  /**
   * Called with each reference that is met: its id is at `offset` in `ids`. Whether the page that it leads to is to be read; what it gives for
   * a chunk of data does not matter.
   */
  visit: (ids: Uint8Array, offset: number, length: number, kind: ChunkKind) => boolean
  /** Told of each page that cannot be read: what it refers to is not known. */
  onUnreadable: (error: PocketError) => void
}

/** What is wrong with a page itself, and not with the way to it. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set([
  'object-missing',
  'damaged-pack',
  'damaged-frame',
  'damaged-chunk',
  'damaged-tree',
  'authentication-failed',
  'chunk-missing',
])

type Page = {type: 'tree'; reference: ChunkReference} | {type: 'list'; reference: ChunkReference; level: number}

export class PageWalk {
  readonly #options: PageWalkOptions
  readonly #pages: Page[] = []

  constructor(options: PageWalkOptions) {
    this.#options = options
  }

  /** Throws what keeps the walk from going on, and `interrupted`. */
  async walk(root: ChunkReference): Promise<void> {
    this.#enter({type: 'tree', reference: root})
    for (let page = this.#pages.pop(); page; page = this.#pages.pop()) {
      await this.#options.pacer.betweenDirectories()
      try {
        const bytes = await this.#options.read(page.reference)
        if (page.type === 'tree') this.#takeTree(bytes)
        else this.#takeList(bytes, page.level)
      } catch (error) {
        if (!isPocketError(error) || !UNREADABLE.has(error.code)) throw error
        this.#options.onUnreadable(error)
      }
    }
  }

  #takeTree(bytes: Uint8Array): void {
    const page = decodeTreePage(bytes)
    if (page.level === 0) return this.#takeTable(page.table)
    for (let child = 0; child < page.lengths.length; child++) this.#enter({type: 'tree', reference: referenceAt(page, child)})
  }

  #takeTable(table: TreeTable): void {
    const {types, depths} = table
    for (const {entry, references} of entriesOf(table)) {
      if (types[entry] === ENTRY_TYPE.directory) this.#enterAll(references, 0)
      else if (depths[entry] > 0) this.#enterAll(references, depths[entry])
      else this.#visitAll(references)
    }
  }

  #takeList(bytes: Uint8Array, level: number): void {
    const list = decodeChunkList(bytes)
    if (level > 1) this.#enterAll(list, level - 1)
    else this.#visitAll(list)
  }

  /** `level`: of the chunk lists that they are; 0 for pages of trees. */
  #enterAll(references: References, level: number): void {
    for (let place = 0; place < references.lengths.length; place++) {
      const reference = referenceAt(references, place)
      this.#enter(level === 0 ? {type: 'tree', reference} : {type: 'list', reference, level})
    }
  }

  #enter(page: Page): void {
    const {id, length} = page.reference
    if (this.#options.visit(id, 0, length, 'tree')) this.#pages.push(page)
  }

  #visitAll({ids, lengths}: References): void {
    for (let place = 0; place < lengths.length; place++) this.#options.visit(ids, place * CHUNK_ID_BYTES, lengths[place], 'data')
  }
}
