/** The parts of a snapshot's events and result that reporters tell apart. */
import type {SnapshotOptions, SnapshotResult} from '../../operations/take-snapshot.js'

export type {SnapshotResult}
export type SnapshotEvent = Parameters<NonNullable<SnapshotOptions['onEvent']>>[0]
export type SnapshotSummary = SnapshotResult['summary']
export type Totals = SnapshotSummary['total']
