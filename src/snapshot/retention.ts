/** Which snapshots a retention policy keeps and which go, and why. It deletes nothing and asks no clock: the same snapshots give the same decisions. */
import type {ObjectId} from '../id.js'
import {mayBeStored} from './announcement.js'
import {type FoundSnapshot, sourceKey} from './find.js'
import {DEFAULT_GROUPING, type Grouping, groupSnapshots, type SnapshotGroup} from './group.js'
import {type RetentionPolicy, type RetentionRule, rulesOf} from './retention-policy.js'
import {applyRule, type RuleReason} from './retention-rules.js'

export type KeepReason =
  | RuleReason
  | {rule: 'pinned'}
  /** A checkpoint that is not superseded: the best there is of its run. */
  | {rule: 'incomplete'}
  /** With all that are kept before it, it fits in the size that was asked for. */
  | {rule: 'size'}

export type DropReason =
  | {rule: 'no-rule'}
  /** A checkpoint after which the complete snapshot `by` of the same host and paths was begun. */
  | {rule: 'superseded'; by: ObjectId}

/** Another rule is applied by turning decisions that drop into others that keep. */
export type RetentionDecision =
  | {snapshot: FoundSnapshot; keep: true; reasons: readonly KeepReason[]}
  | {snapshot: FoundSnapshot; keep: false; reasons: readonly DropReason[]}

export interface GroupDecisions {
  key: SnapshotGroup['key']
  /** One for each snapshot of the group, newest first. */
  decisions: RetentionDecision[]
}

/**
 * Applies the policy to each group by itself. What `snapshots` leaves out supersedes no checkpoint. A policy without a rule (`isEmptyPolicy`) keeps what
 * is pinned or incomplete, and nothing else. Neither the groups nor the decisions depend on the order of `snapshots`.
 */
export function decideRetention(
  snapshots: readonly FoundSnapshot[],
  policy: RetentionPolicy,
  grouping: Grouping = DEFAULT_GROUPING,
): GroupDecisions[] {
  const rules = rulesOf(policy)
  const latest = latestComplete(snapshots)
  return groupSnapshots(snapshots, grouping).map(({key, snapshots: group}) => ({key, decisions: decideGroup(group, rules, latest)}))
}

function decideGroup(
  group: readonly FoundSnapshot[],
  rules: readonly RetentionRule[],
  latest: ReadonlyMap<string, FoundSnapshot>,
): RetentionDecision[] {
  const counted = reasonsOf(
    rules,
    group.filter(({record}) => !record.isPinned && !record.isIncomplete),
  )
  const named = reasonsOf(
    rules.filter(({rule}) => rule === 'id'),
    group.filter(({record}) => record.isIncomplete),
  )
  return group.map((snapshot) => {
    const {id, record} = snapshot
    if (record.isPinned) return {snapshot, keep: true, reasons: [{rule: 'pinned'}]}
    if (record.isIncomplete) return decideCheckpoint(snapshot, named.get(id) ?? [], latest.get(sourceKey(record)))
    const reasons = counted.get(id)
    return reasons ? {snapshot, keep: true, reasons} : {snapshot, keep: false, reasons: [{rule: 'no-rule'}]}
  })
}

/** Only a user who names it keeps a checkpoint that is superseded; what is only announced is not, while it may yet be stored. */
function decideCheckpoint(snapshot: FoundSnapshot, named: readonly RuleReason[], latest: FoundSnapshot | undefined): RetentionDecision {
  if (latest === undefined || latest.record.startedNs <= snapshot.record.startedNs || mayBeStored(snapshot.record)) {
    return {snapshot, keep: true, reasons: [{rule: 'incomplete'}, ...named]}
  }
  if (named.length > 0) return {snapshot, keep: true, reasons: named}
  return {snapshot, keep: false, reasons: [{rule: 'superseded', by: latest.id}]}
}

/** Every reason of each snapshot that has one, in the order of the rules. */
function reasonsOf(rules: readonly RetentionRule[], snapshots: readonly FoundSnapshot[]): Map<ObjectId, RuleReason[]> {
  const found = new Map<ObjectId, RuleReason[]>()
  for (const rule of rules) {
    for (const [index, reason] of applyRule(rule, snapshots).entries()) {
      if (reason === undefined) continue
      const {id} = snapshots[index]
      found.set(id, [...(found.get(id) ?? []), reason])
    }
  }
  return found
}

/** Of each host and paths, the complete snapshot that was begun last. One of picked changes lacks what the others have, and is none. */
function latestComplete(snapshots: readonly FoundSnapshot[]): Map<string, FoundSnapshot> {
  const latest = new Map<string, FoundSnapshot>()
  for (const snapshot of snapshots) {
    if (snapshot.record.isIncomplete || snapshot.record.isPicked) continue
    const source = sourceKey(snapshot.record)
    const other = latest.get(source)
    if (other === undefined || isBegunLater(snapshot, other)) latest.set(source, snapshot)
  }
  return latest
}

/** Ids decide between equal times, for an answer that does not depend on the order. */
function isBegunLater(a: FoundSnapshot, b: FoundSnapshot): boolean {
  if (a.record.startedNs !== b.record.startedNs) return a.record.startedNs > b.record.startedNs
  return a.id > b.id
}
