/** Which snapshots are to be kept, as a user says it: counts and spans of time, tags, ids. */
import {describeDuration, type Duration, isZeroDuration} from '../util/duration.js'
import {type Period, PERIODS} from './local-calendar.js'

/** So many, or without an end. */
export type Count = number | 'all'

/**
 * What each rule by itself keeps, in a group; a snapshot that no rule keeps goes. A count of 0, an empty list, an empty text and no time at all are no
 * rule. Spans of time go back from the newest snapshot of the group, not from now.
 */
export interface RetentionPolicy {
  /** The newest so many. */
  last?: Count
  /** The newest of each minute that has a snapshot, for so many minutes; the oldest of the group, too, while the count is not used up. */
  minutely?: Count
  hourly?: Count
  daily?: Count
  /** Weeks begin on Monday, as ISO 8601 has it. */
  weekly?: Count
  monthly?: Count
  quarterly?: Count
  yearly?: Count
  /** All that are newer than the newest less this. */
  within?: Duration
  /** The newest of each minute among those; the oldest of the group, too, if it is among them. */
  withinMinutely?: Duration
  withinHourly?: Duration
  withinDaily?: Duration
  withinWeekly?: Duration
  withinMonthly?: Duration
  withinQuarterly?: Duration
  withinYearly?: Duration
  /** Each is a tag, or several joined by commas that a snapshot must all have. */
  tags?: readonly string[]
  /** Ids or beginnings of ids, in hexadecimal digits. */
  ids?: readonly string[]
}

/** The keys of a policy that keep one of each period within a span of time. */
export const WITHIN = {
  minutely: 'withinMinutely',
  hourly: 'withinHourly',
  daily: 'withinDaily',
  weekly: 'withinWeekly',
  monthly: 'withinMonthly',
  quarterly: 'withinQuarterly',
  yearly: 'withinYearly',
} as const satisfies Record<Period, `within${Capitalize<Period>}`>

export type WithinPeriod = (typeof WITHIN)[Period]

/** One rule of a policy. */
export type RetentionRule =
  | {rule: 'last'; count: Count}
  | {rule: Period; count: Count}
  | {rule: 'within'; within: Duration}
  | {rule: WithinPeriod; period: Period; within: Duration}
  | {rule: 'tag'; tag: string}
  | {rule: 'id'; prefix: string}

/** The rules of a policy, the counts first; none for a policy that says nothing. */
export function rulesOf(policy: RetentionPolicy): RetentionRule[] {
  const {last, within, tags = [], ids = []} = policy
  const rules: RetentionRule[] = []
  if (isCount(last)) rules.push({rule: 'last', count: last})
  for (const period of PERIODS) {
    const count = policy[period]
    if (isCount(count)) rules.push({rule: period, count})
  }
  if (isSpan(within)) rules.push({rule: 'within', within})
  for (const period of PERIODS) {
    const span = policy[WITHIN[period]]
    if (isSpan(span)) rules.push({rule: WITHIN[period], period, within: span})
  }
  for (const tag of tags) if (tag !== '') rules.push({rule: 'tag', tag})
  for (const prefix of ids) if (prefix !== '') rules.push({rule: 'id', prefix})
  return rules
}

/** Whether the policy has no rule, so that it would keep nothing: for the caller to refuse, unless it has a rule of its own. */
export function isEmptyPolicy(policy: RetentionPolicy): boolean {
  return rulesOf(policy).length === 0
}

/** `keep the last 3, 7 daily, all within 1 year 6 months`; `keep nothing` for one without a rule. */
export function describePolicy(policy: RetentionPolicy): string {
  const rules = rulesOf(policy).map(describeRule)
  return `keep ${rules.length === 0 ? 'nothing' : rules.join(', ')}`
}

function describeRule(rule: RetentionRule): string {
  switch (rule.rule) {
    case 'last':
      return rule.count === 'all' ? 'all' : `the last ${rule.count === 1 ? 'one' : rule.count}`
    case 'within':
      return `all within ${describeDuration(rule.within)}`
    case 'tag':
      return `those tagged '${rule.tag}'`
    case 'id':
      return `snapshot '${rule.prefix}'`
    default:
      return 'period' in rule ? `${rule.period} within ${describeDuration(rule.within)}` : `${rule.count} ${rule.rule}`
  }
}

function isCount(count: Count | undefined): count is Count {
  return count !== undefined && (count === 'all' || count > 0)
}

function isSpan(duration: Duration | undefined): duration is Duration {
  return duration !== undefined && !isZeroDuration(duration)
}
