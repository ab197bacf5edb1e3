/** Which snapshot the next one is compared with. */
import type {Sources} from '../engine/sources.js'
import type {ChunkReference} from '../format/reference.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import {findParent, type FoundSnapshot} from '../snapshot/find.js'
import {findSnapshot} from './find-snapshot.js'

/** `wanted`: a reference, false for none, undefined for the latest one of the same host and paths. */
export async function chooseParent(
  repository: Repository,
  wanted: string | false | undefined,
  source: Pick<SnapshotRecord, 'host' | 'paths' | 'timeNs'>,
): Promise<FoundSnapshot | undefined> {
  if (wanted === false) return undefined
  if (wanted !== undefined) return findSnapshot(repository, wanted)
  return findParent(await loadSnapshots(repository, repository.onWarning), source, source.timeNs)
}

/** The tree that sources are compared with, which must be of the same base, and when its run began. */
export function previousTree(parent: FoundSnapshot | undefined, {base}: Sources): {root: ChunkReference; startedNs: bigint} | undefined {
  return parent?.record.base === base ? {root: parent.record.root, startedNs: parent.record.startedNs} : undefined
}
