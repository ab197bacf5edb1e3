/** Forgotten snapshots as a table and as JSON. */
import {shortId} from '../../id.js'
import type {ForgottenInfo} from '../../operations/undelete-snapshots.js'
import {formatCounted} from '../format-quantity.js'
import {formatExactTime, formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {type Column, formatTable} from '../table.js'
import {snapshotJson} from './snapshot-list.js'

const COLUMNS: readonly Column[] = ['ID', 'Date', 'Host', 'Tags', 'Paths', 'Forgotten', 'By', 'Kept until'].map((title) => ({title}))

/** What a prune with the usual grace period may remove, and when; `nowMs` as `forgottenMs`. */
export interface Keeping {
  graceMs: number
  nowMs: number
}

/** The last forgotten first. */
export function forgottenListLines(snapshots: readonly ForgottenInfo[], keeping: Keeping): string[] {
  if (snapshots.length === 0) return ['no forgotten snapshots']
  return [
    ...formatTable(
      COLUMNS,
      snapshots.map((snapshot) => row(snapshot, keeping)),
    ),
    '',
    `${formatCounted(snapshots.length, 'forgotten snapshot')}; a prune after 'Kept until' removes what ${snapshots.length === 1 ? 'it needs' : 'they need'}, one with a shorter --grace earlier`,
  ]
}

function row({id, timeNs, host, tags, paths, forgottenMs, forgottenBy}: ForgottenInfo, {graceMs, nowMs}: Keeping): string[] {
  const untilMs = forgottenMs + graceMs
  return [
    shortId(id),
    formatLocalTime(timeNs),
    printable(host),
    tags.map(printable).join(','),
    paths.map(printable).join(' '),
    formatLocalTime(nsOf(forgottenMs)),
    printable(`${forgottenBy.user}@${forgottenBy.host}`),
    untilMs > nowMs ? formatLocalTime(nsOf(untilMs)) : 'the next prune',
  ]
}

export function forgottenJson(snapshot: ForgottenInfo, {graceMs}: Keeping): JsonFields {
  const {forgottenMs, forgottenBy} = snapshot
  return {
    ...snapshotJson(snapshot),
    forgotten: formatExactTime(nsOf(forgottenMs)),
    forgotten_by: {host: forgottenBy.host, user: forgottenBy.user},
    kept_until: formatExactTime(nsOf(forgottenMs + graceMs)),
  }
}

function nsOf(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * 1_000_000n
}
