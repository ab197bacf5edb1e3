/** What a snapshot would take in, as lines. */
import {shortId} from '../../id.js'
import type {ReviewCounts, ReviewedChange, SnapshotReview} from '../../operations/review-snapshot.js'
import {formatCounted, formatSize} from '../format-quantity.js'
import {type ChangeGroup, groupChanges, sizeOfChange} from '../group-changes.js'
import {printable} from '../printable.js'

type ChangeKind = ReviewedChange['change']

const KINDS: readonly ChangeKind[] = ['new', 'modified', 'deleted']
const MARKERS: Record<ChangeKind, string> = {new: '+', modified: 'M', deleted: '-'}

/** The changes by kind, at most `rows` lines of each, and what is up to date. */
export function reviewLines({parent, changes, totals}: SnapshotReview, rows: number): string[] {
  const {upToDate, unreadable} = totals
  const lines = [parent === undefined ? 'no snapshot to compare with' : `compared with snapshot ${shortId(parent)}`, '']
  for (const kind of KINDS) {
    const own = changes.filter(({change}) => change === kind)
    if (own.length === 0) continue
    lines.push(`${kind}: ${describeKind(kind, totals)}`, ...groupChanges(own, rows).map((group) => `  ${groupLine(group)}`), '')
  }
  if (changes.length === 0) lines.push('nothing has changed')
  lines.push(`up to date: ${describeCounts({...upToDate, directories: 0, others: 0})}`)
  if (unreadable.entries > 0) {
    lines.push(`${formatCounted(unreadable.entries, 'entry', 'entries')} could not be looked at, and nothing is said of what is there`)
  }
  return [...lines, '']
}

/** `M notes/a.txt  (1.0 KiB -> 1.2 KiB)`, `+ photos/  (1,200 files, 3.2 GiB)` */
export function groupLine({path, type, changes}: ChangeGroup): string {
  const [first] = changes
  if (type === 'change') return `${MARKERS[first.change]} ${shownPath(first)}${changeSizes(first)}`
  const kinds = KINDS.filter((kind) => changes.some(({change}) => change === kind))
  const bytes = changes.reduce((sum, change) => sum + sizeOfChange(change), 0)
  const counts = kinds.map((kind) => countOfKind(changes, kind, kinds.length > 1)).join(', ')
  const marker = kinds.length === 1 ? MARKERS[kinds[0]] : '*'
  return `${marker} ${type === 'rest' ? 'the rest of ' : ''}${printable(path)}  (${counts}, ${formatSize(bytes)})`
}

function countOfKind(changes: readonly ReviewedChange[], kind: ChangeKind, isNamed: boolean): string {
  const own = changes.filter(({change}) => change === kind)
  const areFiles = own.every((change) => change.kind === 'file')
  const counted = areFiles ? formatCounted(own.length, 'file') : formatCounted(own.length, 'entry', 'entries')
  return isNamed ? `${counted} ${kind}` : counted
}

function shownPath({path, kind}: ReviewedChange): string {
  return kind === 'directory' ? `${printable(path)}/` : printable(path)
}

function changeSizes({sizeBefore, sizeAfter}: ReviewedChange): string {
  const known = [sizeBefore, sizeAfter].filter((size) => size !== undefined).map(formatSize)
  return known.length === 0 ? '' : `  (${[...new Set(known)].join(' -> ')})`
}

function describeKind(kind: ChangeKind, totals: SnapshotReview['totals']): string {
  if (kind !== 'modified') return describeCounts(totals[kind])
  const {bytesBefore, bytes} = totals.modified
  return describeCounts(totals.modified, [...new Set([bytesBefore, bytes].map(formatSize))].join(' -> '))
}

function describeCounts({files, directories, links, others, bytes}: ReviewCounts, sizes = formatSize(bytes)): string {
  const parts = [
    files > 0 || directories + links + others === 0 ? formatCounted(files, 'file') : '',
    directories > 0 ? formatCounted(directories, 'directory', 'directories') : '',
    links > 0 ? formatCounted(links, 'link') : '',
    others > 0 ? formatCounted(others, 'other') : '',
  ]
  return `${parts.filter((part) => part !== '').join(', ')} (${sizes})`
}
