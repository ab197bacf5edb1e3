/** Snapshots of given times, and what a policy does with them in a few words, for tests of retention. */
import type {ObjectId} from '../../src/id.js'
import type {SnapshotRecord} from '../../src/format/snapshot-record.js'
import type {FoundSnapshot} from '../../src/snapshot/find.js'
import {type DropReason, decideRetention, type KeepReason, type RetentionDecision} from '../../src/snapshot/retention.js'
import type {RetentionPolicy} from '../../src/snapshot/retention-policy.js'
import type {ByteString} from '../../src/util/bytes.js'
import {describeDuration} from '../../src/util/duration.js'
import {exampleSnapshot} from '../format/examples.js'

export interface Made {
  id?: string
  host?: string
  paths?: string[]
  tags?: string[]
  /** As `time`; that of the snapshot when not given. */
  started?: string
  isPinned?: true
  isIncomplete?: true
  isPicked?: true
  announcedBy?: SnapshotRecord['announcedBy']
}

let made = 0

/** `time` is `2026-11-21`, for noon, or `2026-11-21 14:05`, local; or with seconds and `Z` or an offset at its end. */
export function snapshotAt(
  time: string,
  {id, host = 'atlas', paths = ['/home'], tags = [], started = time, ...marks}: Made = {},
): FoundSnapshot {
  made++
  const record = {...exampleSnapshot, timeNs: nsOf(time), startedNs: nsOf(started), host, paths: paths as ByteString[], tags, ...marks}
  return {id: (id ?? made.toString(16)).padStart(64, '0') as ObjectId, record}
}

export function nsOf(time: string): bigint {
  return BigInt(new Date(time.length === 10 ? `${time}T12:00` : time).getTime()) * 1_000_000n
}

/** For each of `times`, newest first: `2026-11-21: last 1, daily 2026-11-21`, or `2026-11-20: -`. */
export function decideAt(policy: RetentionPolicy, times: readonly string[]): string[] {
  const snapshots = times.map((time) => snapshotAt(time))
  const timeOf = new Map(snapshots.map(({id}, index) => [id, times[index]]))
  return decisionsOf(snapshots, policy).map(({snapshot, reasons}) => `${timeOf.get(snapshot.id)}: ${reasons.map(explain).join(', ')}`)
}

/** The times that are kept, newest first. */
export function keptAt(policy: RetentionPolicy, times: readonly string[]): string[] {
  return decideAt(policy, times)
    .filter((line) => !line.endsWith(': -'))
    .map((line) => line.slice(0, line.indexOf(': ')))
}

/** The decisions of all groups, one after the other. */
export function decisionsOf(snapshots: readonly FoundSnapshot[], policy: RetentionPolicy): RetentionDecision[] {
  return decideRetention(snapshots, policy).flatMap(({decisions}) => decisions)
}

export function keptIds(snapshots: readonly FoundSnapshot[], policy: RetentionPolicy): Set<ObjectId> {
  return new Set(
    decisionsOf(snapshots, policy)
      .filter(({keep}) => keep)
      .map(({snapshot}) => snapshot.id),
  )
}

function explain(reason: KeepReason | DropReason): string {
  if (reason.rule === 'no-rule') return '-'
  if (reason.rule === 'last') return `last ${reason.number}`
  if (reason.rule === 'oldest') return `oldest ${reason.of}`
  if (reason.rule === 'within') return `within ${describeDuration(reason.within)}`
  return 'bucket' in reason ? `${reason.rule} ${reason.bucket}` : reason.rule
}
