/** What a restore tells, as reporters need it. */
import type {RestoreResult, RestoreSnapshotOptions} from '../../operations/restore-snapshot.js'

export type {RestoreResult}
export type RestoreEvent = Parameters<NonNullable<RestoreSnapshotOptions['onEvent']>>[0]
