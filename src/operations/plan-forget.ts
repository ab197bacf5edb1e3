/** Which snapshots are to be forgotten, by name or by policy, and what that gives back. Nothing is forgotten here: `forgetAll` does it. */
import {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import type {Grouping} from '../snapshot/group.js'
import {decideRetention, type DropReason, type GroupDecisions, type KeepReason} from '../snapshot/retention.js'
import {isEmptyPolicy, type RetentionPolicy} from '../snapshot/retention-policy.js'
import {displayName} from '../util/bytes.js'
import {chooseExactly, chooseSnapshots, findSnapshots, type SnapshotChoice} from './find-snapshot.js'
import {refusePinned} from './forget-snapshots.js'
import {keepWithinSize} from './keep-within-size.js'
import {describeSnapshot, type SnapshotInfo} from './list-snapshots.js'
import {measureAll, type MeasureOptions} from './measure-snapshots.js'
import {type PruneEvent, pruneRepository} from './prune-repository.js'

export type {DropReason, Grouping, KeepReason, RetentionPolicy}
export type {Count} from '../snapshot/retention-policy.js'

export interface ForgetRequest extends SnapshotChoice {
  policy: RetentionPolicy
  /** Of what no other rule keeps, the newest are kept as long as all that is kept needs no more stored bytes together. */
  keepBytes?: number
  grouping?: Grouping
  /** Only snapshots of this host and just these paths. */
  exactly?: {host: string; paths: readonly string[]}
}

export type ForgetDecision =
  | {snapshot: SnapshotInfo; keep: true; reasons: readonly KeepReason[]}
  /** `named`: by the user. */
  | {snapshot: SnapshotInfo; keep: false; reasons: readonly (DropReason | {rule: 'named'})[]}

export interface ForgetGroup {
  host?: string
  paths?: string[]
  tags?: string[]
  /** Newest first. */
  decisions: ForgetDecision[]
}

export interface ForgetPlan {
  groups: ForgetGroup[]
  forget: ObjectId[]
  kept: number
  /** What would have no snapshot any more, in words, such as `'/home' of atlas`; for the caller to refuse. */
  emptied: string[]
}

/** Throws `usage` for a policy without a rule, `snapshot-missing` for an id that it names and nothing has, and `interrupted`. */
export async function planByPolicy(repository: Repository, request: ForgetRequest, options: MeasureOptions = {}): Promise<ForgetPlan> {
  const {policy, keepBytes, grouping} = request
  if (isEmptyPolicy(policy) && keepBytes === undefined) {
    throw new PocketError('usage', 'the policy keeps nothing', {hint: 'say what to keep, such as --keep-daily 7 --keep-weekly 4'})
  }
  const all = await loadSnapshots(repository, repository.onWarning)
  refuseUnknown(all, policy)
  const chosen = chooseSnapshots(request.exactly ? chooseExactly(all, request.exactly) : all, request)
  const decided = decideRetention(chosen, policy, grouping)
  const groups = keepBytes === undefined ? decided : await keepWithinSize(repository, decided, keepBytes, options)
  return planOf(groups.map(describeGroup), groups.filter(isEmptied).map(describeEmptied))
}

/** A name that was mistyped would let go what it was to keep. */
function refuseUnknown(snapshots: readonly FoundSnapshot[], {ids = []}: RetentionPolicy): void {
  const unknown = ids.find((prefix) => !/^[0-9a-f]+$/.test(prefix) || !snapshots.some(({id}) => id.startsWith(prefix)))
  if (unknown === undefined) return
  throw new PocketError('snapshot-missing', `there is no snapshot '${unknown}' to keep`, {hint: "'pocket list' shows them"})
}

/** Throws what `findSnapshots` throws, and `usage` for a pinned one. */
export async function planByName(repository: Repository, references: readonly string[]): Promise<ForgetPlan> {
  const named = await findSnapshots(repository, references)
  refusePinned(named)
  const ids = new Set(named.map(({id}) => id))
  const all = await loadSnapshots(repository, repository.onWarning)
  const isComplete = ({record}: FoundSnapshot): boolean => !record.isIncomplete
  const left = all.filter(({id}) => !ids.has(id))
  // A checkpoint is no snapshot of all there was.
  const isLast = left.length === 0 || (all.some(isComplete) && !left.some(isComplete))
  const decisions = named.map((found): ForgetDecision => ({snapshot: describeSnapshot(found), keep: false, reasons: [{rule: 'named'}]}))
  const plan = planOf([{decisions}], isLast ? ['the repository'] : [])
  return {...plan, kept: left.length}
}

export interface ForgetSizes {
  /** Stored bytes that no other snapshot needs: by the id of the snapshot. */
  uniqueBytes: ReadonlyMap<ObjectId, number>
  /** What forgetting and then pruning everything gives back, to the byte. */
  freedBytes: number
  /** What of it no snapshot needs already. */
  unneededBytes: number
}

export interface MeasureForgetOptions extends MeasureOptions {
  /** Told of the progress of a prune in a dry run, and once of each thing that is damaged. */
  onPruneEvent?: (event: PruneEvent) => void
}

/** Looks through all trees. Throws `interrupted`, and what `pruneRepository` throws. */
export async function measureForget(
  repository: Repository,
  {forget}: ForgetPlan,
  options: MeasureForgetOptions = {},
): Promise<ForgetSizes> {
  const {signal, onPruneEvent} = options
  const told = new Set<string>()
  const onEvent = (event: PruneEvent): void => {
    const isNew = event.type === 'progress' || (event.type === 'damaged' && !told.has(event.message))
    if (event.type === 'damaged') told.add(event.message)
    if (isNew) onPruneEvent?.(event)
  }
  const sizes = await measureAll(repository, await loadSnapshots(repository, repository.onWarning), options)
  const freed = async (without: ReadonlySet<ObjectId>): Promise<number> => {
    const result = await pruneRepository(repository, {
      dryRun: true,
      graceMs: 0,
      maxUnused: {type: 'bytes', bytes: 0},
      without,
      signal,
      onEvent,
    })
    return result.freedBytes
  }
  const unneededBytes = await freed(new Set())
  const freedBytes = forget.length === 0 ? unneededBytes : await freed(new Set(forget))
  return {uniqueBytes: new Map([...sizes].map(([id, {uniqueBytes}]) => [id, uniqueBytes])), freedBytes, unneededBytes}
}

function planOf(groups: ForgetGroup[], emptied: string[]): ForgetPlan {
  const decisions = groups.flatMap((group) => group.decisions)
  const forget = decisions.filter(({keep}) => !keep).map(({snapshot}) => snapshot.id)
  return {groups, forget, kept: decisions.length - forget.length, emptied}
}

function describeGroup({key, decisions}: GroupDecisions): ForgetGroup {
  return {
    ...(key.host !== undefined && {host: key.host}),
    ...(key.paths && {paths: key.paths.map(displayName)}),
    ...(key.tags && {tags: [...key.tags]}),
    decisions: decisions.map(({snapshot, ...decision}) => ({snapshot: describeSnapshot(snapshot), ...decision})),
  }
}

/** Whether the policy lets snapshots go and no complete one stays. Checkpoints that are superseded may all go. */
function isEmptied({decisions}: GroupDecisions): boolean {
  const isLetGo = decisions.some(({reasons}) => reasons.some(({rule}) => rule === 'no-rule'))
  return isLetGo && !decisions.some(({keep, snapshot}) => keep && !snapshot.record.isIncomplete)
}

function describeEmptied({key: {host, paths, tags}}: GroupDecisions): string {
  const parts = [
    paths?.map((path) => `'${displayName(path)}'`).join(', '),
    host === undefined ? undefined : `of ${host}`,
    tags === undefined ? undefined : tags.length === 0 ? 'without tags' : `tagged ${tags.join(',')}`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? 'the only group' : parts.join(' ')
}
