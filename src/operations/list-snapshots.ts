/** Lists snapshots. */
import type {PocketError} from '../errors.js'
import type {SnapshotSummary} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import {type FoundSnapshot, latestOfEach} from '../snapshot/find.js'
import {displayName} from '../util/bytes.js'
import {chooseSnapshots, findSnapshot, type SnapshotChoice} from './find-snapshot.js'

export interface SnapshotInfo {
  id: ObjectId
  timeNs: bigint
  host: string
  user: string
  /** The folder that paths in the snapshot are relative to. */
  base: string
  paths: string[]
  tags: string[]
  excludes: string[]
  parent?: ObjectId
  /** It has only the changes since its parent that were picked. */
  isPicked: boolean
  /** What a run that is under way, or was cut off, had by then. */
  isIncomplete: boolean
  /** No policy forgets it. */
  isPinned: boolean
  /** Its first id, if it was stored again with other tags, or pinned. */
  original?: ObjectId
  /** Put together by a repair: what was lost has stand-ins. */
  isRepaired: boolean
  program: string
  durationNs: bigint
  summary: SnapshotSummary
}

export interface ListOptions extends SnapshotChoice {
  /** Only so many of each host and set of paths, the latest. */
  latest?: number
  /** Told of each snapshot that cannot be read, which is left out. */
  onDamaged?: (error: PocketError) => void
}

/** Oldest first. */
export async function listSnapshots(repository: Repository, options: ListOptions = {}): Promise<SnapshotInfo[]> {
  const all = await loadSnapshots(repository, options.onDamaged ?? repository.onWarning)
  const found = chooseSnapshots(all, options)
  return (options.latest === undefined ? found : latestOfEach(found, options.latest)).map(describeSnapshot)
}

/** The snapshot that `reference` names: an id or the beginning of one, `latest`, `latest~N`. */
export async function resolveSnapshot(repository: Repository, reference: string): Promise<SnapshotInfo> {
  return describeSnapshot(await findSnapshot(repository, reference))
}

export function describeSnapshot({id, record}: FoundSnapshot): SnapshotInfo {
  const {timeNs, host, user, base, paths, tags, excludes, parent, original, program, durationNs, summary} = record
  return {
    id,
    timeNs,
    host,
    user,
    base: displayName(base),
    paths: paths.map(displayName),
    tags,
    excludes,
    parent,
    isPicked: record.isPicked ?? false,
    isIncomplete: record.isIncomplete ?? false,
    isPinned: record.isPinned ?? false,
    original,
    isRepaired: record.isRepaired ?? false,
    program,
    durationNs,
    summary,
  }
}
