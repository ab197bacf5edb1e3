/** A run of a watch that has no profile: the snapshot alone, without journal, hooks and alarms. */
import {isPocketError} from '../errors.js'
import type {RunOutcome, RunRequest} from '../automation/run-types.js'
import type {SnapshotResult} from '../operations/take-snapshot.js'

export async function runSnapshotAlone({profile, steps, withRepository, snapshot, onSnapshotEvent}: RunRequest): Promise<RunOutcome> {
  if (!steps.has('snapshot')) return {id: '', status: 'succeeded'}
  const {takeSnapshot} = await import('../operations/take-snapshot.js')
  const take = snapshot ?? takeSnapshot
  const {paths, excludes, tags, host, compression, workers} = profile
  try {
    const result = await withRepository<SnapshotResult>(
      (repository) => take(repository, {paths, excludes, tags, host, compression, workers, onEvent: onSnapshotEvent}),
      {isWriting: true},
    )
    return {id: '', status: result.unreadable > 0 ? 'incomplete' : 'succeeded', snapshot: result}
  } catch (error) {
    if (!isPocketError(error)) throw error
    return {id: '', status: 'failed', error}
  }
}
