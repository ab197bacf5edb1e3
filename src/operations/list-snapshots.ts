/** Lists snapshots. */
import {resolve} from 'node:path'
import type {PocketError} from '../errors.js'
import {fromUserPath} from '../filesystem/native-path.js'
import type {SnapshotSummary} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import {filterSnapshots, type FoundSnapshot, latestOfEach} from '../snapshot/find.js'
import {displayName} from '../util/bytes.js'
import {findSnapshot} from './find-snapshot.js'

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
  program: string
  durationNs: bigint
  summary: SnapshotSummary
}

export interface ListOptions {
  hosts?: readonly string[]
  paths?: readonly string[]
  /** Each is a tag, or several joined by commas that a snapshot must all have. */
  tags?: readonly string[]
  /** Only so many of each host and set of paths, the latest. */
  latest?: number
  /** Told of each snapshot that cannot be read, which is left out. */
  onDamaged?: (error: PocketError) => void
}

/** Oldest first. */
export async function listSnapshots(repository: Repository, options: ListOptions = {}): Promise<SnapshotInfo[]> {
  const all = await loadSnapshots(repository, options.onDamaged ?? repository.onWarning)
  const paths = options.paths?.map((path) => fromUserPath(resolve(path)))
  const found = filterSnapshots(all, {hosts: options.hosts, paths, tags: options.tags})
  return (options.latest === undefined ? found : latestOfEach(found, options.latest)).map(describeSnapshot)
}

/** The snapshot that `reference` names: an id or the beginning of one, `latest`, `latest~N`. */
export async function resolveSnapshot(repository: Repository, reference: string): Promise<SnapshotInfo> {
  return describeSnapshot(await findSnapshot(repository, reference))
}

export function describeSnapshot({id, record}: FoundSnapshot): SnapshotInfo {
  const {timeNs, host, user, base, paths, tags, excludes, parent, isPicked = false, program, durationNs, summary} = record
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
    isPicked,
    program,
    durationNs,
    summary,
  }
}
