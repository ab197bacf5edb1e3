/** What the main thread and the workers of a restore say to each other. Columns, as in messages.ts. */
import type {FrameDescription} from '../repository/pack-reader.js'
import type {SealingContext} from '../repository/sealing.js'

export interface RestoreWorkerData {
  sealing: SealingContext
  /** Undefined in a repository without encryption. */
  dataChunkKey: Uint8Array | undefined
  /** Whether owners are restored, which takes root. */
  restoresOwners: boolean
}

/** Metadata to be set on what has been written; one item a file. */
export interface MetadataColumns {
  modes: Uint16Array
  uids: Uint32Array
  gids: Uint32Array
  mtimes: BigInt64Array
}

export interface JobFrame extends FrameDescription {
  /** Where its stored bytes begin in the job's `stored`. */
  start: number
  storedLength: number
}

/** How a file is written. */
export const WRITE = {
  /** All of it is in this job, and nothing is at its path. */
  create: 0,
  /** All of it is in this job; it is made as its temporary file and takes the place of what is at its path. */
  replace: 1,
  /** A part of it, into its temporary file; a later `finish` puts it in its place. */
  part: 2,
} as const

/** Frames that lie in one pack, and what is to be done with their chunks. */
export interface WriteJob {
  type: 'write'
  job: number
  /** The pack's head. */
  head: Uint8Array
  stored: Uint8Array
  frames: JobFrame[]
  /** Byte strings joined by NUL. */
  paths: string
  /** The same; nothing for those that have none. */
  temporaries: string
  writes: Uint8Array
  metadata: MetadataColumns
  /** Chunks in the order of frames: which frame, which file, where in each. */
  chunkFrames: Uint32Array
  chunkOffsets: Uint32Array
  chunkLengths: Uint32Array
  chunkFiles: Uint32Array
  fileOffsets: Float64Array
  ids: Uint8Array
}

/** Files without content, or whose parts are all written: `temporaries` take their place, or nothing when empty. */
export interface FinishJob {
  type: 'finish'
  job: number
  paths: string
  temporaries: string
  sizes: Float64Array
  metadata: MetadataColumns
}

export type RestoreJob = WriteJob | FinishJob

export interface RestoreFailure {
  code: string
  message: string
  /** What to do, where that is known. */
  hint?: string
}

export interface RestoreDone {
  type: 'restore-done'
  job: number
  /** By the file's place in the job. */
  failures: Map<number, RestoreFailure>
  /** The same for files that are whole, but whose metadata could not all be set: the system's codes. */
  warnings: Map<number, string>
}
