/** How the place of a repository is reached: what a location by itself does not say. */
import type {S3Options} from '../backend/s3/options.js'
import type {PauseGate} from '../util/pause-gate.js'
import type {Rate} from '../util/rate-timetable.js'
import type {Retry} from '../backend/retry.js'

export type {Retry, S3Options}

export interface Reach {
  s3?: S3Options
  /** Bytes a second, sent and received, over all connections. */
  limitUpload?: Rate
  limitDownload?: Rate
  /** Holds everything back while it is paused. */
  pause?: PauseGate
  /** Told before a call is made again. */
  onRetry?: (retry: Retry) => void
  /** Once aborted nothing is tried again. */
  signal?: AbortSignal
}
