/**
 * Writes the index anew from what packs say of themselves, beside any number of others who read and write: what takes the place of an index
 * object is durable before that is removed. What a removal names is taken in while it is there, since it may be spared, and is not dropped.
 */
import {isPocketError, PocketError} from '../errors.js'
import type {IndexedPack} from '../format/index-record.js'
import type {ObjectId} from '../id.js'
import {dropPacks} from '../repository/index-rewrite.js'
import {listIndexes, readIndexObject, saveIndex} from '../repository/index-store.js'
import {idInName, indexName, packName} from '../repository/names.js'
import {readPacks} from '../repository/orphans.js'
import {listPacks, type StoredPacks} from '../repository/pack-listing.js'
import {listRemovals, loadRemovals} from '../repository/removal-store.js'
import type {Repository} from '../repository/repository.js'
import {mapBounded} from '../util/concurrency.js'

export interface RebuildOptions {
  /** Reads every pack's directory, and not only those of packs that no index object names. */
  readsAll: boolean
  isDryRun: boolean
  signal: AbortSignal | undefined
  /** Told of each index object and pack that cannot be read. */
  onDamaged: (problem: PocketError) => void
  onProgress: (done: number, total: number) => void
}

export interface RebuiltIndex {
  /** Packs that are stored. */
  packs: number
  /** Packs that no index object named, or that were named with something else in them. */
  taken: {packs: number; chunks: number; bytes: number}
  /** Packs that the index named, and that are gone. */
  dropped: number
  /** Packs that no index object names and that cannot be read. */
  unreadable: number
  /** Index objects that could not be read, and are removed. */
  damagedIndexes: number
}

/** Chunks whose entries are held in memory until they are stored. */
const CHUNKS_AT_ONCE = 1_000_000
const PARALLEL_LOADS = 4
/** Packs whose directories are read before it is told. */
const BATCH = 256

interface StoredIndexes {
  /** Stored size of each pack that can be found by the index. */
  named: Map<ObjectId, number>
  readable: string[]
  damaged: string[]
}

/** Again, when another has written index objects anew meanwhile. */
export async function rebuildIndex(repository: Repository, options: RebuildOptions): Promise<RebuiltIndex> {
  for (;;) {
    const rebuilt = await new IndexRebuild(repository, options).run()
    if (rebuilt !== 'overtaken') return rebuilt
  }
}

class IndexRebuild {
  readonly #repository: Repository
  readonly #options: RebuildOptions
  readonly #result: RebuiltIndex = {packs: 0, taken: {packs: 0, chunks: 0, bytes: 0}, dropped: 0, unreadable: 0, damagedIndexes: 0}
  /** Packs that were put into new index objects, and the names of these. */
  readonly #saved = new Set<ObjectId>()
  readonly #savedNames = new Set<string>()
  #unsaved: IndexedPack[] = []
  #unsavedChunks = 0

  constructor(repository: Repository, options: RebuildOptions) {
    this.#repository = repository
    this.#options = options
  }

  async run(): Promise<RebuiltIndex | 'overtaken'> {
    const {backend, indexStore} = this.#repository
    const {isDryRun, readsAll} = this.#options
    const going = await this.#goingPacks()
    // The index before the packs: what it names was there before it.
    const indexes = await this.#readIndexes()
    const stored = await listPacks(backend)
    const lost = await this.#lostPacks(indexes.named, stored, going)
    const ids = [...stored.keys()].map(idInName).filter((id) => id !== undefined)
    const wanted = ids.filter((id) => readsAll || !indexes.named.has(id) || lost.has(id))
    await this.#takeIn(wanted, indexes.named, lost)
    if (readsAll) await this.#keepOthers(indexes, lost)
    this.#result.packs = ids.length
    this.#result.damagedIndexes = indexes.damaged.length
    this.#result.dropped = lost.size
    if (isDryRun) return this.#result
    if (readsAll && (await this.#isOvertaken(indexes))) return 'overtaken'
    const replaced = readsAll ? [...indexes.readable, ...indexes.damaged] : indexes.damaged
    for (const name of replaced) if (!this.#savedNames.has(name)) await backend.remove(name)
    if (lost.size > 0) await dropPacks({...indexStore, onDamaged: () => undefined}, lost)
    await this.#dropRemoved(going)
    this.#repository.refresh()
    return this.#result
  }

  /** Packs that others are removing. */
  async #goingPacks(): Promise<Set<ObjectId>> {
    const {backend, removalStore} = this.#repository
    const removals = await loadRemovals(removalStore, await listRemovals(backend))
    return new Set(removals.flatMap(({packs}) => packs))
  }

  async #readIndexes(): Promise<StoredIndexes> {
    const found: StoredIndexes = {named: new Map(), readable: [], damaged: []}
    await mapBounded(await listIndexes(this.#repository.backend), PARALLEL_LOADS, async ({name}) => {
      this.#checkSignal()
      const packs = await this.#readIndex(name)
      if (packs === 'missing') return
      if (packs === 'damaged') found.damaged.push(name)
      else {
        found.readable.push(name)
        for (const {id, sizeBytes} of packs) found.named.set(id, sizeBytes)
      }
    })
    return found
  }

  /** Past any copy of this machine. */
  async #readIndex(name: string): Promise<IndexedPack[] | 'missing' | 'damaged'> {
    const {backend, sealing} = this.#repository
    try {
      return readIndexObject(sealing, idInName(name)!, await backend.get(name, {isFresh: true}))
    } catch (error) {
      if (isPocketError(error, 'object-missing')) return 'missing'
      if (!isPocketError(error, 'damaged-index')) throw error
      this.#options.onDamaged(error)
      return 'damaged'
    }
  }

  /** A list may lack what is there: each is looked at by itself. Of one that is cut short the index alone knows what can be salvaged. */
  async #lostPacks(named: ReadonlyMap<ObjectId, number>, stored: StoredPacks, going: ReadonlySet<ObjectId>): Promise<Set<ObjectId>> {
    const {backend} = this.#repository
    const lost = new Set<ObjectId>()
    const suspects = [...named].filter(([id, sizeBytes]) => !going.has(id) && stored.get(packName(id)) !== sizeBytes)
    await mapBounded(suspects, backend.access.parallelCalls, async ([id]) => {
      if ((await backend.stat(packName(id))) === undefined) lost.add(id)
    })
    return lost
  }

  /** Reads the directories of `wanted` and stores them as index objects. A pack that is whole after all is not lost. */
  async #takeIn(wanted: readonly ObjectId[], named: ReadonlyMap<ObjectId, number>, lost: Set<ObjectId>): Promise<void> {
    const {backend, sealing} = this.#repository
    const {taken} = this.#result
    const onDamaged = (error: PocketError, id: ObjectId): void => {
      // What the index names can be read all the same, or is dropped.
      if (!named.has(id)) this.#result.unreadable++
      this.#options.onDamaged(error)
    }
    for (let start = 0; start < wanted.length; start += BATCH) {
      this.#checkSignal()
      const batch = wanted.slice(start, start + BATCH)
      for (const pack of await readPacks({backend, sealing, ids: batch, onDamaged})) {
        const isNamed = named.has(pack.id) && !lost.delete(pack.id)
        if (!isNamed) {
          taken.packs++
          taken.chunks += pack.directory.chunkLengths.length
          taken.bytes += pack.sizeBytes
        }
        await this.#add(pack)
      }
      this.#options.onProgress(start + batch.length, wanted.length)
    }
    await this.#flush()
  }

  /** What the index says of packs whose directory cannot be read, and of those that others remove, stays in it. */
  async #keepOthers({readable}: StoredIndexes, lost: ReadonlySet<ObjectId>): Promise<void> {
    for (const name of readable) {
      const packs = await this.#readIndex(name)
      if (typeof packs === 'string') continue
      for (const pack of packs) if (!this.#saved.has(pack.id) && !lost.has(pack.id)) await this.#add(pack)
    }
    await this.#flush()
  }

  async #add(pack: IndexedPack): Promise<void> {
    this.#saved.add(pack.id)
    this.#unsaved.push(pack)
    this.#unsavedChunks += pack.directory.chunkLengths.length
    if (this.#unsavedChunks >= CHUNKS_AT_ONCE) await this.#flush()
  }

  async #flush(): Promise<void> {
    const packs = this.#unsaved
    this.#unsaved = []
    this.#unsavedChunks = 0
    if (this.#options.isDryRun || packs.length === 0) return
    for (const id of await saveIndex(this.#repository.indexStore, packs)) this.#savedNames.add(indexName(id))
  }

  /** One of the objects that were read is gone: what took its place may lack an entry that was taken over here, so that is taken back. */
  async #isOvertaken({readable}: StoredIndexes): Promise<boolean> {
    const {backend} = this.#repository
    const present = new Set((await listIndexes(backend)).map(({name}) => name))
    if (readable.every((name) => present.has(name))) return false
    for (const name of this.#savedNames) await backend.remove(name)
    return true
  }

  /**
   * Who has removed a pack before it was taken in here does not see that, and no removal need name it any more. What is still there may be
   * spared, and stays; and what is named by a removal that was there before is dropped by whoever goes on with that.
   */
  async #dropRemoved(before: ReadonlySet<ObjectId>): Promise<void> {
    const {backend, indexStore} = this.#repository
    if (this.#saved.size === 0) return
    const stored = await listPacks(backend)
    const going = await this.#goingPacks()
    const gone = new Set<ObjectId>()
    for (const id of this.#saved) {
      if (stored.has(packName(id)) || (before.has(id) && going.has(id))) continue
      if (!(await backend.stat(packName(id)))) gone.add(id)
    }
    if (gone.size > 0) await dropPacks(indexStore, gone)
  }

  #checkSignal(): void {
    if (this.#options.signal?.aborted) throw new PocketError('interrupted', 'the repair was interrupted')
  }
}
