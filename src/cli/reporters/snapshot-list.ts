/** Snapshots as a table and as JSON. */
import {shortId} from '../../id.js'
import type {SnapshotInfo} from '../../operations/list-snapshots.js'
import type {SnapshotSizes} from '../../operations/measure-snapshots.js'
import {formatCount, formatCounted, formatSize} from '../format-quantity.js'
import {formatExactTime, formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {type Column, formatTable} from '../table.js'
import {summaryJson} from './snapshot-summary-json.js'

type Sizes = ReadonlyMap<string, SnapshotSizes>

const COLUMNS: readonly Column[] = [
  {title: 'ID'},
  {title: 'Date'},
  {title: 'Host'},
  {title: 'Tags'},
  {title: 'Paths'},
  {title: 'Files', align: 'right'},
  {title: 'Size', align: 'right'},
]
const SIZE_COLUMNS: readonly Column[] = [
  {title: 'Unique', align: 'right'},
  {title: 'Added', align: 'right'},
]

/** Oldest first, a line for each, and how many there are. Marks have a column when a snapshot has one. */
export function snapshotListLines(snapshots: readonly SnapshotInfo[], sizes?: Sizes): string[] {
  if (snapshots.length === 0) return ['no snapshots']
  const marks = snapshots.map(marksOf)
  const isMarked = marks.some((mark) => mark !== '')
  const columns = [...COLUMNS, ...(sizes ? SIZE_COLUMNS : []), ...(isMarked ? [{title: ''}] : [])]
  const rows = snapshots.map((snapshot, place) => [
    ...snapshotRow(snapshot),
    ...(sizes ? sizeCells(sizes.get(snapshot.id)) : []),
    ...(isMarked ? [marks[place]] : []),
  ])
  const incomplete = snapshots.filter(({isIncomplete}) => isIncomplete).length
  const count = formatCounted(snapshots.length, 'snapshot')
  return [...formatTable(columns, rows), '', incomplete === 0 ? count : `${count}, ${formatCount(incomplete)} of them incomplete`]
}

/** `pinned, incomplete`; empty for most snapshots. */
export function marksOf({isPinned, isIncomplete, isRepaired}: SnapshotInfo): string {
  const marks = [isPinned && 'pinned', isIncomplete && 'incomplete', isRepaired && 'repaired']
  return marks.filter((mark) => mark !== false).join(', ')
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

/** One that was taken since the sizes were measured has none. */
function sizeCells(sizes: SnapshotSizes | undefined): string[] {
  return sizes === undefined ? ['', ''] : [formatSize(sizes.uniqueBytes), formatSize(sizes.addedBytes)]
}

export function snapshotJson(snapshot: SnapshotInfo, sizes?: Sizes): JsonFields {
  const found = sizes?.get(snapshot.id)
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
    original_id: snapshot.original ?? null,
    picked: snapshot.isPicked,
    incomplete: snapshot.isIncomplete,
    pinned: snapshot.isPinned,
    repaired: snapshot.isRepaired,
    program: snapshot.program,
    duration_ms: Number(snapshot.durationNs) / 1e6,
    summary: summaryJson(snapshot.summary),
    ...(sizes && {unique_bytes: found?.uniqueBytes ?? null, added_bytes: found?.addedBytes ?? null}),
  }
}
