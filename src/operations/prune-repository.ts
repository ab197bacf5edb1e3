/** Gives back the space of what no snapshot needs, while others snapshot, restore, check and prune. */
import {type CompressionName, compressionLevel} from '../compression/levels.js'
import {Pacer} from '../engine/pacer.js'
import {planPrune, type PrunePlan, type PrunePolicy} from '../engine/prune-plan.js'
import {repackPlanned, type Repacked} from '../engine/prune-repack.js'
import {type Survey, surveyRepository} from '../engine/prune-survey.js'
import type {PackUsage} from '../engine/pack-usage.js'
import {type Removed, removePacks} from '../engine/remove-packs.js'
import {PocketError} from '../errors.js'
import {type ObjectId, shortId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {raiseVersion} from '../repository/raise-version.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {type Traffic, trafficOf} from './traffic.js'

export interface PruneOptions {
  /** Nothing is changed; what would be given back is counted to the byte. */
  dryRun?: boolean
  /** What was forgotten or put within it stays; 24 hours unless given. */
  graceMs?: number
  /** 5 % unless given. */
  maxUnused?: PrunePolicy['maxUnused']
  /** Stored bytes of packs that are written anew at most. */
  maxRepackBytes?: number
  /** Packs that are much smaller than new ones are written anew, too. */
  repackSmall?: boolean
  compression?: CompressionName
  /** Goes on where listings of snapshots are lost, and gives up what only they lead to. */
  despiteDamage?: boolean
  /** Snapshots that are to be taken for forgotten; in a dry run only. */
  without?: ReadonlySet<ObjectId>
  signal?: AbortSignal
  onEvent?: (event: PruneEvent) => void
}

export type PruneEvent =
  | {type: 'progress'; phase: 'snapshots' | 'repack' | 'remove'; done: number; total: number; elapsedMs: number}
  | {type: 'planned'; plan: PruneCounts}
  /** Something is damaged, and was stepped over. */
  | {type: 'damaged'; code: string; message: string; hint?: string}

export interface PackCount {
  packs: number
  bytes: number
}

/** What becomes of the packs. */
export interface PruneCounts {
  keep: PackCount
  repack: PackCount
  remove: PackCount
  /** Not needed, and younger than the grace period. */
  wait: PackCount
}

export interface PruneResult extends PruneCounts {
  dryRun: boolean
  snapshots: number
  /** Forgotten snapshots that can still be brought back, and those that no longer can. */
  forgotten: number
  expired: number
  /** Packs that were to go, and are needed by a snapshot that was stored meanwhile. */
  spared: number
  /** Bytes of packs that are removed, without those of the new packs that took their place. */
  freedBytes: number
  /** Bytes that nobody needs and that stay in packs that are kept. */
  unusedBytes: number
  /** Chunks that snapshots need and that are lost, of data and of trees. */
  missingChunks: number
  /** Snapshots that cannot be opened, so that what they need is not known. */
  unreadSnapshots: number
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

export const DEFAULT_GRACE_MS = 24 * 60 * 60_000
const DEFAULT_MAX_UNUSED = {type: 'percent', percent: 5} as const

/** Throws `damaged-tree` where it is not known what a snapshot needs, unless `despiteDamage`; `interrupted`; and what the backend throws. */
export async function pruneRepository(repository: Repository, options: PruneOptions = {}): Promise<PruneResult> {
  const startMs = monotonicMs()
  const {dryRun = false, onEvent} = options
  const context: PruneContext = {
    options,
    pacer: new Pacer({signal: options.signal, backpressure: () => Promise.resolve()}),
    progress: (phase) => (done, total) => onEvent?.({type: 'progress', phase, done, total, elapsedMs: monotonicMs() - startMs}),
    onWarning: ({code, message, hint}) => onEvent?.({type: 'damaged', code, message, ...(hint !== undefined && {hint})}),
  }
  if (!dryRun) await raiseVersion(repository)
  const {survey, plan, replacements, writtenBytes, early} = await repackUnneeded(repository, context)
  const packs = sizesOf([...plan.remove, ...plan.repack].filter(({id}) => !early.ids.has(id)))
  const removed = dryRun ? {bytes: sum(packs.values()), spared: 0} : await removeAll(repository, survey, context, {packs, replacements})
  // What it has loaded names packs that are gone.
  repository.refresh()
  return {
    ...countPlan(plan),
    dryRun,
    snapshots: survey.snapshots.length,
    forgotten: survey.forgotten.length,
    expired: survey.expired.length,
    spared: removed.spared + early.spared,
    freedBytes: removed.bytes + early.bytes - writtenBytes,
    unusedBytes: plan.unusedBytes,
    missingChunks: survey.missing.chunks + survey.missing.pages,
    unreadSnapshots: survey.unopened.length,
    elapsedMs: monotonicMs() - startMs,
    ...trafficOf(repository),
  }
}

interface PruneContext {
  options: PruneOptions
  pacer: Pacer
  progress: (phase: 'snapshots' | 'repack' | 'remove') => (done: number, total: number) => void
  onWarning: (error: PocketError) => void
}

interface RepackedPlan {
  survey: Survey
  plan: PrunePlan
  replacements: Repacked['packs']
  writtenBytes: number
  /** What was removed before anything was written anew. */
  early: {ids: Set<ObjectId>; bytes: number; spared: number}
}

function removeAll(
  repository: Repository,
  survey: Survey,
  {pacer, onWarning, progress}: PruneContext,
  request: {packs: ReadonlyMap<ObjectId, number>; replacements: Repacked['packs']},
): Promise<Removed> {
  return removePacks(repository, survey, {...request, pacer, onWarning, onProgress: progress('remove')})
}

function sizesOf(packs: readonly PackUsage[]): Map<ObjectId, number> {
  return new Map(packs.map(({id, sizeBytes}) => [id, sizeBytes]))
}

/**
 * Surveys, plans, and writes anew what is needed of packs that are to go. What holds nothing that anybody needs, not even a second copy, goes
 * before that: there may be no room otherwise. Where some of that cannot be read, all is planned once more without
 * the packs that it lies in: another may hold it that was about to be removed.
 */
async function repackUnneeded(repository: Repository, context: PruneContext): Promise<RepackedPlan> {
  const {options, pacer, progress, onWarning} = context
  const {graceMs = DEFAULT_GRACE_MS, without = new Set<ObjectId>(), dryRun = false, onEvent} = options
  const nowMs = Number(nowNs() / 1_000_000n)
  const distrusted = new Set<ObjectId>()
  const early: RepackedPlan['early'] = {ids: new Set(), bytes: 0, spared: 0}
  let writtenBytes = 0
  for (;;) {
    const onProgress = progress('snapshots')
    const survey = await surveyRepository(repository, {nowMs, graceMs, without, distrusted, pacer, onWarning, onProgress})
    refuseUnknown(survey, options)
    const plan = planPrune(survey.packs, policyOf(repository, survey, options, nowMs))
    onEvent?.({type: 'planned', plan: countPlan(plan)})
    const useless = plan.remove.filter(({copies}) => copies === 0)
    if (!dryRun && plan.repack.length > 0 && useless.length > 0) {
      const {bytes, spared} = await removeAll(repository, survey, context, {packs: sizesOf(useless), replacements: []})
      for (const {id} of useless) early.ids.add(id)
      early.bytes += bytes
      early.spared += spared
    }
    const {packs, storedBytes, damaged} = await repackPlanned(repository, survey, plan, {
      level: compressionLevel(options.compression ?? 'auto'),
      isDryRun: dryRun,
      signal: options.signal,
      onDamaged: onWarning,
      onProgress: progress('repack'),
    })
    writtenBytes += storedBytes
    if (damaged.size === 0) return {survey, plan, replacements: packs, writtenBytes, early}
    for (const id of damaged) distrusted.add(id)
  }
}

/** What only a lost listing, or a snapshot that cannot be opened, leads to would be taken for unneeded, though that may yet be brought back. */
function refuseUnknown({unreadable, unopened}: Survey, {despiteDamage}: PruneOptions): void {
  const newer = unopened.find(({code}) => code === 'format-too-new')
  if (newer) throw newer
  if (unopened.length > 0 && !despiteDamage) {
    const [{message}] = unopened
    throw new PocketError('damaged-snapshot', `cannot tell all that is needed: ${message}`, {
      hint: "'pocket repair snapshots' puts it back where this machine has a copy, and removes it with --forget; or prune with --despite-damage",
      cause: unopened[0],
    })
  }
  const [first] = unreadable
  if (!first || despiteDamage) return
  const [id, error] = first
  const more = unreadable.size > 1 ? ` and ${unreadable.size - 1} more` : ''
  throw new PocketError('damaged-tree', `cannot tell all that snapshot '${shortId(id)}'${more} needs: ${error.message}`, {
    hint: "'pocket check' shows what is lost, and 'pocket repair' brings back what can be; or forget these snapshots; or prune with --despite-damage",
    cause: error,
  })
}

function policyOf(repository: Repository, survey: Survey, options: PruneOptions, nowMs: number): PrunePolicy {
  const {graceMs = DEFAULT_GRACE_MS, maxUnused = DEFAULT_MAX_UNUSED, maxRepackBytes = Number.POSITIVE_INFINITY, repackSmall} = options
  return {nowMs, graceMs, maxUnused, maxRepackBytes, smallBytes: repackSmall ? repository.packBytes(survey.index) / 4 : 0}
}

function countPlan({keep, repack, remove, wait}: PrunePlan): PruneCounts {
  const count = (packs: readonly {sizeBytes: number}[]): PackCount => ({
    packs: packs.length,
    bytes: packs.reduce((total, {sizeBytes}) => total + sizeBytes, 0),
  })
  return {keep: count(keep), repack: count(repack), remove: count(remove), wait: count(wait)}
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
