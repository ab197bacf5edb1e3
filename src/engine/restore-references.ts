/** Counts how often a restore will need each frame, before it begins: what it needs again need not be fetched again. */
import {isDamage} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {TreeTable} from '../format/tree.js'
import {readContent, readTables, type ReadTree, referenceAt, type References, referencesBetween} from '../snapshot/read-tables.js'
import {Pacer} from './pacer.js'
import type {TargetPlan} from './restore-target.js'
import {type RestoreRoot, type RestoreSelection, walkRestore} from './restore-walk.js'

export interface ReferenceCount {
  index: ChunkIndex
  read: ReadTree
  root: RestoreRoot
  selection: RestoreSelection
  plan: TargetPlan
  signal: AbortSignal | undefined
}

/** By the number of the frame: how many chunks of it are written to files. Files that are there already need none. Throws `interrupted`. */
export async function countReferences({root, selection, plan, ...options}: ReferenceCount): Promise<Uint32Array> {
  const counter = new Counter(options)
  const isAll = selection.includes === undefined && selection.excludes === undefined && plan.failed.size + plan.present.size === 0
  if (isAll && 'tree' in root) await counter.countTree(root.tree)
  else await counter.countItems({root, selection, plan})
  return counter.counts
}

class Counter {
  readonly counts: Uint32Array
  readonly #index: ChunkIndex
  readonly #read: ReadTree
  readonly #pacer: Pacer

  constructor({index, read, signal}: Pick<ReferenceCount, 'index' | 'read' | 'signal'>) {
    this.counts = new Uint32Array(index.frameCount)
    this.#index = index
    this.#read = read
    this.#pacer = new Pacer({signal, backpressure: () => Promise.resolve()})
  }

  /** As `countItems` does, of all that is below `tree`, and makes no entries and no paths for it. */
  async countTree(tree: ChunkReference): Promise<void> {
    try {
      for await (const table of readTables(this.#read, tree)) await this.#countTable(table)
    } catch (error) {
      passDamage(error)
    }
  }

  async #countTable(table: TreeTable): Promise<void> {
    await this.#pacer.betweenDirectories()
    let reference = 0
    for (let entry = 0; entry < table.length; entry++) {
      const end = reference + table.counts[entry]
      const isFile = table.types[entry] === ENTRY_TYPE.file
      if (isFile && table.depths[entry] === 0) this.#count(table, reference, end)
      else if (isFile) await this.#countLists(referencesBetween(table, reference, end), table.depths[entry])
      else if (table.types[entry] === ENTRY_TYPE.directory && end - reference === 1) await this.countTree(referenceAt(table, reference))
      reference = end
    }
  }

  async countItems({root, selection, plan}: Pick<ReferenceCount, 'root' | 'selection' | 'plan'>): Promise<void> {
    for await (const item of walkRestore(this.#read, root, selection)) {
      this.#pacer.check()
      if (this.#pacer.isDue()) await this.#pacer.turn()
      if (item.damage) continue
      const {path, entry} = item
      if (entry.type !== ENTRY_TYPE.file || plan.failed.has(path) || plan.present.get(path) === 'keep') continue
      await this.#countLists(entry.references, entry.depth)
    }
  }

  async #countLists(references: References, depth: number): Promise<void> {
    try {
      for await (const part of readContent(this.#read, references, depth)) this.#count(part, 0, part.lengths.length)
    } catch (error) {
      passDamage(error)
    }
  }

  #count({ids}: References, start: number, end: number): void {
    for (let reference = start; reference < end; reference++) {
      const location = this.#index.locate(ids, reference * CHUNK_ID_BYTES)
      if (location) this.counts[location.frame]++
    }
  }
}

/** The restore itself meets damage again, and tells. */
function passDamage(error: unknown): void {
  if (!isDamage(error)) throw error
}
