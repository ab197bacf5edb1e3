/** Brings forgotten snapshots back, as long as no prune has removed what they need. */
import {PocketError} from '../errors.js'
import {type ObjectId, shortId} from '../id.js'
import {type ForgottenSnapshot, loadForgotten} from '../repository/forgotten-store.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds} from '../repository/snapshot-store.js'
import {resolvePrefix} from '../snapshot/find.js'
import {announced} from './commit-snapshot.js'
import {describeSnapshot, type SnapshotInfo} from './list-snapshots.js'

export interface ForgottenInfo extends SnapshotInfo {
  /** In ms since 1970. */
  forgottenMs: number
  forgottenBy: {host: string; user: string}
}

/** The forgotten snapshots that are still kept, the last forgotten first. */
export async function listForgottenSnapshots(repository: Repository): Promise<ForgottenInfo[]> {
  return (await findForgotten(repository)).map(({snapshotId, record, forgottenMs, host, user}) => ({
    ...describeSnapshot({id: snapshotId, record}),
    forgottenMs,
    forgottenBy: {host, user},
  }))
}

/** Each once, the last forgotten first. */
async function findForgotten(repository: Repository): Promise<ForgottenSnapshot[]> {
  // Before the forgotten ones: what is just being forgotten is not shown, but one that is nowhere to be seen would worry.
  const live = new Set(await listSnapshotIds(repository.backend))
  const forgotten = await loadForgotten(repository, repository.onWarning)
  const latest = new Map<ObjectId, ForgottenSnapshot>()
  for (const one of forgotten.sort((a, b) => a.forgottenMs - b.forgottenMs)) if (!live.has(one.snapshotId)) latest.set(one.snapshotId, one)
  return [...latest.values()].sort((a, b) => b.forgottenMs - a.forgottenMs || (a.snapshotId < b.snapshotId ? -1 : 1))
}

/**
 * Brings back the snapshots that `references` name: ids or their beginnings. All are found before the first is brought back. Throws
 * `snapshot-missing`, `snapshot-ambiguous`, and `chunk-missing` for one that lacks something by now, which stays forgotten.
 */
export async function undeleteSnapshots(repository: Repository, references: readonly string[]): Promise<ObjectId[]> {
  const forgotten = await findForgotten(repository)
  const ids = forgotten.map(({snapshotId}) => snapshotId)
  const chosen = new Set(references.map((reference) => findOne(ids, reference)))
  const back: ObjectId[] = []
  for (const one of forgotten) {
    if (!chosen.has(one.snapshotId)) continue
    await undelete(repository, one)
    back.push(one.snapshotId)
  }
  return back
}

function findOne(ids: readonly ObjectId[], reference: string): ObjectId {
  if (/^[0-9a-f]+$/.test(reference) && ids.some((id) => id.startsWith(reference))) return resolvePrefix(ids, reference)
  throw new PocketError('snapshot-missing', `there is no forgotten snapshot '${reference}'`, {hint: "'pocket undelete' lists them"})
}

/** The forgotten object stays until a prune: whoever forgets the snapshot at the same time takes nothing away for good. */
async function undelete(repository: Repository, {snapshotId, record, object}: ForgottenSnapshot): Promise<void> {
  const isBack = await announced(repository, record, undefined, async () => {
    await repository.backend.put(snapshotName(snapshotId), object)
    return snapshotId
  })
  if (isBack) return
  throw new PocketError(
    'chunk-missing',
    `snapshot '${shortId(snapshotId)}' cannot be brought back: a prune has removed some of what it needs`,
    {
      hint: 'it can be had only from a copy of the repository',
    },
  )
}
