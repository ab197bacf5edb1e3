/** What a repository holds, and what it takes. */
import {idInName, packName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'

export interface RepositoryStats {
  snapshots: number
  /** Files and bytes of all snapshots, each counted as often as a snapshot holds it: what could be restored. */
  files: number
  bytes: number
  /** Distinct chunks, of files and of trees. */
  chunks: number
  /** Bytes of the files' chunks once duplicates are stored once, before compression. */
  uniqueBytes: number
  /** Bytes of all objects. */
  storedBytes: number
  packs: number
  objects: number
  /** Each how many times smaller; 1 for an empty repository. */
  ratios: {deduplication: number; compression: number; total: number}
}

export async function repositoryStats(repository: Repository): Promise<RepositoryStats> {
  const snapshots = await loadSnapshots(repository, repository.onWarning)
  const index = await repository.loadIndex()
  let files = 0
  let bytes = 0
  for (const {record} of snapshots) {
    files += record.summary.total.files
    bytes += record.summary.total.bytes
  }
  const uniqueBytes = index.rawBytes.data
  const {objects, storedBytes, packs} = await countObjects(repository)
  return {
    snapshots: snapshots.length,
    files,
    bytes,
    chunks: index.size,
    uniqueBytes,
    storedBytes,
    packs,
    objects,
    ratios: {deduplication: ratio(bytes, uniqueBytes), compression: ratio(uniqueBytes, storedBytes), total: ratio(bytes, storedBytes)},
  }
}

async function countObjects({backend}: Repository): Promise<{objects: number; storedBytes: number; packs: number}> {
  const counts = {objects: 0, storedBytes: 0, packs: 0}
  for await (const {name, sizeBytes} of backend.list('')) {
    counts.objects++
    counts.storedBytes += sizeBytes
    const id = idInName(name)
    if (id !== undefined && name === packName(id)) counts.packs++
  }
  return counts
}

function ratio(before: number, after: number): number {
  return before === 0 || after === 0 ? 1 : before / after
}
