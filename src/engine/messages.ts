/**
 * What the main thread and the workers of a snapshot say to each other. Columns instead of objects: a message holds hundreds of files,
 * and a typed array costs nothing to hand over.
 */
import type {ChunkerParameters} from '../chunker/parameters.js'
import type {PackDirectory} from '../format/directory.js'
import type {RepositoryKeys} from '../repository/key-schedule.js'
import type {ClaimBuffer} from '../repository/claim-table.js'
import type {SealingContext} from '../repository/sealing.js'
import type {ObjectId} from '../id.js'
import type {ByteString} from '../util/bytes.js'

/** What a snapshot worker needs to know from the start. */
export interface SnapshotWorkerData {
  role: 'snapshot'
  sealing: SealingContext
  keys: RepositoryKeys
  chunker: ChunkerParameters
  frameBytes: number
  packBytes: number
  /** zstd level; undefined stores frames as they are. */
  level: number | undefined
  indexTable: SharedArrayBuffer
  claims: ClaimBuffer
  slots: SlotBuffers
  /** `COUNTERS` numbers of this worker's own. */
  counters: Float64Array
}

/** The memory of packs on their way to the backend: see pack-slots.ts. */
export interface SlotBuffers {
  state: SharedArrayBuffer
  memory: SharedArrayBuffer[]
}

/** What each worker counts, by its place in `counters`. */
export const COUNTER = {bytesRead: 0, bytesNew: 1, chunksNew: 2, bytesStored: 3, filesDone: 4, bytesHighEntropy: 5} as const
export const COUNTERS = 8

/** Files to read; every array has one item a file. */
export interface ReadJob {
  type: 'read'
  job: number
  /** Paths as byte strings, joined by NUL. */
  paths: string
  sizes: BigInt64Array
  mtimes: BigInt64Array
  ctimes: BigInt64Array
  inodes: BigUint64Array
}

/** A large file, of which a stretch is to be cut: only the places of the cuts are wanted. */
export interface CutJob {
  type: 'cut'
  job: number
  path: ByteString
  /** Where a chunk begins. */
  offset: number
  /** Cutting ends at the first cut at or beyond so many bytes from `offset`. */
  limitBytes: number
}

/** A stretch of a large file whose cuts are known. */
export interface SegmentJob {
  type: 'segment'
  job: number
  path: ByteString
  offset: number
  lengths: Uint32Array
}

export interface FlushJob {
  type: 'flush'
  job: number
}

export type SnapshotJob = ReadJob | CutJob | SegmentJob | FlushJob

/** How the reading of a file ended. */
export const STATUS = {
  /** As it was when it was listed. */
  same: 0,
  /** Newer than when it was listed, and read whole as it is now: `stats` tells its metadata. */
  newer: 1,
  /** It changed while it was read, again and again; stored as last read. `stats` tells its metadata. */
  changing: 2,
  /** It could not be read: `errors` tells why. */
  failed: 3,
} as const

/** The code of a file that ended before the cuts that had been found in it. */
export const SHRUNK = 'ESHRUNK'

export interface FileError {
  code: string
  message: string
}

/** A file's metadata, taken again by the worker. */
export interface FileStats {
  mode: number
  uid: number
  gid: number
  mtime: bigint
  ctime: bigint
  inode: bigint
}

export interface ReadDone {
  type: 'read-done'
  job: number
  status: Uint8Array
  /** Chunks of each file, whose ids (32 bytes) and lengths follow each other in `ids` and `lengths`. */
  counts: Uint32Array
  ids: Uint8Array
  lengths: Uint32Array
  /** By the file's place in the job: those whose status says so. */
  stats: Map<number, FileStats>
  errors: Map<number, FileError>
}

export interface CutDone {
  type: 'cut-done'
  job: number
  lengths: Uint32Array
  isEnd: boolean
  error?: FileError
}

export interface SegmentDone {
  type: 'segment-done'
  job: number
  ids: Uint8Array
  error?: FileError
}

export interface FlushDone {
  type: 'flush-done'
  job: number
}

export interface PackDone {
  type: 'pack'
  slot: number
  sizeBytes: number
  id: ObjectId
  directory: PackDirectory
}

export type JobDone = ReadDone | CutDone | SegmentDone | FlushDone
export type FromSnapshotWorker = JobDone | PackDone
