import type {RestoreEvent, RestoreResult} from './restore-types.js'

/** Hears of a restore from its first event to its result, or until `stop` says that it failed. */
export interface RestoreReporter {
  event(event: RestoreEvent): void
  result(result: RestoreResult): void
  stop(): void
}
