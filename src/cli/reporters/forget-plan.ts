/** What is forgotten and what is kept, and why, as tables. */
import {shortId} from '../../id.js'
import type {DropReason, ForgetDecision, ForgetGroup, ForgetPlan, ForgetSizes, KeepReason} from '../../operations/plan-forget.js'
import {describeDuration} from '../../util/duration.js'
import {formatSize} from '../format-quantity.js'
import {formatLocalTime} from '../format-time.js'
import {printable} from '../printable.js'
import {type Column, formatTable} from '../table.js'

type Reason = KeepReason | DropReason | {rule: 'named'}

/** Each group under its heading, all in the same columns; blank lines between them. */
export function planLines({groups}: ForgetPlan, sizes?: ForgetSizes): string[] {
  const [first] = groups
  if (first === undefined) return ['no snapshots']
  const columns: Column[] = [
    {title: ''},
    {title: 'ID'},
    {title: 'Date'},
    ...(first.host === undefined ? [{title: 'Host'}] : []),
    {title: 'Tags'},
    ...(first.paths === undefined ? [{title: 'Paths'}] : []),
    ...(sizes ? [{title: 'Unique', align: 'right' as const}] : []),
    {title: 'Why'},
  ]
  const rows = groups.flatMap((group) => group.decisions.map((decision) => rowOf(decision, first, sizes)))
  const [titles, ...lines] = formatTable(columns, rows)
  return groups.flatMap((group, place) => {
    const heading = headingOf(group)
    return [...(place > 0 ? [''] : []), ...(heading === undefined ? [] : [heading]), titles, ...lines.splice(0, group.decisions.length)]
  })
}

function rowOf({snapshot, keep, reasons}: ForgetDecision, group: ForgetGroup, sizes: ForgetSizes | undefined): string[] {
  const {id, timeNs, host, tags, paths} = snapshot
  return [
    keep ? 'keep' : 'forget',
    shortId(id),
    formatLocalTime(timeNs),
    ...(group.host === undefined ? [printable(host)] : []),
    tags.map(printable).join(','),
    ...(group.paths === undefined ? [paths.map(printable).join(' ')] : []),
    ...(sizes ? [sizeOf(sizes.uniqueBytes.get(id))] : []),
    reasons.map(describeReason).join(', '),
  ]
}

function headingOf({host, paths, tags}: ForgetGroup): string | undefined {
  const parts = [
    paths?.map(printable).join(' '),
    host === undefined ? undefined : `of ${printable(host)}`,
    tags === undefined ? undefined : tags.length === 0 ? 'without tags' : `tagged ${tags.map(printable).join(',')}`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : `${parts.join(' ')}:`
}

function sizeOf(bytes: number | undefined): string {
  return bytes === undefined ? '' : formatSize(bytes)
}

const WORDS: Readonly<Record<string, string>> = {
  'no-rule': 'no rule keeps it',
  size: 'fits in the size',
  named: 'named',
  pinned: 'pinned',
  incomplete: 'incomplete, and nothing complete since',
}

/** `daily 2026-11-21`, `last 3`, `weekly 2026-W47 within 2 months` */
export function describeReason(reason: Reason): string {
  switch (reason.rule) {
    case 'last':
      return `last ${reason.number}`
    case 'oldest':
      return `oldest ${periodOf(reason.of)}`
    case 'within':
      return `within ${describeDuration(reason.within)}`
    case 'tag':
      return `tagged ${printable(reason.tag)}`
    case 'id':
      return `id ${printable(reason.prefix)}`
    case 'superseded':
      return `superseded by ${shortId(reason.by)}`
    default:
      if (!('bucket' in reason)) return WORDS[reason.rule]
      return `${periodOf(reason.rule)} ${reason.bucket}${'within' in reason ? ` within ${describeDuration(reason.within)}` : ''}`
  }
}

/** `daily` of `withinDaily`. */
function periodOf(rule: string): string {
  return rule.replace(/^within/, '').toLowerCase()
}
