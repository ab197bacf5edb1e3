/** Everything that a prune has to know before it decides: what snapshots need, and what of it lies in which pack. */
import {PocketError} from '../errors.js'
import type {IndexedPack} from '../format/index-record.js'
import type {ChunkReference} from '../format/reference.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {type ForgottenSnapshot, loadForgotten} from '../repository/forgotten-store.js'
import {isIndexCurrent, listIndexes, loadIndex, loadOne} from '../repository/index-store.js'
import {idInName, packName} from '../repository/names.js'
import {findOrphans} from '../repository/orphans.js'
import {listPacks} from '../repository/pack-listing.js'
import {listRemovals, loadRemovals, type StoredRemoval} from '../repository/removal-store.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots, type StoredSnapshot} from '../repository/snapshot-store.js'
import {mapBounded} from '../util/concurrency.js'
import {measurePack} from './pack-usage.js'
import type {Pacer} from './pacer.js'
import {isWithin, type ListedPack} from './prune-plan.js'
import {PageWalk} from './page-walk.js'
import {UsedChunks} from './used-chunks.js'

export interface SurveyOptions {
  /** The time by the storage's clock, as far as it is known, in ms since 1970. */
  nowMs: number
  graceMs: number
  /** Snapshots that are to be taken for forgotten. */
  without: ReadonlySet<ObjectId>
  /** Packs of which something could not be read: what lies elsewhere, too, is read from there, and they stay. */
  distrusted?: ReadonlySet<ObjectId>
  pacer: Pacer
  /** Told of what is damaged and was stepped over. */
  onWarning: (error: PocketError) => void
  onProgress: (done: number, total: number) => void
}

export interface Survey {
  snapshots: StoredSnapshot[]
  /** Those that can still be brought back, and their data is kept for it. */
  forgotten: ForgottenSnapshot[]
  /** Those whose time is over. */
  expired: ForgottenSnapshot[]
  /** Names of all removals, and those that can be read. */
  removalNames: Set<string>
  removals: StoredRemoval[]
  index: ChunkIndex
  used: UsedChunks
  packs: ListedPack[]
  /** Packs that no index object names, old enough that no session is about to name them. */
  orphans: IndexedPack[]
  /** Packs that the index names and that are not there. */
  lost: Set<ObjectId>
  /** Packs that are there and are not counted on: cut short, or found damaged by an earlier attempt. */
  distrusted: ReadonlySet<ObjectId>
  /** Packs that this machine has found damaged: what lies elsewhere, too, counts there, also in packs that are being removed. */
  doubtful: ReadonlySet<ObjectId>
  /** What snapshots need and cannot be had: how many chunks, and pages of trees. */
  missing: {chunks: number; pages: number}
  /** Complete snapshots of which a listing cannot be read: what they need is not known. */
  unreadable: Map<ObjectId, PocketError>
  /** Of snapshots that cannot be opened: what they need is not known either. */
  unopened: PocketError[]
}

/** A root that is walked, and whose it is. */
export interface Root {
  snapshotId?: ObjectId
  root: ChunkReference
  /** It must be known what it needs. */
  isComplete?: boolean
}

/** Again, when another has moved meanwhile what was looked for. */
export async function surveyRepository(repository: Repository, options: SurveyOptions): Promise<Survey> {
  for (;;) {
    const survey = await surveyOnce(repository, options)
    const {missing, packs, index} = survey
    // Another has taken one out of the index after it was loaded: what it was to be read from there lies elsewhere by now.
    if (packs.length < index.packs.length) continue
    if (missing.pages + missing.chunks === 0 || (await isIndexCurrent(repository.backend, index))) return survey
  }
}

async function surveyOnce(repository: Repository, options: SurveyOptions): Promise<Survey> {
  const {backend, removalStore} = repository
  const {without, onWarning} = options
  const names = await listRemovals(backend)
  const removals = await loadRemovals(removalStore, names)
  // In the order in which whoever reads does it: what a snapshot needs was indexed before it was there.
  const unopened: PocketError[] = []
  const all = await loadSnapshots(repository, (error) => {
    unopened.push(error)
    onWarning(error)
  })
  const snapshots = all.filter(({id}) => !without.has(id))
  const live = new Set(all.map(({id}) => id))
  const trash = await loadForgotten(repository, (error) => {
    // One that is damaged can never be brought back.
    if (error.code === 'format-too-new') unopened.push(error)
    onWarning(error)
  })
  const isYoung = ({forgottenMs}: ForgottenSnapshot): boolean => isWithin(forgottenMs, options)
  const forgotten = trash.filter((one) => isYoung(one) && !live.has(one.snapshotId))
  const expired = trash.filter((one) => !isYoung(one))
  const stores = await surveyPacks(repository, removals, options)
  const complete = snapshots.filter(({record}) => !record.isIncomplete)
  const incomplete = snapshots.filter(({record}) => record.isIncomplete)
  // Complete ones first: nothing rests on the others, of which what can be had is kept.
  const roots: Root[] = [
    ...complete.map(({id, record}) => ({snapshotId: id, root: record.root, isComplete: true})),
    ...incomplete.map(({id, record}) => ({snapshotId: id, root: record.root})),
    ...forgotten.map(({snapshotId, record}) => ({snapshotId, root: record.root})),
  ]
  const found = await markRoots(repository, stores.index, roots, options)
  const packs = await measureAll(repository, {...stores, removals, used: found.used})
  const {index, orphans, lost, distrusted, doubtful} = stores
  const removalNames = new Set(names.keys())
  return {snapshots, forgotten, expired, removalNames, removals, index, packs, orphans, lost, distrusted, doubtful, unopened, ...found}
}

interface SurveyedPacks {
  index: ChunkIndex
  orphans: IndexedPack[]
  lost: Set<ObjectId>
  distrusted: ReadonlySet<ObjectId>
  doubtful: ReadonlySet<ObjectId>
  /** When each object under `chunks/` was put, by its name. */
  putMs: ReadonlyMap<string, number>
}

/** The index with packs in no removal first, so that what lies in several is read from one that stays; and those that are known to be damaged last. */
async function surveyPacks(repository: Repository, removals: readonly StoredRemoval[], options: SurveyOptions): Promise<SurveyedPacks> {
  const {backend, sealing, indexStore} = repository
  const going = new Set(removals.flatMap(({packs}) => packs))
  const known = await loadIndex(indexStore)
  const putMs = new Map<string, number>()
  const stored = await listPacks(backend, putMs)
  const lost = new Set<ObjectId>()
  const short = new Set<ObjectId>()
  const suspects = known.packs.filter(({id, sizeBytes}) => stored.get(packName(id)) !== sizeBytes)
  // A list may lack what is there.
  await mapBounded(suspects, backend.access.parallelCalls, async ({id, sizeBytes}) => {
    const stat = await backend.stat(packName(id))
    if (stat === undefined) lost.add(id)
    // Of one that is cut short the index alone knows what can be salvaged.
    else if (stat.sizeBytes !== sizeBytes) short.add(id)
  })
  const isOld = (name: string): boolean => !isWithin(putMs.get(name) ?? 0, options)
  const old = new Map([...stored].filter(([name]) => isOld(name) || going.has(idInName(name) ?? ('' as ObjectId))))
  const orphans = await findOrphans({backend, sealing, index: known, stored: old, onDamaged: options.onWarning})
  const distrusted = new Set([...(options.distrusted ?? []), ...short])
  const doubtful = await repository.damagedPacks()
  const leftOut = new Set([...lost, ...going, ...distrusted, ...doubtful])
  const index = known.packs.some(({id}) => leftOut.has(id)) ? await loadIndex(indexStore, leftOut) : known
  const add = (pack: IndexedPack): void => {
    if (!lost.has(pack.id) && !distrusted.has(pack.id)) index.add(pack)
  }
  const addIndexed = async (isWanted: (id: ObjectId) => boolean): Promise<void> => {
    if (known.packs.some(({id}) => isWanted(id))) await forEachIndexed(repository, (pack) => (isWanted(pack.id) ? add(pack) : undefined))
  }
  for (const pack of orphans) if (!going.has(pack.id) && !doubtful.has(pack.id)) add(pack)
  await addIndexed((id) => going.has(id) && !doubtful.has(id))
  for (const pack of orphans) if (!doubtful.has(pack.id)) add(pack)
  await addIndexed((id) => doubtful.has(id))
  for (const pack of orphans) add(pack)
  for (const {id, kind} of index.packs) repository.rememberPack(id, kind)
  return {index, orphans, lost, distrusted, doubtful, putMs}
}

/** Calls `visit` with each pack that an index object names, once; damaged index objects have been told of when the index was loaded. */
export async function forEachIndexed(repository: Repository, visit: (pack: IndexedPack) => Promise<void> | void): Promise<void> {
  const context = {...repository.indexStore, onDamaged: () => undefined}
  const seen = new Set<ObjectId>()
  const done = new Set<string>()
  for (let isComplete = false; !isComplete; ) {
    isComplete = true
    for (const {name} of await listIndexes(repository.backend)) {
      if (done.has(name)) continue
      const packs = await loadOne(context, name)
      // Another has written it anew: what it named is in an object that was not there when they were listed.
      if (packs === 'missing') isComplete = false
      else done.add(name)
      for (const pack of packs === 'missing' ? [] : packs) {
        if (seen.has(pack.id)) continue
        seen.add(pack.id)
        await visit(pack)
      }
    }
  }
}

export interface Marked {
  used: UsedChunks
  missing: {chunks: number; pages: number}
  unreadable: Map<ObjectId, PocketError>
}

/** Marks what `roots` need in `index`, from which trees are read. */
export async function markRoots(
  repository: Repository,
  index: ChunkIndex,
  roots: readonly Root[],
  {pacer, onProgress}: Pick<SurveyOptions, 'pacer' | 'onProgress'>,
): Promise<Marked> {
  const used = new UsedChunks(index)
  const missing = {chunks: 0, pages: 0}
  const unreadable = new Map<ObjectId, PocketError>()
  const reader = repository.readTreesWith(index)
  reader.expectAll()
  let current: ObjectId | undefined
  const lose = (error: () => PocketError): void => {
    if (current && !unreadable.has(current)) unreadable.set(current, error())
  }
  const walk = new PageWalk({
    read: (chunk) => reader.read(chunk),
    pacer,
    visit: (ids, offset, _length, kind) => {
      const slot = index.slotOf(ids, offset)
      if (slot >= 0) return used.add(slot)
      missing[kind === 'tree' ? 'pages' : 'chunks']++
      if (kind === 'tree') lose(lostPage)
      return false
    },
    onUnreadable: (error) => {
      missing.pages++
      lose(() => error)
    },
  })
  for (const [place, {snapshotId, root, isComplete}] of roots.entries()) {
    onProgress(place, roots.length)
    current = isComplete ? snapshotId : undefined
    await walk.walk(root)
  }
  onProgress(roots.length, roots.length)
  return {used, missing, unreadable}
}

function lostPage(): PocketError {
  return new PocketError('chunk-missing', 'one of its listings is lost')
}

async function measureAll(
  repository: Repository,
  {index, orphans, lost, putMs, removals, used}: SurveyedPacks & {removals: readonly StoredRemoval[]; used: UsedChunks},
): Promise<ListedPack[]> {
  const going = new Set(removals.flatMap(({packs}) => packs))
  const packs: ListedPack[] = []
  const seen = new Set<ObjectId>()
  const measure = (pack: IndexedPack): void => {
    // Named only after the survey had read the index.
    if (seen.has(pack.id) || lost.has(pack.id) || !index.hasPack(pack.id)) return
    seen.add(pack.id)
    packs.push({...measurePack(pack, index, used), putMs: putMs.get(packName(pack.id)), isGoing: going.has(pack.id)})
  }
  await forEachIndexed(repository, measure)
  for (const pack of orphans) measure(pack)
  return packs
}
