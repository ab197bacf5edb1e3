import type {PocketError} from '../../errors.js'
import type {SnapshotEvent} from './snapshot-types.js'
import type {WatchEvent} from '../../automation/watch-types.js'

/** Hears of a watch for as long as it goes on. */
export interface WatchReporter {
  event(event: WatchEvent): void
  snapshotEvent(event: SnapshotEvent): void
  warning(warning: PocketError): void
}

export type {WatchEvent}
