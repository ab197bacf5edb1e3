/** Snapshots as a table and as JSON. */
import {shortId} from '../../id.js'
import type {SnapshotInfo} from '../../operations/list-snapshots.js'
import {formatCount, formatCounted, formatSize} from '../format-quantity.js'
import {formatExactTime, formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {type Column, formatTable} from '../table.js'
import {summaryJson} from './snapshot-summary-json.js'

const COLUMNS: readonly Column[] = [
  {title: 'ID'},
  {title: 'Date'},
  {title: 'Host'},
  {title: 'Tags'},
  {title: 'Paths'},
  {title: 'Files', align: 'right'},
  {title: 'Size', align: 'right'},
]

/** Oldest first, a line for each, and how many there are. */
export function snapshotListLines(snapshots: readonly SnapshotInfo[]): string[] {
  if (snapshots.length === 0) return ['no snapshots']
  return [...formatTable(COLUMNS, snapshots.map(snapshotRow)), '', formatCounted(snapshots.length, 'snapshot')]
}

function snapshotRow({id, timeNs, host, tags, paths, summary}: SnapshotInfo): string[] {
  return [
    shortId(id),
    formatLocalTime(timeNs),
    printable(host),
    tags.map(printable).join(','),
    paths.map(printable).join(' '),
    formatCount(summary.total.files),
    formatSize(summary.total.bytes),
  ]
}

export function snapshotJson(snapshot: SnapshotInfo): JsonFields {
  return {
    id: snapshot.id,
    time: formatExactTime(snapshot.timeNs),
    host: snapshot.host,
    user: snapshot.user,
    base: snapshot.base,
    paths: snapshot.paths,
    tags: snapshot.tags,
    excludes: snapshot.excludes,
    parent_id: snapshot.parent ?? null,
    picked: snapshot.isPicked,
    program: snapshot.program,
    duration_ms: Number(snapshot.durationNs) / 1e6,
    summary: summaryJson(snapshot.summary),
  }
}
