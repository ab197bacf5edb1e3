import type {SnapshotEvent, SnapshotResult} from './snapshot-types.js'

/** Hears of a snapshot from its first event to its result, or until `stop` says that it failed. */
export interface SnapshotReporter {
  event(event: SnapshotEvent): void
  result(result: SnapshotResult): void
  stop(): void
}
