/** Finds the snapshot that a reference names. */
import {PocketError} from '../errors.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds, loadSnapshot, loadSnapshots} from '../repository/snapshot-store.js'
import {type FoundSnapshot, isIdPrefix, resolveLatest, resolvePrefix} from '../snapshot/find.js'

/** `reference`: an id or the beginning of one, `latest`, `latest~N`. Throws `snapshot-missing`, `snapshot-ambiguous`, `damaged-snapshot`. */
export async function findSnapshot(repository: Repository, reference: string): Promise<FoundSnapshot> {
  if (!isIdPrefix(reference)) {
    // The one that cannot be read may be the latest: an older one must not be taken for it.
    const refuse = (error: PocketError): never => {
      throw new PocketError(error.code, `cannot tell what '${reference}' is: ${error.message}`, {
        hint: "give an id from 'pocket list'; if no copy of the damaged object can be put back, remove it from 'snapshots/' in the repository",
        cause: error,
      })
    }
    return resolveLatest(await loadSnapshots(repository, refuse), reference)
  }
  const id = resolvePrefix(await listSnapshotIds(repository.backend), reference)
  return {id, record: await loadSnapshot(repository, id)}
}
