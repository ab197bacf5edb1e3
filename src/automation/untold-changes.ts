/** What a walk of everything has found that a watch was not told of. */
import {diffSnapshots} from '../operations/diff-snapshots.js'
import type {Repository} from '../operations/open-repository.js'
import type {SnapshotResult} from '../operations/take-snapshot.js'
import {type ByteString, bytesToByteString, displayName} from '../util/bytes.js'
import type {TouchedPaths} from '../watch/touched-paths.js'

const SHOWN = 10

export interface UntoldChanges {
  paths: string[]
  count: number
}

/** `base` is the absolute path that the snapshots are of; `told` what may have changed between them. */
export async function findUntold(
  repository: Repository,
  {id, parent}: SnapshotResult,
  {base, told}: {base: ByteString; told: readonly TouchedPaths[]},
): Promise<UntoldChanges> {
  const untold: UntoldChanges = {paths: [], count: 0}
  if (id === undefined || parent === undefined) return untold
  for await (const {pathBytes, kind, change} of diffSnapshots(repository, {from: parent, to: id})) {
    // Times of folders follow what is in them, also what is left out of snapshots.
    if (kind === 'directory' && change === 'metadata') continue
    const path = `${base === '/' ? '' : base}/${bytesToByteString(pathBytes)}` as ByteString
    if (told.some((touched) => touched.covers(path))) continue
    untold.count++
    if (untold.paths.length < SHOWN) untold.paths.push(displayName(path))
  }
  return untold
}
