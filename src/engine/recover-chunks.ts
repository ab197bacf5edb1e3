/**
 * Fetches chunks that are lost here from a copy of the repository, whose chunks have the same ids, and stores them again. Listings that were
 * lost lead to more.
 */
import {isPocketError} from '../errors.js'
import {decodeChunkList} from '../format/chunk-list.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {decodeTreePage, type TreeTable} from '../format/tree.js'
import type {ChunkIndex, ChunkKind} from '../repository/chunk-index.js'
import {entriesOf, type ReadTree, referenceAt, type References} from '../snapshot/read-tables.js'
import {toHex} from '../util/bytes.js'
import {isDamageOfOne} from './check-packs.js'
import type {Pacer} from './pacer.js'
import {UsedChunks} from './used-chunks.js'

export interface RecoveryOptions {
  /** What can be read here. */
  index: ChunkIndex
  read: ReadTree
  /** Gives a chunk of the copy, checked against its id. */
  fetch: (kind: ChunkKind, reference: ChunkReference) => Promise<Uint8Array>
  /** Takes what was fetched. */
  store: (kind: ChunkKind, id: Uint8Array, bytes: Uint8Array) => Promise<void>
  pacer: Pacer
}

export interface Recovered {
  chunks: number
  bytes: number
  /** Chunks that the copy does not have either, or not whole. */
  missing: number
}

type Page = {reference: ChunkReference; level: number}

/** Level of a page of a tree; those of chunk lists are above. */
const TREE = 0

export class ChunkRecovery {
  readonly #options: RecoveryOptions
  readonly #seen: UsedChunks
  /** Ids of lost chunks that were dealt with. */
  readonly #lost = new Set<string>()
  readonly #pages: Page[] = []
  readonly result: Recovered = {chunks: 0, bytes: 0, missing: 0}

  constructor(options: RecoveryOptions) {
    this.#options = options
    this.#seen = new UsedChunks(options.index)
  }

  /** Recovers what is lost of the tree with this root page. Throws what is no damage, and `interrupted`. */
  async recover(root: ChunkReference): Promise<void> {
    this.#pages.push({reference: root, level: TREE})
    for (let page = this.#pages.pop(); page; page = this.#pages.pop()) {
      await this.#options.pacer.betweenDirectories()
      const bytes = await this.#readPage(page.reference)
      if (!bytes) continue
      if (page.level === TREE) await this.#takeTree(bytes)
      else await this.#takeList(bytes, page.level)
    }
  }

  /** Undefined for one that was looked at before, or cannot be had. */
  async #readPage(reference: ChunkReference): Promise<Uint8Array | undefined> {
    const slot = this.#options.index.slotOf(reference.id)
    if (slot < 0) return this.#fetch('tree', reference)
    if (!this.#seen.add(slot)) return undefined
    try {
      return await this.#options.read(reference)
    } catch (error) {
      if (!isDamageOfOne(error)) throw error
      return this.#fetch('tree', reference)
    }
  }

  async #fetch(kind: ChunkKind, reference: ChunkReference): Promise<Uint8Array | undefined> {
    const id = toHex(reference.id)
    if (this.#lost.has(id)) return undefined
    this.#lost.add(id)
    try {
      const bytes = await this.#options.fetch(kind, reference)
      await this.#options.store(kind, reference.id, bytes)
      this.result.chunks++
      this.result.bytes += bytes.length
      return bytes
    } catch (error) {
      if (!isDamageOfOne(error)) throw error
      this.result.missing++
      return undefined
    }
  }

  async #takeTree(bytes: Uint8Array): Promise<void> {
    const page = readable(() => decodeTreePage(bytes))
    if (!page) return
    if (page.level === 0) return this.#takeTable(page.table)
    for (let child = 0; child < page.lengths.length; child++) this.#pages.push({reference: referenceAt(page, child), level: TREE})
  }

  async #takeTable(table: TreeTable): Promise<void> {
    const {types, depths} = table
    for (const {entry, references} of entriesOf(table)) {
      if (types[entry] === ENTRY_TYPE.directory) this.#enterAll(references, TREE)
      else if (depths[entry] > 0) this.#enterAll(references, depths[entry])
      else await this.#takeData(references)
    }
  }

  async #takeList(bytes: Uint8Array, level: number): Promise<void> {
    const list = readable(() => decodeChunkList(bytes))
    if (!list) return
    if (level > 1) this.#enterAll(list, level - 1)
    else await this.#takeData(list)
  }

  #enterAll(references: References, level: number): void {
    for (let place = 0; place < references.lengths.length; place++) this.#pages.push({reference: referenceAt(references, place), level})
  }

  async #takeData(references: References): Promise<void> {
    for (let place = 0; place < references.lengths.length; place++) {
      if (!this.#options.index.has(references.ids, place * CHUNK_ID_BYTES)) await this.#fetch('data', referenceAt(references, place))
    }
  }
}

/** Undefined for a page that is not one: that is damage of the snapshot, which no copy heals. */
function readable<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (!isPocketError(error, 'damaged-tree')) throw error
    return undefined
  }
}
