/**
 * What is remembered of trees between one run and the next of the same program, so that a run that looks at little need not read them
 * again. Chunks never change; whether the repository still has one is not what this says.
 */
import {decodeTreePage} from '../format/tree.js'
import type {ChunkReference} from '../format/reference.js'
import type {Totals} from '../format/totals.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {bytesToByteString, type ByteString} from '../util/bytes.js'

const KEPT_PAGE_BYTES = 16 * 1024 * 1024
const KEPT_TOTALS = 200_000

export class TreeMemory {
  /** Pages by id, the least recently used first. */
  readonly #pages = new Map<ByteString, Uint8Array>()
  #pageBytes = 0
  readonly #totals = new Map<ByteString, Totals>()

  /** Reads a page, unless it is remembered, by `read`. */
  async read(reference: ChunkReference, read: ReadTree): Promise<Uint8Array> {
    const id = bytesToByteString(reference.id)
    const kept = this.#pages.get(id)
    const bytes = kept ?? (await read(reference))
    this.#keepPage(id, kept ?? Uint8Array.from(bytes))
    return bytes
  }

  /** A page that was saved. */
  keepPage({id}: ChunkReference, bytes: Uint8Array): void {
    // A copy: what is at hand may be a part of something large.
    this.#keepPage(bytesToByteString(id), Uint8Array.from(bytes))
  }

  keepTotals({id}: ChunkReference, totals: Totals): void {
    // When there are too many the oldest go: they are as good as any to be read again.
    for (const oldest of this.#totals.size < KEPT_TOTALS ? [] : this.#totals.keys()) {
      this.#totals.delete(oldest)
      break
    }
    this.#totals.set(bytesToByteString(id), totals)
  }

  /** The sums of the tree `root`, whose root page is read by `read` unless they are remembered. */
  async totalsOf(root: ChunkReference, read: ReadTree): Promise<Totals> {
    const known = this.#totals.get(bytesToByteString(root.id))
    if (known) return known
    const page = decodeTreePage(await read(root))
    const totals = page.level === 0 ? page.table.totals : page.totals
    this.keepTotals(root, totals)
    return totals
  }

  #keepPage(id: ByteString, bytes: Uint8Array): void {
    if (this.#pages.delete(id)) this.#pageBytes -= bytes.length
    this.#pages.set(id, bytes)
    this.#pageBytes += bytes.length
    for (const [oldest, page] of this.#pages) {
      if (this.#pageBytes <= KEPT_PAGE_BYTES) return
      this.#pages.delete(oldest)
      this.#pageBytes -= page.length
    }
  }
}
