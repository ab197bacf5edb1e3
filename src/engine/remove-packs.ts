/**
 * Removes packs beside any number of others who write, without locks. From the moment that a removal object names the packs nobody counts
 * on them any more; whoever did before has announced it, and is looked for after that. docs/repository-format.md, "Removals".
 */
import {isDamage, isPocketError, PocketError} from '../errors.js'
import type {IndexedPack} from '../format/index-record.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {dropPacks} from '../repository/index-rewrite.js'
import {isIndexCurrent, loadIndex, saveIndex} from '../repository/index-store.js'
import {forgottenName, packName, removalName} from '../repository/names.js'
import {readPackDirectory} from '../repository/pack-reader.js'
import {listPacks} from '../repository/pack-listing.js'
import {loadForgotten} from '../repository/forgotten-store.js'
import {listRemovals, loadRemovals, saveRemovals, type StoredRemoval} from '../repository/removal-store.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds, loadSnapshot} from '../repository/snapshot-store.js'
import {mapBounded} from '../util/concurrency.js'
import {usedInPack} from './pack-usage.js'
import type {Pacer} from './pacer.js'
import {forEachIndexed, markRoots, type Root, type Survey} from './prune-survey.js'

export interface RemovalOptions {
  /** Packs that are to go, with their sizes. */
  packs: ReadonlyMap<ObjectId, number>
  /** Packs that were written in their place, and must be there. */
  replacements: readonly {id: ObjectId; sizeBytes: number}[]
  pacer: Pacer
  onWarning: (error: PocketError) => void
  onProgress: (done: number, total: number) => void
}

export interface Removed {
  packs: number
  bytes: number
  /** Packs that were to go and are needed again. */
  spared: number
}

/** So many packs are removed before snapshots are looked for once more. */
const BATCH = 1000
const DAY_MS = 24 * 60 * 60_000
/** Who was asleep in the middle of a removal may wake up for so long, and nobody counts on what it removes. */
const KEEP_REMOVALS_MS = 7 * DAY_MS

export async function removePacks(repository: Repository, survey: Survey, options: RemovalOptions): Promise<Removed> {
  return new PackRemoval(repository, survey, options).run()
}

interface NeedSearch {
  roots: readonly Root[]
  /** Those of others. */
  removals: readonly StoredRemoval[]
  doubtful: Iterable<ObjectId>
  own: () => Promise<IndexedPack[]>
}

class PackRemoval {
  readonly #repository: Repository
  readonly #survey: Survey
  readonly #options: RemovalOptions
  readonly #going: Set<ObjectId>
  /** Snapshots that have been looked at. */
  readonly #known: Set<ObjectId>
  #own: ObjectId[] = []

  constructor(repository: Repository, survey: Survey, options: RemovalOptions) {
    this.#repository = repository
    this.#survey = survey
    this.#options = options
    this.#going = new Set(options.packs.keys())
    this.#known = new Set([...survey.snapshots.map(({id}) => id), ...survey.forgotten.map(({snapshotId}) => snapshotId)])
  }

  async run(): Promise<Removed> {
    const {backend, removalStore, indexStore} = this.#repository
    const {packs} = this.#options
    if (this.#going.size > 0) {
      this.#own = await saveRemovals(removalStore, [...this.#going])
      await this.#spareNeeded()
      // For another removal after the same survey.
      for (const id of this.#own) this.#survey.removalNames.add(removalName(id))
    }
    await this.#removeExpired()
    await dropPacks(indexStore, new Set([...this.#going, ...this.#survey.lost]))
    const removed = {packs: 0, bytes: 0, spared: packs.size - this.#going.size}
    const ids = [...this.#going]
    for (let start = 0; start < ids.length; start += BATCH) {
      await this.#refuseNeeded()
      const batch = ids.slice(start, start + BATCH)
      await mapBounded(batch, backend.access.parallelCalls, async (id) => {
        this.#options.pacer.check()
        await backend.remove(packName(id))
        removed.packs++
        removed.bytes += packs.get(id) ?? 0
        this.#options.onProgress(removed.packs, ids.length)
      })
    }
    await this.#removeOldRemovals()
    return removed
  }

  /**
   * What has come to be needed since the survey stays, though nobody counts on it any more: the next prune writes it anew. The removal is
   * not put anew without it, since who lists removals at that instant might see neither.
   */
  async #spareNeeded(): Promise<void> {
    const {backend, removalStore} = this.#repository
    const names = await listRemovals(backend)
    const own = new Set(this.#own.map(removalName))
    const others = [...names.keys()].filter((name) => !own.has(name) && !this.#survey.removalNames.has(name))
    const fresh = await this.#freshRoots()
    const gone = await this.#goneOf(this.#options.replacements)
    // They were indexed after they were removed, perhaps; no removal need name them any more.
    for (const id of gone) this.#survey.lost.add(id)
    const isBeaten = others.length > 0 || gone.length > 0
    if (!isBeaten && fresh.length === 0) return
    const roots = isBeaten ? this.#allRoots(fresh) : fresh
    const removals = (await loadRemovals(removalStore, names)).filter(({id}) => !this.#own.includes(id))
    const {doubtful} = this.#survey
    const needed = await this.#neededBy({roots, removals, doubtful, own: () => this.#indexedOfOurs()})
    for (const {id} of needed) this.#going.delete(id)
  }

  /**
   * Roots of snapshots that were not there for the survey. Two listings: a snapshot that takes the place of another may be missed by one;
   * and again when one that was listed is gone, since another may have taken its place after that.
   */
  async #freshRoots(): Promise<Root[]> {
    const {backend} = this.#repository
    const roots: Root[] = []
    let ids = new Set<ObjectId>()
    for (let isComplete = false; !isComplete; ) {
      isComplete = true
      ids = new Set([...(await listSnapshotIds(backend)), ...(await listSnapshotIds(backend))])
      for (const id of ids) {
        if (this.#known.has(id)) continue
        const root = await this.#rootOf(id)
        if (root === 'gone') isComplete = false
        else if (root !== 'damaged') roots.push(root)
      }
    }
    // One that was put and forgotten since can still be brought back.
    const {expired, forgotten} = this.#survey
    const surveyed = new Set([...expired, ...forgotten].map(({id}) => id))
    for (const {snapshotId, record} of await loadForgotten(this.#repository, () => undefined, surveyed)) {
      if (this.#known.has(snapshotId) || ids.has(snapshotId)) continue
      this.#known.add(snapshotId)
      roots.push({snapshotId, root: record.root})
    }
    return roots
  }

  /** One that is damaged is looked at again: whoever has a copy may put it back. */
  async #rootOf(id: ObjectId): Promise<Root | 'gone' | 'damaged'> {
    try {
      const {root, isIncomplete} = await loadSnapshot(this.#repository, id)
      this.#known.add(id)
      return {snapshotId: id, root, isComplete: !isIncomplete}
    } catch (error) {
      if (isPocketError(error, 'snapshot-missing')) return 'gone'
      if (!isPocketError(error, 'damaged-snapshot')) throw error
      return 'damaged'
    }
  }

  #allRoots(fresh: readonly Root[]): Root[] {
    const {snapshots, forgotten} = this.#survey
    return [
      ...snapshots.map(({id, record}) => ({snapshotId: id, root: record.root, isComplete: !record.isIncomplete})),
      ...forgotten.map(({snapshotId, record}) => ({snapshotId, root: record.root})),
      ...fresh,
    ]
  }

  /**
   * Those of `own`, which are to go, that hold a chunk which `roots` need and which is in no pack that stays: what others remove does not stay, and
   * what is `doubtful` may not be whole.
   */
  async #neededBy(search: NeedSearch): Promise<IndexedPack[]> {
    for (;;) {
      const found = await this.#lookForNeeded(search)
      if (found !== 'overtaken') return found
    }
  }

  /** `overtaken` when another has moved meanwhile what was looked for. */
  async #lookForNeeded({roots, removals, doubtful, own}: NeedSearch): Promise<IndexedPack[] | 'overtaken'> {
    const {pacer} = this.#options
    const {lost: missingBefore, distrusted} = this.#survey
    const theirPacks = removals.flatMap(({packs}) => packs)
    const index = await this.#loadPresent(new Set([...this.#going, ...missingBefore, ...distrusted, ...doubtful, ...theirPacks]))
    const options = {pacer, onProgress: () => undefined}
    const {missing} = await markRoots(this.#repository, index, roots, options)
    if (missing.chunks + missing.pages === 0) return []
    const packs = await own()
    // What another removes, too, is not spared by us alone: a copy that only we remove comes first.
    const theirs = new Set(theirPacks)
    for (const pack of packs) if (!theirs.has(pack.id)) index.add(pack)
    for (const pack of packs) index.add(pack)
    // Others may spare what they meant to remove: a listing that lies there leads to what lies in ours.
    await forEachIndexed(this.#repository, (pack) => index.add(pack))
    const {used, unreadable, missing: lost} = await markRoots(this.#repository, index, roots, options)
    if (lost.pages > 0 && !(await isIndexCurrent(this.#repository.backend, index))) return 'overtaken'
    // What a snapshot needs of which a listing is lost is not known; then all stays. It was told, or asked for, if it was so before.
    if ([...unreadable.keys()].some((id) => !this.#survey.unreadable.has(id))) return packs
    return packs.filter((pack) => usedInPack(pack, index, used).includes(true))
  }

  /** What the index, and orphans, tell of the packs that are to go. */
  async #indexedOfOurs(): Promise<IndexedPack[]> {
    const packs = new Map<ObjectId, IndexedPack>()
    const take = (pack: IndexedPack): void => {
      if (this.#going.has(pack.id)) packs.set(pack.id, pack)
    }
    await forEachIndexed(this.#repository, take)
    for (const pack of this.#survey.orphans) take(pack)
    return [...packs.values()]
  }

  /** The same when the index does not name them any more: from the packs themselves, as far as they are there. */
  async #storedOfOurs(): Promise<IndexedPack[]> {
    const {backend, sealing} = this.#repository
    const packs: IndexedPack[] = []
    await mapBounded([...this.#going], backend.access.parallelCalls, async (id) => {
      try {
        packs.push(await readPackDirectory(backend, sealing, id))
      } catch (error) {
        if (!isDamage(error)) throw error
      }
    })
    return packs
  }

  /** The index without these packs, and without those that it names and that are not there, or not as long as they were. */
  async #loadPresent(without: ReadonlySet<ObjectId>): Promise<ChunkIndex> {
    const {backend, indexStore} = this.#repository
    const index = await loadIndex(indexStore, without)
    const stored = await listPacks(backend)
    const missing = index.packs.filter(({id, sizeBytes}) => stored.get(packName(id)) !== sizeBytes)
    return missing.length === 0 ? index : loadIndex(indexStore, new Set([...without, ...missing.map(({id}) => id)]))
  }

  async #goneOf(packs: readonly {id: ObjectId}[]): Promise<ObjectId[]> {
    const gone: ObjectId[] = []
    await mapBounded(packs, this.#repository.backend.access.parallelCalls, async ({id}) => {
      if (!(await this.#repository.backend.stat(packName(id)))) gone.push(id)
    })
    return gone
  }

  /** Nobody who keeps the rules can have come to need what is named by now; who does not is noticed before anything is lost. */
  async #refuseNeeded(): Promise<void> {
    // Who has only announced a snapshot sees the removal before it is stored. What this machine alone knows to be damaged others may count on.
    const fresh = (await this.#freshRoots()).filter(({isComplete}) => isComplete)
    if (fresh.length === 0) return
    const needed = await this.#neededBy({roots: fresh, removals: [], doubtful: [], own: () => this.#storedOfOurs()})
    if (needed.length === 0) return
    await saveIndex(this.#repository.indexStore, needed)
    throw new PocketError('chunk-missing', 'a snapshot counts on packs that were being removed: the rest of them is left', {
      hint: 'take the snapshot again, with a version of Pocket that knows removals',
    })
  }

  async #removeExpired(): Promise<void> {
    const {backend} = this.#repository
    await mapBounded(this.#survey.expired, backend.access.parallelCalls, ({id}) => backend.remove(forgottenName(id)))
  }

  /**
   * Removals that are over for long. Only by who has put one of its own after them, which stays: by that others see that something was removed
   * since they began, whatever the clocks say that the times come from.
   */
  async #removeOldRemovals(): Promise<void> {
    const {backend, removalStore} = this.#repository
    if (this.#own.length === 0) return
    const own = new Set(this.#own)
    const removals = await loadRemovals(removalStore, await listRemovals(backend))
    const ownMs = Math.max(...removals.filter(({id}) => own.has(id)).map(({putMs}) => putMs))
    const isBefore = (id: ObjectId): boolean => !own.has(id) && this.#survey.removalNames.has(removalName(id))
    const old = removals.filter(({id, putMs}) => isBefore(id) && ownMs - putMs >= KEEP_REMOVALS_MS)
    if (old.length === 0) return
    const stored = await listPacks(backend)
    const index = await loadIndex(this.#repository.indexStore)
    for (const {id, packs} of old) {
      if (packs.some((pack) => stored.has(packName(pack)) || index.hasPack(pack))) continue
      await backend.remove(removalName(id))
    }
  }
}
