/** What a copy is told, and what it tells. */
import type {CompressionName} from '../compression/levels.js'
import type {ObjectId} from '../id.js'
import type {SnapshotChoice} from './find-snapshot.js'
import type {Traffic} from './traffic.js'

export interface CopyOptions extends SnapshotChoice {
  /** Ids, `latest` or `latest~N`; without any, all complete ones that match the choice. */
  references?: readonly string[]
  /** Stores nothing; tells what would be copied. */
  dryRun?: boolean
  /** Frames are compressed anew at this level; unless given, they stay as they are where they can. */
  compression?: CompressionName
  /** Ends the run with `interrupted`; what was stored by then is used by the next run. */
  signal?: AbortSignal
  onEvent?: (event: CopyEvent) => void
}

export type CopyEvent =
  /** `bytes`: of chunks that have been read. */
  | {type: 'progress'; done: number; total: number; bytes: number; elapsedMs: number}
  /** `copy` is absent in a dry run; `chunks` and `bytes` are those of data and trees that the target lacked. */
  | {type: 'copied'; id: ObjectId; copy?: ObjectId; chunks: number; bytes: number}
  /** It is there already, as `copy`. */
  | {type: 'skipped'; id: ObjectId; copy: ObjectId}
  /** The snapshot lacks something, and is not copied. */
  | {type: 'failed'; id: ObjectId; code: string; message: string; hint?: string}
  /** Something that it lacks; empty for its base. */
  | {type: 'damaged-path'; id: ObjectId; path: string; code: string; message: string}

export interface CopyResult {
  dryRun: boolean
  copied: number
  skipped: number
  failed: number
  /**
   * Of data and trees that the target lacked. In a dry run of data alone, and at most so many: where the keys are others, what the target has
   * from elsewhere is known only when it has been read.
   */
  chunksNew: number
  bytesNew: number
  /** What was put into packs of the target. */
  bytesStored: number
  elapsedMs: number
  /** What the target's server was asked since it was opened, and where; absent where no server is. */
  traffic?: Traffic
  endpoint?: string
  /** The same of the source's. */
  source: {traffic?: Traffic; endpoint?: string}
}
