/** Finds the snapshot that a reference names. */
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds, loadSnapshot, loadSnapshots} from '../repository/snapshot-store.js'
import {type FoundSnapshot, isIdPrefix, resolveLatest, resolvePrefix} from '../snapshot/find.js'

/** `reference`: an id or the beginning of one, `latest`, `latest~N`. Throws `snapshot-missing`, `snapshot-ambiguous`, `damaged-snapshot`. */
export async function findSnapshot(repository: Repository, reference: string): Promise<FoundSnapshot> {
  if (!isIdPrefix(reference)) return resolveLatest(await loadSnapshots(repository, repository.onWarning), reference)
  const id = resolvePrefix(await listSnapshotIds(repository.backend), reference)
  return {id, record: await loadSnapshot(repository, id)}
}
