/** Finding snapshots: by reference (`3fa9`, `latest`, `latest~2`), by filter, as the parent of the next one. */
import {PocketError} from '../errors.js'
import {type ObjectId, shortId} from '../id.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {ByteString} from '../util/bytes.js'

export interface FoundSnapshot {
  id: ObjectId
  record: SnapshotRecord
}

export interface SnapshotFilter {
  hosts?: readonly string[]
  /** Absolute paths, of which a snapshot must have been asked for one. */
  paths?: readonly ByteString[]
  /** Each item is one tag or several joined by commas, all of which a snapshot must have. */
  tags?: readonly string[]
}

const LATEST = /^latest(?:~(\d+))?$/
const PREFIX = /^[0-9a-f]+$/
const SHOWN_CANDIDATES = 5

/** Whether `reference` can be told without knowing the other snapshots' times: an id or a part of one. */
export function isIdPrefix(reference: string): boolean {
  return PREFIX.test(reference)
}

/** The one id that begins with `prefix`. Throws `snapshot-missing`, `snapshot-ambiguous`. */
export function resolvePrefix(ids: readonly ObjectId[], prefix: string): ObjectId {
  const found = ids.filter((id) => id.startsWith(prefix))
  if (found.length === 1) return found[0]
  if (found.length === 0) throw missing(prefix)
  const shown = found.slice(0, SHOWN_CANDIDATES).map((id) => id.slice(0, Math.max(8, prefix.length + 2)))
  throw new PocketError('snapshot-ambiguous', `'${prefix}' could be any of ${found.length} snapshots`, {
    hint: `give more digits: ${shown.join(', ')}${found.length > shown.length ? ', …' : ''}`,
  })
}

/** The snapshot that `latest` or `latest~N` names among `snapshots`, which are sorted oldest first. Throws `snapshot-missing`, `usage`. */
export function resolveLatest(snapshots: readonly FoundSnapshot[], reference: string): FoundSnapshot {
  const match = LATEST.exec(reference)
  if (!match) {
    throw new PocketError('usage', `'${reference}' is not a snapshot`, {hint: "give an id from 'pocket list', 'latest' or 'latest~N'"})
  }
  const back = Number(match[1] ?? 0)
  // A run that was cut off is not what was asked for.
  const complete = snapshots.filter(({record}) => !record.isIncomplete)
  const found = complete[complete.length - 1 - back]
  if (found) return found
  if (complete.length === 0 && snapshots.length > 0) {
    throw new PocketError('snapshot-missing', 'there is no complete snapshot', {
      hint: `give the id of an incomplete one, such as ${shortId(snapshots[snapshots.length - 1].id)}, or take a snapshot`,
    })
  }
  if (complete.length === 0)
    throw new PocketError('snapshot-missing', 'there is no snapshot', {hint: "take one with 'pocket snapshot PATH'"})
  throw new PocketError('snapshot-missing', `'${reference}' goes back beyond the first of ${complete.length} snapshots`, {
    hint: "'pocket list' shows them",
  })
}

/** Those that match every kind of filter given. */
export function filterSnapshots(snapshots: readonly FoundSnapshot[], {hosts, paths, tags}: SnapshotFilter): FoundSnapshot[] {
  return snapshots.filter(({record}) => {
    if (hosts?.length && !hosts.includes(record.host)) return false
    if (paths?.length && !paths.some((path) => record.paths.includes(path))) return false
    return !tags?.length || tags.some((tag) => hasTags(record, tag))
  })
}

/** Whether a snapshot has the tag, or each of several that are joined by commas. */
export function hasTags({tags}: Pick<SnapshotRecord, 'tags'>, wanted: string): boolean {
  return wanted.split(',').every((one) => tags.includes(one))
}

/** The latest `count` of each host and set of paths, in the order given. */
export function latestOfEach(snapshots: readonly FoundSnapshot[], count: number): FoundSnapshot[] {
  const seen = new Map<string, number>()
  const kept = snapshots.toReversed().filter(({record}) => {
    const group = sourceKey(record)
    const number = (seen.get(group) ?? 0) + 1
    seen.set(group, number)
    return number <= count
  })
  return kept.toReversed()
}

/** Incomplete snapshots of the same host and paths, the latest first. */
export function findCheckpoints(snapshots: readonly FoundSnapshot[], source: Pick<SnapshotRecord, 'host' | 'paths'>): FoundSnapshot[] {
  const group = sourceKey(source)
  const found = snapshots.filter(({record}) => record.isIncomplete && sourceKey(record) === group)
  return found.sort((a, b) => (a.record.startedNs < b.record.startedNs ? 1 : a.record.startedNs > b.record.startedNs ? -1 : 0))
}

/** The latest complete snapshot of the same host and paths, not later than `timeNs`. */
export function findParent(
  snapshots: readonly FoundSnapshot[],
  source: Pick<SnapshotRecord, 'host' | 'paths'>,
  timeNs: bigint,
): FoundSnapshot | undefined {
  const group = sourceKey(source)
  return snapshots.findLast(({record}) => !record.isIncomplete && sourceKey(record) === group && record.timeNs <= timeNs)
}

/** `ID:path` in its parts; the path is undefined when there is no colon. */
export function splitReference(reference: string): {snapshot: string; path: string | undefined} {
  const colon = reference.indexOf(':')
  if (colon < 0) return {snapshot: reference, path: undefined}
  return {snapshot: reference.slice(0, colon), path: reference.slice(colon + 1)}
}

export function missing(reference: string): PocketError {
  const name = reference.length === 64 ? shortId(reference as ObjectId) : reference
  return new PocketError('snapshot-missing', `there is no snapshot '${name}'`, {hint: "'pocket list' shows them"})
}

/** The same for snapshots of the same host and paths, whatever the order of the paths, and for no others. */
export function sourceKey({host, paths}: Pick<SnapshotRecord, 'host' | 'paths'>): string {
  return JSON.stringify([host, [...new Set(paths)].sort()])
}
