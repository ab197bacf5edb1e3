/** Which snapshot the next one is compared with. */
import type {Sources} from '../engine/sources.js'
import type {ChunkReference} from '../format/reference.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import {findCheckpoints, findParent, type FoundSnapshot} from '../snapshot/find.js'
import {findSnapshot} from './find-snapshot.js'

export interface Parents {
  parent: FoundSnapshot | undefined
  /** What runs of the same host and paths that were cut off have left since then, the latest first. */
  checkpoints: FoundSnapshot[]
}

/** `wanted`: a reference, false for none, undefined for the latest one of the same host and paths. */
export async function chooseParents(
  repository: Repository,
  wanted: string | false | undefined,
  source: Pick<SnapshotRecord, 'host' | 'paths' | 'timeNs'>,
): Promise<Parents> {
  if (wanted === false) return {parent: undefined, checkpoints: []}
  if (wanted !== undefined) return {parent: await findSnapshot(repository, wanted), checkpoints: []}
  const snapshots = await loadSnapshots(repository, repository.onWarning)
  return {parent: findParent(snapshots, source, source.timeNs), checkpoints: findCheckpoints(snapshots, source)}
}

export async function chooseParent(...request: Parameters<typeof chooseParents>): Promise<FoundSnapshot | undefined> {
  return (await chooseParents(...request)).parent
}

/** The tree that sources are compared with, which must be of the same base, and when its run began. */
export function previousTree(parent: FoundSnapshot | undefined, {base}: Sources): {root: ChunkReference; startedNs: bigint} | undefined {
  return parent?.record.base === base ? {root: parent.record.root, startedNs: parent.record.startedNs} : undefined
}
