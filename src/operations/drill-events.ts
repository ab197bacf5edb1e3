/** What a restore drill is asked, what it tells while it runs, and what it ends with. */
import type {ObjectId} from '../id.js'
import type {Traffic} from './traffic.js'

export interface DrillOptions {
  /** Only these: ids, `latest~N`; all unless given. */
  references?: readonly string[]
  /** Only those of this host, which stands for this machine, that were asked for just these paths. */
  exactly?: {host: string; paths: readonly string[]}
  /** How many files, at most; 20 unless given. */
  files?: number
  /** Bytes of them, at most; 4 GiB unless given. */
  bytes?: number
  /** No file is begun when the drill has run so many ms. */
  maxDurationMs?: number
  /** The folder in which the temporary one is made; that of the system unless given. */
  target?: string
  /** What was proven within so many ms counts into the share; 90 days unless given. */
  windowMs?: number
  /** Where it is kept what was proven, and when. */
  stateDirectory: string
  workers?: number
  /** From 0 to below 1; of the system unless given. */
  random?: () => number
  signal?: AbortSignal
  onEvent?: (event: DrillEvent) => void
}

export type DrillEvent =
  | {type: 'progress'; files: number; totalFiles: number; bytes: number; elapsedMs: number}
  /** An object of the repository is damaged or gone. */
  | {type: 'damaged-object'; code: string; message: string; hint?: string}
  /** A file, or a folder that was to be drawn from, did not come back as it was. */
  | {type: 'damaged-path'; path: string; code: string; message: string; snapshots: ObjectId[]}
  /** A file of this machine that nobody has written to since the snapshot, as far as its times say, holds something else than the snapshot, which is whole. */
  | {type: 'rotten'; path: string; message: string; snapshot: ObjectId}
  /** Restored, but not in every respect that its file system has. */
  | {type: 'warning'; path: string; message: string}

export interface DrillResult {
  /** Among which files were drawn. */
  snapshots: number
  /** Files that were restored and compared, with those that failed. */
  files: number
  bytes: number
  /** Of them, those that were compared with the file of this machine, too. */
  liveCompared: number
  /** Objects of the repository that were found damaged, and files or folders that did not come back as they were. */
  damagedObjects: number
  damagedPaths: number
  rotten: number
  /** Files that were drawn and left out, since they are larger than what is left of the bytes that may be restored, or that there is room for. */
  tooLarge: number
  /** Stored bytes of the data that was proven within the window by drills of this machine, and of all. */
  provenBytes: number
  totalBytes: number
  windowMs: number
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}
