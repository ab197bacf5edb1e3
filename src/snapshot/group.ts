/** Snapshots in groups of the same host, paths or tags: what a retention policy is applied to, one group at a time. */
import type {ByteString} from '../util/bytes.js'
import type {FoundSnapshot} from './find.js'

/** By what snapshots are grouped; with none of them all are one group. */
export interface Grouping {
  host: boolean
  paths: boolean
  tags: boolean
}

export const DEFAULT_GROUPING: Grouping = {host: true, paths: true, tags: false}

/** What the snapshots of a group have in common, as far as they were grouped by it; paths and tags sorted, each once. */
export interface GroupKey {
  host?: string
  paths?: readonly ByteString[]
  tags?: readonly string[]
}

export interface SnapshotGroup {
  key: GroupKey
  /** Newest first. */
  snapshots: FoundSnapshot[]
}

/** The groups in an order of their own, so that neither they nor what is in them depend on the order given. */
export function groupSnapshots(snapshots: readonly FoundSnapshot[], by: Grouping = DEFAULT_GROUPING): SnapshotGroup[] {
  const groups = new Map<string, SnapshotGroup>()
  for (const snapshot of snapshots.toSorted(compareNewestFirst)) {
    const key = keyOf(snapshot, by)
    const text = JSON.stringify(key)
    const group = groups.get(text)
    if (group) group.snapshots.push(snapshot)
    else groups.set(text, {key, snapshots: [snapshot]})
  }
  return [...groups.values()].sort((a, b) => compare(orderOf(a), orderOf(b)))
}

function keyOf({record}: FoundSnapshot, by: Grouping): GroupKey {
  return {
    ...(by.host && {host: record.host}),
    ...(by.paths && {paths: sortedSet(record.paths)}),
    ...(by.tags && {tags: sortedSet(record.tags)}),
  }
}

/** By host, then paths, then tags; what has fewer of them first. */
function orderOf({key: {host = '', paths = [], tags = []}}: SnapshotGroup): string {
  return [host, ...paths, '', ...tags].join('\0')
}

/** The reverse of the order in which snapshots are listed. */
function compareNewestFirst(a: FoundSnapshot, b: FoundSnapshot): number {
  return compare(b.record.timeNs, a.record.timeNs) || compare(b.id, a.id)
}

function sortedSet<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].sort()
}

function compare<T extends string | bigint>(a: T, b: T): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
