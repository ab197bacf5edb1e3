/**
 * What a writer counts on, and whether it still may. A removal that was put before the writer announced what it needs is seen here; one
 * that is put after sees the announcement. docs/repository-format.md, "Removals", has the argument.
 */
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from './chunk-index.js'
import {dropPacks} from './index-rewrite.js'
import {listIndexes} from './index-store.js'
import {packName} from './names.js'
import {listPacks, type StoredPacks} from './pack-listing.js'
import {listRemovals, loadRemovals} from './removal-store.js'
import type {Repository} from './repository.js'

/** The repository as a writer found it, with what it has added. */
export interface Grounds {
  /** Names of the removals that were there, whose packs it has left alone. */
  removals: ReadonlySet<string>
  /** Names of the index objects that it has read, or put. */
  indexes: ReadonlySet<string>
  /** The packs that it may count on. */
  packs: () => Iterable<ObjectId>
}

/**
 * To be called after what is needed was announced. `firm` when every pack of `grounds` is still there and none is being removed; otherwise
 * the index of what can be counted on now, in which what is needed has to be looked up.
 */
export async function reviewGrounds(repository: Repository, grounds?: Grounds): Promise<'firm' | ChunkIndex> {
  const {backend} = repository
  // Removals first: one that is over by now has changed the index before it ended.
  const removals = await listRemovals(backend)
  // A folder is not listed in one instant: one that is taken away meanwhile, and the one after it, may both be missed.
  if (!backend.access.isListingDear) for (const [name, modifiedMs] of await listRemovals(backend)) removals.set(name, modifiedMs)
  const indexes = new Set((await listIndexes(backend)).map(({name}) => name))
  if (grounds && areAll(removals.keys(), grounds.removals) && areAll(grounds.indexes, indexes)) return 'firm'
  const going = await loadRemovals(repository.removalStore, removals)
  // Who has stored anew what lies in damaged packs does not fall back on these.
  const damaged = grounds ? await repository.damagedPacks() : []
  repository.refresh(new Set([...damaged, ...going.flatMap(({packs}) => packs)]))
  await repository.loadIndex()
  // An index object that was put late may name what is gone.
  const stored = await listPacks(backend)
  const index = await repository.loadPresentIndex(stored)
  if (grounds) await dropRemoved(repository, grounds, stored)
  if (grounds && holdsAll(index, grounds.packs())) return 'firm'
  return index
}

/** What the writer has put, and another has removed since, is still named by the index objects that the writer put after that. */
async function dropRemoved(repository: Repository, grounds: Grounds, stored: StoredPacks): Promise<void> {
  const gone = new Set<ObjectId>()
  for (const id of grounds.packs()) {
    const isThere = stored.has(packName(id)) || (await repository.backend.stat(packName(id))) !== undefined
    if (!isThere) gone.add(id)
  }
  if (gone.size > 0) await dropPacks(repository.indexStore, gone)
}

function areAll(names: Iterable<string>, known: ReadonlySet<string>): boolean {
  for (const name of names) if (!known.has(name)) return false
  return true
}

function holdsAll(index: ChunkIndex, packs: Iterable<ObjectId>): boolean {
  for (const id of packs) if (!index.hasPack(id)) return false
  return true
}
