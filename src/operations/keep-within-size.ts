/** The rule of a retention policy that needs to know what lies in the repository: as much history as fits in a size. */
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {Repository} from '../repository/repository.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import type {GroupDecisions, RetentionDecision} from '../snapshot/retention.js'
import {type MeasureOptions, sizeWalk} from './measure-snapshots.js'

/**
 * What other rules keep is kept, and counts first, whatever it takes. Then, of all groups together, the newest first, what no rule keeps, until the
 * stored bytes that all that is kept needs together would be more than `maxBytes`. Checkpoints that are superseded are not kept for it.
 */
export async function keepWithinSize(
  repository: Repository,
  groups: readonly GroupDecisions[],
  maxBytes: number,
  options: MeasureOptions,
): Promise<GroupDecisions[]> {
  const decisions = groups.flatMap((group) => group.decisions)
  const kept = decisions.filter(({keep}) => keep).map(({snapshot}) => snapshot)
  const candidates = decisions.filter(isCandidate).map(({snapshot}) => snapshot)
  const fitting = await findFitting(repository, kept, candidates.sort(compareNewestFirst), maxBytes, options)
  const decide = (decision: RetentionDecision): RetentionDecision =>
    fitting.has(decision.snapshot) ? {snapshot: decision.snapshot, keep: true, reasons: [{rule: 'size'}]} : decision
  return groups.map((group) => ({...group, decisions: group.decisions.map(decide)}))
}

async function findFitting(
  repository: Repository,
  kept: readonly FoundSnapshot[],
  candidates: readonly FoundSnapshot[],
  maxBytes: number,
  options: MeasureOptions,
): Promise<Set<FoundSnapshot>> {
  const fitting = new Set<FoundSnapshot>()
  const total = kept.length + candidates.length
  const walk = await sizeWalk(repository, options)
  const overhead = packOverhead(await repository.loadIndex())
  let bytes = 0
  for (const [place, snapshot] of [...kept, ...candidates].entries()) {
    options.onProgress?.(place, total)
    bytes += (await walk.add(snapshot.record.root)) * overhead
    if (place < kept.length) continue
    if (bytes > maxBytes) break
    fitting.add(snapshot)
  }
  options.onProgress?.(total, total)
  return fitting
}

/** How many bytes packs take for each byte of their frames: they have heads and directories, too. */
function packOverhead(index: ChunkIndex): number {
  let packs = 0
  let frames = 0
  for (const {sizeBytes} of index.packs) packs += sizeBytes
  for (let number = 0; number < index.frameCount; number++) frames += index.frame(number).storedLength
  return frames === 0 ? 1 : packs / frames
}

function isCandidate({keep, reasons}: RetentionDecision): boolean {
  return !keep && reasons.some(({rule}) => rule === 'no-rule')
}

/** Ids decide between equal times, as everywhere. */
function compareNewestFirst(a: FoundSnapshot, b: FoundSnapshot): number {
  if (a.record.timeNs !== b.record.timeNs) return a.record.timeNs > b.record.timeNs ? -1 : 1
  return a.id > b.id ? -1 : 1
}
