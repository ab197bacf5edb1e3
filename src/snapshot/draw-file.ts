/**
 * Draws files of stored trees at random, without walking them: from the root down, each time into what weighs most likely, by the totals that
 * pages carry. What a draw reads is bounded by the depth of the tree, not by its size.
 */
import {isDamage, type PocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import type {Totals} from '../format/totals.js'
import {decodeTreePage, type TreePage, type TreeTable} from '../format/tree.js'
import {type ByteString, bytesToByteString} from '../util/bytes.js'
import {entriesOf as treeEntriesOf, type TreeEntry} from './entries.js'
import {entriesOf, type ReadTree, referenceAt} from './read-tables.js'

/** By which files are drawn: each alike, or each byte of them alike. */
export type DrawWeight = 'files' | 'bytes'

export interface DrawnFile {
  /** Relative to the base of the snapshot. */
  path: ByteString
  entry: TreeEntry
  /** The page that it stands in, and its number there. */
  table: TreeTable
  index: number
}

export interface FileDrawOptions {
  read: ReadTree
  /** From 0 to below 1. */
  random: () => number
  /** Told once of each page that cannot be read: nothing below it is drawn. */
  onDamage: (path: ByteString, error: PocketError) => void
}

/** Of more folders or pages side by side, so many are drawn first, each alike, and stand for the others: a draw stays bounded and nearly unbiased. */
const MOST_SIDE_BY_SIDE = 16
/** Decoded pages that are kept. */
const KEPT_PAGES = 64
const KEPT_TOTALS = 100_000

interface Way {
  name: ByteString | undefined
  reference: ChunkReference
}

export class FileDraw {
  readonly #options: FileDrawOptions
  readonly #pages = new Map<string, TreePage>()
  readonly #totals = new Map<string, Totals | undefined>()

  constructor(options: FileDrawOptions) {
    this.#options = options
  }

  /** A file at or below the folder whose root page is `root`; undefined where the way led to none, as in a tree without files. */
  async draw(root: ChunkReference, weight: DrawWeight): Promise<DrawnFile | undefined> {
    let path = '' as ByteString
    for (let reference: ChunkReference | undefined = root; reference; ) {
      const page = await this.#read(reference, path)
      if (page === undefined) return undefined
      const files = page.level === 0 ? weightsOf(page.table, weight) : []
      const own = files.reduce((sum, one) => sum + one, 0)
      const way = await this.#drawWay(page.level === 0 ? foldersOf(page.table) : pagesOf(page), own, {path, weight})
      if (way === undefined) return own > 0 && page.level === 0 ? this.#drawEntry(page.table, files, path) : undefined
      path = joined(path, way.name)
      reference = way.reference
    }
    return undefined
  }

  /** Undefined: one of the files beside them, which weigh `own`, or nothing. */
  async #drawWay(all: readonly Way[], own: number, {path, weight}: {path: ByteString; weight: DrawWeight}): Promise<Way | undefined> {
    const ways = this.#some(all)
    const totals = await Promise.all(ways.map((way) => this.#totalsOf(way, joined(path, way.name))))
    const weights = totals.map((one) => one?.[weight] ?? 0)
    const scale = ways.length === 0 ? 0 : all.length / ways.length
    const below = weights.reduce((sum, one) => sum + one, 0) * scale
    if (below === 0 || this.#options.random() * (own + below) < own) return undefined
    return ways[this.#drawNumber(weights)]
  }

  #drawEntry(table: TreeTable, weights: readonly number[], path: ByteString): DrawnFile {
    const index = this.#drawNumber(weights)
    let at = 0
    for (const entry of treeEntriesOf(table)) if (at++ === index) return {path: joined(path, entry.name), entry, table, index}
    throw new RangeError('a page has fewer entries than weights')
  }

  /** A number of `weights`, of which at least one is more than 0. */
  #drawNumber(weights: readonly number[]): number {
    let left = this.#options.random() * weights.reduce((sum, one) => sum + one, 0)
    let last = 0
    for (const [number, weight] of weights.entries()) {
      if (weight === 0) continue
      last = number
      left -= weight
      if (left < 0) return number
    }
    return last
  }

  #some(ways: readonly Way[]): readonly Way[] {
    if (ways.length <= MOST_SIDE_BY_SIDE) return ways
    const numbers = new Set<number>()
    while (numbers.size < MOST_SIDE_BY_SIDE) numbers.add(Math.floor(this.#options.random() * ways.length))
    return [...numbers].map((number) => ways[number])
  }

  async #totalsOf({reference}: Way, path: ByteString): Promise<Totals | undefined> {
    const key = bytesToByteString(reference.id)
    if (this.#totals.has(key)) return this.#totals.get(key)
    const page = await this.#read(reference, path)
    return page && totalsOf(page)
  }

  /** Undefined for one that cannot be read. */
  async #read(reference: ChunkReference, path: ByteString): Promise<TreePage | undefined> {
    const key = bytesToByteString(reference.id)
    const kept = this.#pages.get(key)
    if (kept || (this.#totals.has(key) && this.#totals.get(key) === undefined)) return kept
    try {
      const page = decodeTreePage(await this.#options.read(reference))
      this.#keep(key, page)
      return page
    } catch (error) {
      if (!isDamage(error)) throw error
      if (!this.#totals.has(key)) this.#options.onDamage(path, error)
      this.#totals.set(key, undefined)
      return undefined
    }
  }

  #keep(key: string, page: TreePage): void {
    if (this.#pages.size >= KEPT_PAGES) this.#pages.delete([...this.#pages.keys()][0])
    this.#pages.set(key, page)
    if (this.#totals.size >= KEPT_TOTALS) this.#totals.clear()
    this.#totals.set(key, totalsOf(page))
  }
}

function totalsOf(page: TreePage): Totals {
  return page.level === 0 ? page.table.totals : page.totals
}

/** Of each entry; 0 for what is no file, and for one of which nothing could be read. */
function weightsOf(table: TreeTable, weight: DrawWeight): number[] {
  const broken = new Set(table.errors.map(({index}) => index))
  return Array.from(table.types, (type, entry) => {
    if (type !== ENTRY_TYPE.file || (broken.has(entry) && table.counts[entry] === 0)) return 0
    return weight === 'files' ? 1 : Number(table.sizes[entry])
  })
}

function foldersOf(table: TreeTable): Way[] {
  const ways: Way[] = []
  for (const {entry, references} of entriesOf(table)) {
    if (table.types[entry] !== ENTRY_TYPE.directory || references.lengths.length !== 1) continue
    ways.push({name: table.names[entry], reference: referenceAt(references, 0)})
  }
  return ways
}

function pagesOf(page: Exclude<TreePage, {level: 0}>): Way[] {
  return Array.from(page.lengths, (_length, child) => ({name: undefined, reference: referenceAt(page, child)}))
}

function joined(path: ByteString, name: ByteString | undefined): ByteString {
  if (name === undefined) return path
  return (path === '' ? name : `${path}/${name}`) as ByteString
}
