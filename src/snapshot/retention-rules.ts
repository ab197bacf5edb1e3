/** What one rule of a retention policy keeps of a group. No rule knows of another. */
import type {Duration} from '../util/duration.js'
import {type FoundSnapshot, hasTags} from './find.js'
import {bucketOf, type Period, subtractDuration} from './local-calendar.js'
import type {Count, RetentionRule, WithinPeriod} from './retention-policy.js'

/** Why a rule keeps a snapshot. */
export type RuleReason =
  /** 1 for the newest. */
  | {rule: 'last'; number: number}
  /** The newest of `bucket`, such as `2026-11-21`; see `bucketOf`. */
  | {rule: Period; bucket: string}
  | {rule: 'within'; within: Duration}
  | {rule: WithinPeriod; bucket: string; within: Duration}
  /** Not the newest of its bucket, but the oldest of the group while the rule could keep more. */
  | {rule: 'oldest'; of: Period | WithinPeriod}
  | {rule: 'tag'; tag: string}
  | {rule: 'id'; prefix: string}

/** The reason for each of `snapshots`, which are a group, newest first; undefined for what the rule does not keep. */
export function applyRule(rule: RetentionRule, snapshots: readonly FoundSnapshot[]): (RuleReason | undefined)[] {
  switch (rule.rule) {
    case 'last': {
      const limit = limitOf(rule.count)
      return snapshots.map((_, index) => (index < limit ? {rule: 'last', number: index + 1} : undefined))
    }
    case 'within': {
      const isWithin = withinSpan(snapshots, rule.within)
      return snapshots.map((snapshot) => (isWithin(snapshot) ? rule : undefined))
    }
    case 'tag':
      return snapshots.map(({record}) => (hasTags(record, rule.tag) ? rule : undefined))
    case 'id':
      return snapshots.map(({id}) => (id.startsWith(rule.prefix) ? rule : undefined))
    default:
      return 'period' in rule ? newestWithin(rule, snapshots) : newestOfEach(rule.rule, rule.count, snapshots)
  }
}

function newestWithin(
  {rule, period, within}: Extract<RetentionRule, {period: Period}>,
  snapshots: readonly FoundSnapshot[],
): (RuleReason | undefined)[] {
  const isWithin = withinSpan(snapshots, within)
  return newestOfEach(period, 'all', snapshots).map((reason, index) => {
    if (reason === undefined || !isWithin(snapshots[index])) return undefined
    return 'bucket' in reason ? {rule, bucket: reason.bucket, within} : {rule: 'oldest', of: rule}
  })
}

interface PeriodReason {
  rule: Period
  bucket: string
}

/**
 * A bucket ends where another begins: the minutes of an hour that comes twice are buckets twice. The oldest snapshot of all is one more while the
 * count is not used up, so that the history that is kept grows to what was asked for.
 */
function newestOfEach(
  period: Period,
  count: Count,
  snapshots: readonly FoundSnapshot[],
): (PeriodReason | {rule: 'oldest'; of: Period} | undefined)[] {
  let left = limitOf(count)
  let previous: string | undefined
  return snapshots.map(({record}, index) => {
    if (left <= 0) return undefined
    const bucket = bucketOf(record.timeNs, period)
    const isNew = bucket !== previous
    if (!isNew && index < snapshots.length - 1) return undefined
    previous = bucket
    left--
    return isNew ? {rule: period, bucket} : {rule: 'oldest', of: period}
  })
}

/** What is exactly as old as the span is long is not within it: a day has one noon, not two. */
function withinSpan(snapshots: readonly FoundSnapshot[], within: Duration): (snapshot: FoundSnapshot) => boolean {
  if (snapshots.length === 0) return () => false
  const startNs = subtractDuration(snapshots[0].record.timeNs, within)
  return ({record}) => record.timeNs > startNs
}

function limitOf(count: Count): number {
  return count === 'all' ? Number.POSITIVE_INFINITY : count
}
