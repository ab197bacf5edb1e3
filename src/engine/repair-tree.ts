/**
 * Trees in which what is lost has stand-ins: a file of which something is lost has no content and an error, a folder whose listing is lost an
 * error and no tree. Of a folder of many pages those that are whole stay.
 */
import {type ErrorCode, isPocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import {decodeTreePage, type TreePage, type TreeTable} from '../format/tree.js'
import {entriesOf, type TreeEntry, treeOf} from '../snapshot/entries.js'
import {type ReadTree, readTotals, referenceAt} from '../snapshot/read-tables.js'
import {type ByteString, toHex} from '../util/bytes.js'
import {isDamageOfOne} from './check-packs.js'
import type {TreeCheck} from './check-trees.js'
import {DirectoryBuilder, type ReferenceRange} from './directory-builder.js'
import {type SavedDirectory, saveTable, type SaveTree} from './tree-writer.js'

export interface TreeRepairOptions {
  read: ReadTree
  /** Knows what is whole. */
  check: TreeCheck
  save: SaveTree
}

export interface RepairedTree extends SavedDirectory {
  /** Files and folders that have stand-ins, and folders of which some entries are lost. */
  standIns: number
  /** Entries of this folder whose very names are lost. */
  lostEntries: number
}

interface Pages {
  tables: TreeTable[]
  lostEntries: number
}

const LOST_CODE: ErrorCode = 'chunk-missing'
const LOST_FILE = 'its content is lost'
const LOST_FOLDER = 'what lists it is lost'

export class TreeRepair {
  readonly #options: TreeRepairOptions
  /** By the id of its first page: what has been made of a damaged directory. */
  readonly #done = new Map<string, RepairedTree | undefined>()

  constructor(options: TreeRepairOptions) {
    this.#options = options
  }

  /** The directory of this first page with stand-ins; undefined when nothing of it is left. */
  async repair(root: ChunkReference): Promise<RepairedTree | undefined> {
    if (await this.#options.check.isWhole(root)) {
      return {reference: root, totals: await readTotals(this.#options.read, root), standIns: 0, lostEntries: 0}
    }
    const key = toHex(root.id)
    if (!this.#done.has(key)) this.#done.set(key, await this.#repairDamaged(root))
    return this.#done.get(key)
  }

  async #repairDamaged(root: ChunkReference): Promise<RepairedTree | undefined> {
    const pages: Pages = {tables: [], lostEntries: 0}
    const first = await this.#readPage(root)
    if (!first) return undefined
    await this.#collect(first, pages)
    const length = pages.tables.reduce((sum, table) => sum + table.length, 0)
    const builder = new DirectoryBuilder('' as ByteString, length)
    let standIns = pages.lostEntries > 0 ? 1 : 0
    for (const table of pages.tables) standIns += await this.#addAll(builder, table)
    const table = {...builder.build(), ...keptOf(pages.tables)}
    return {...saveTable(table, (start, end) => builder.totals(start, end), this.#options.save), standIns, lostEntries: pages.lostEntries}
  }

  /** Undefined when it is lost. */
  async #readPage(reference: ChunkReference): Promise<TreePage | undefined> {
    try {
      return decodeTreePage(await this.#options.read(reference))
    } catch (error) {
      if (!isDamageOfOne(error) && !isPocketError(error, 'damaged-tree')) throw error
      return undefined
    }
  }

  /** The tables that can be read, in order; a page that is not what the one above says is lost. */
  async #collect(page: TreePage, pages: Pages): Promise<void> {
    if (page.level === 0) {
      pages.tables.push(page.table)
      return
    }
    for (const [child, count] of page.counts.entries()) {
      const below = await this.#readPage(referenceAt(page, child))
      const firstName = below && (below.level === 0 ? below.table.names[0] : below.firsts[0])
      const last = pages.tables.at(-1)?.names.at(-1) ?? ''
      const isInPlace = below && below.level === page.level - 1 && firstName === page.firsts[child] && page.firsts[child] > last
      if (isInPlace) await this.#collect(below, pages)
      else pages.lostEntries += count
    }
  }

  /** How many stand-ins it takes. */
  async #addAll(builder: DirectoryBuilder, table: TreeTable): Promise<number> {
    let standIns = 0
    let index = 0
    for (const entry of entriesOf(table)) {
      const place = builder.add(entry.name, entry.type, undefined)
      const {mode, uid, gid, mtimeNs: mtime, ctimeNs: ctime} = entry
      builder.restat(place, {mode, uid, gid, mtime, ctime, inode: table.inodes[index++]})
      if (entry.target !== undefined) builder.setTarget(place, entry.target)
      const tree = treeOf(entry)
      if (tree) standIns += await this.#addFolder(builder, place, tree)
      else if (await this.#isLost(entry)) {
        builder.addError(place, LOST_CODE, LOST_FILE)
        standIns++
        continue
      } else if (entry.type === ENTRY_TYPE.file) builder.setContent(place, BigInt(entry.sizeBytes), rangeOf(entry))
      if (entry.error) builder.addError(place, entry.error.code, entry.error.message)
    }
    return standIns
  }

  async #isLost({type, references, depth}: TreeEntry): Promise<boolean> {
    return type === ENTRY_TYPE.file && (await this.#options.check.problemOf(references, depth)) !== undefined
  }

  async #addFolder(builder: DirectoryBuilder, place: number, tree: ChunkReference): Promise<number> {
    const repaired = await this.repair(tree)
    if (!repaired) {
      builder.addError(place, LOST_CODE, LOST_FOLDER)
      return 1
    }
    builder.setTree(place, repaired.reference, repaired.totals)
    if (repaired.lostEntries > 0) builder.addError(place, LOST_CODE, `${repaired.lostEntries} of its entries are lost`)
    return repaired.standIns
  }
}

function rangeOf({references: {ids, lengths}, depth}: TreeEntry): ReferenceRange | undefined {
  return lengths.length > 0 ? {ids, lengths, start: 0, count: lengths.length, depth} : undefined
}

/** What a builder does not hold. Of `extras` nobody knows to which entries they belong: they stay with a page that stays alone. */
function keptOf(tables: readonly TreeTable[]): Pick<TreeTable, 'owners' | 'extras'> {
  const users = new Map(tables.flatMap(({owners}) => owners?.users ?? []))
  const groups = new Map(tables.flatMap(({owners}) => owners?.groups ?? []))
  const extras = tables.length === 1 ? tables[0].extras : undefined
  return {...(users.size + groups.size > 0 && {owners: {users: [...users], groups: [...groups]}}), ...(extras && {extras})}
}
