/** Which chunks snapshots need: every tree page is read once, however many snapshots have it. */
import {type ErrorCode, isPocketError, type PocketError} from '../errors.js'
import {decodeChunkList} from '../format/chunk-list.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {decodeTreePage, type TreeTable} from '../format/tree.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {type ReadTree, referenceAt, type References} from '../snapshot/read-tables.js'
import type {Pacer} from './pacer.js'

/** A bit for each slot of an index to which nothing is added any more. */
export class UsedChunks {
  readonly #bits: Uint8Array

  constructor(index: ChunkIndex) {
    this.#bits = new Uint8Array(Math.ceil(index.slots / 8))
  }

  has(slot: number): boolean {
    return (this.#bits[slot >>> 3] & (1 << (slot & 7))) !== 0
  }

  /** False when it was set already. */
  add(slot: number): boolean {
    const bit = 1 << (slot & 7)
    const isNew = (this.#bits[slot >>> 3] & bit) === 0
    this.#bits[slot >>> 3] |= bit
    return isNew
  }
}

export interface UsageWalkOptions {
  index: ChunkIndex
  read: ReadTree
  used: UsedChunks
  pacer: Pacer
  /** Told of each chunk that is needed and is in no pack of the index, as often as it is met. */
  onMissing: (id: Uint8Array, kind: 'data' | 'tree') => void
  /** Told of each page that cannot be read: what it refers to is not known. */
  onUnreadable: (error: PocketError) => void
}

type Page = {type: 'tree'; reference: ChunkReference} | {type: 'list'; reference: ChunkReference; level: number}

/** What is wrong with a page itself, and not with the way to it. */
export const UNREADABLE: ReadonlySet<ErrorCode> = new Set([
  'object-missing',
  'damaged-pack',
  'damaged-frame',
  'damaged-chunk',
  'damaged-tree',
  'authentication-failed',
  'chunk-missing',
])

export class UsageWalk {
  readonly #options: UsageWalkOptions
  readonly #pages: Page[] = []

  constructor(options: UsageWalkOptions) {
    this.#options = options
  }

  /** Marks everything that the tree of this root page needs. Throws what keeps the walk from going on, and `interrupted`. */
  async mark(root: ChunkReference): Promise<void> {
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

  #takeTable({length, types, counts, depths, ids, lengths}: TreeTable): void {
    let start = 0
    for (let entry = 0; entry < length; entry++) {
      const end = start + counts[entry]
      const references = {ids: ids.subarray(start * CHUNK_ID_BYTES, end * CHUNK_ID_BYTES), lengths: lengths.subarray(start, end)}
      if (types[entry] === ENTRY_TYPE.directory) this.#enterAll(references, 0)
      else if (depths[entry] > 0) this.#enterAll(references, depths[entry])
      else this.#use(references)
      start = end
    }
  }

  #takeList(bytes: Uint8Array, level: number): void {
    const list = decodeChunkList(bytes)
    if (level > 1) this.#enterAll(list, level - 1)
    else this.#use(list)
  }

  /** `level`: of the chunk lists that they are; 0 for pages of trees. */
  #enterAll(references: References, level: number): void {
    for (let place = 0; place < references.lengths.length; place++) {
      const reference = referenceAt(references, place)
      this.#enter(level === 0 ? {type: 'tree', reference} : {type: 'list', reference, level})
    }
  }

  #enter(page: Page): void {
    const {index, used, onMissing} = this.#options
    const slot = index.slotOf(page.reference.id)
    if (slot < 0) return onMissing(page.reference.id, 'tree')
    if (used.add(slot)) this.#pages.push(page)
  }

  #use({ids, lengths}: References): void {
    const {index, used, onMissing} = this.#options
    for (let place = 0; place < lengths.length; place++) {
      const slot = index.slotOf(ids, place * CHUNK_ID_BYTES)
      if (slot < 0) onMissing(ids.subarray(place * CHUNK_ID_BYTES, (place + 1) * CHUNK_ID_BYTES), 'data')
      else used.add(slot)
    }
  }
}
