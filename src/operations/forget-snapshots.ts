/** Forgets snapshots, by name or by policy. What they need stays until a prune after the grace period. */
import {isPocketError, PocketError} from '../errors.js'
import {type ObjectId, shortId} from '../id.js'
import {forgetSnapshot} from '../repository/forgotten-store.js'
import type {Repository} from '../repository/repository.js'
import {mapBounded} from '../util/concurrency.js'

/** Enough for those that wait for one disk to share their syncs. */
const PARALLEL = 32

/** Both in the order given. */
export interface Forgotten {
  forgotten: ObjectId[]
  /** Gone since they were listed: another has forgotten them. */
  gone: ObjectId[]
}

/** Throws `interrupted`, and what the backend throws; each snapshot is forgotten wholly or not at all. */
export async function forgetAll(
  repository: Repository,
  ids: readonly ObjectId[],
  {signal, onForgotten}: {signal?: AbortSignal; onForgotten?: (done: number, total: number) => void} = {},
): Promise<Forgotten> {
  const gone = new Set<ObjectId>()
  let done = 0
  await mapBounded(ids, Math.max(PARALLEL, repository.backend.access.parallelCalls), async (id) => {
    if (signal?.aborted) throw new PocketError('interrupted', 'forgetting was interrupted')
    try {
      await forgetSnapshot(repository, id)
    } catch (error) {
      if (!isPocketError(error, 'object-missing')) throw error
      gone.add(id)
    }
    done++
    onForgotten?.(done, ids.length)
  })
  return {forgotten: ids.filter((id) => !gone.has(id)), gone: ids.filter((id) => gone.has(id))}
}

/** Throws `usage` for a pinned snapshot. */
export function refusePinned(snapshots: readonly {id: ObjectId; record: {isPinned?: true}}[]): void {
  const pinned = snapshots.find(({record}) => record.isPinned)
  if (!pinned) return
  throw new PocketError('usage', `snapshot '${shortId(pinned.id)}' is pinned`, {
    hint: `'pocket pin --remove ${shortId(pinned.id)}' lets it be forgotten`,
  })
}
