/** What a prune does with each pack: a pure function of what was listed and measured. */
import type {ObjectId} from '../id.js'
import type {PackUsage} from './pack-usage.js'

export interface ListedPack extends PackUsage {
  /** When it was put, in ms since 1970, where that is known. */
  putMs: number | undefined
  /** A removal names it that was not brought to its end: nobody counts on it any more. */
  isGoing: boolean
}

export interface PrunePolicy {
  /** The time by the same clock as `putMs`. */
  nowMs: number
  /** What was put within it may belong to a snapshot that is under way. */
  graceMs: number
  /** How much that nobody needs may stay beside what is needed: packs in which more is needed are not written anew for less. */
  maxUnused: {type: 'percent'; percent: number} | {type: 'bytes'; bytes: number}
  /** Stored bytes of packs that are written anew at most; those of removals that were not brought to their end come on top. */
  maxRepackBytes: number
  /** Write packs anew that are smaller than this, when there are several. 0 for none. */
  smallBytes: number
}

export interface PrunePlan {
  keep: PackUsage[]
  /** Needed in part: what is needed is written into new packs, and then they are removed. */
  repack: PackUsage[]
  remove: PackUsage[]
  /** Not needed, and so young that a snapshot under way may need them. */
  wait: PackUsage[]
  /** Stored bytes that nobody needs and that stay, in packs that are kept. */
  unusedBytes: number
}

/** Whether something of `thenMs` is younger than the grace period; without one nothing is, whatever a clock said. */
export function isWithin(thenMs: number, {nowMs, graceMs}: Pick<PrunePolicy, 'nowMs' | 'graceMs'>): boolean {
  return graceMs > 0 && nowMs - thenMs < graceMs
}

export function planPrune(packs: readonly ListedPack[], policy: PrunePolicy): PrunePlan {
  const plan: PrunePlan = {keep: [], repack: [], remove: [], wait: [], unusedBytes: 0}
  const candidates: ListedPack[] = []
  let usedBytes = 0
  for (const pack of packs) {
    usedBytes += pack.usedBytes
    const isYoung = pack.putMs !== undefined && isWithin(pack.putMs, policy)
    if (pack.usedChunks === 0) plan[isYoung && !pack.isGoing ? 'wait' : 'remove'].push(pack)
    else if (pack.isGoing) plan.repack.push(pack)
    else if (isYoung) plan.keep.push(pack)
    else candidates.push(pack)
  }
  chooseRepacked(plan, candidates, {...policy, usedBytes})
  for (const pack of plan.keep) plan.unusedBytes += unusedOf(pack)
  return plan
}

/** Those first of which the most is given back for each byte that is written anew; trees before data, since they are read again and again. */
function chooseRepacked(plan: PrunePlan, candidates: ListedPack[], policy: PrunePolicy & {usedBytes: number}): void {
  const allowed = allowedUnused(policy)
  let unused = plan.keep.reduce((sum, pack) => sum + unusedOf(pack), 0)
  for (const pack of candidates) unused += unusedOf(pack)
  const small = smallPacks(candidates, policy.smallBytes)
  let left = policy.maxRepackBytes
  candidates.sort((a, b) => Number(b.kind === 'tree') - Number(a.kind === 'tree') || shareOf(b) - shareOf(a) || (a.id < b.id ? -1 : 1))
  for (const pack of candidates) {
    const isWorth = small.has(pack.id) || (pack.usedChunks < pack.chunks && unused > allowed)
    if (!isWorth || pack.sizeBytes > left) {
      plan.keep.push(pack)
      continue
    }
    plan.repack.push(pack)
    left -= pack.sizeBytes
    unused -= unusedOf(pack)
  }
}

function allowedUnused({maxUnused, usedBytes}: PrunePolicy & {usedBytes: number}): number {
  if (maxUnused.type === 'bytes') return maxUnused.bytes
  // Of all that is stored afterwards.
  return maxUnused.percent >= 100 ? Number.POSITIVE_INFINITY : (usedBytes * maxUnused.percent) / (100 - maxUnused.percent)
}

/** One alone cannot become larger. */
function smallPacks(packs: readonly ListedPack[], smallBytes: number): Set<ObjectId> {
  const small = new Set<ObjectId>()
  for (const kind of ['data', 'tree'] as const) {
    const found = packs.filter((pack) => pack.kind === kind && pack.sizeBytes < smallBytes)
    if (found.length > 1) for (const {id} of found) small.add(id)
  }
  return small
}

/** A pack of which every chunk is needed has nothing to give back. */
function unusedOf({chunks, usedChunks, sizeBytes, usedBytes}: PackUsage): number {
  return usedChunks === chunks ? 0 : Math.max(0, sizeBytes - usedBytes)
}

function shareOf(pack: PackUsage): number {
  return unusedOf(pack) / pack.sizeBytes
}
