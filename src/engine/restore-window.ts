/**
 * The plan of a stretch of a restore: which chunk of which frame goes where. Ordered by frames, so that each is fetched and opened once
 * for all files of the stretch that need it.
 */
import type {Access} from '../backend/backend.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ChunkIndex, FrameLocation} from '../repository/chunk-index.js'
import type {TreeEntry} from '../snapshot/entries.js'
import type {References} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import type {EntryMetadata} from '../filesystem/restore-metadata.js'
import type {KeptFrames} from './kept-frames.js'

/** A file that is being restored. */
export interface RestoredFile {
  /** Below the target. */
  path: ByteString
  absolute: ByteString
  sizeBytes: number
  metadata: EntryMetadata
  isReplacement: boolean
  /** Chunks in all; unknown until the last has been planned. */
  chunkCount: number | undefined
  chunksDone: number
  /** Where its parts go until it is whole; none for a file that one job writes wholly. */
  temporary: ByteString | undefined
  /** All its chunks are written: it is done, or waits to be finished. */
  isSettled: boolean
  hasFailed: boolean
}

export interface FileRequest {
  /** Below the target. */
  path: ByteString
  absolute: ByteString
  entry: TreeEntry
  /** Whether it takes the place of something. */
  isReplacement: boolean
}

export function createFile({path, absolute, entry, isReplacement}: FileRequest): RestoredFile {
  return {
    path,
    absolute,
    sizeBytes: entry.sizeBytes,
    metadata: {mode: entry.mode, uid: entry.uid, gid: entry.gid, mtimeNs: entry.mtimeNs},
    isReplacement,
    chunkCount: entry.depth === 0 ? entry.references.lengths.length : undefined,
    chunksDone: 0,
    temporary: undefined,
    isSettled: false,
    hasFailed: false,
  }
}

interface PlannedChunk {
  frame: number
  offset: number
  length: number
  file: RestoredFile
  fileOffset: number
  ids: Uint8Array
  idOffset: number
}

/** Frames of one pack for one job of a worker, and the chunks wanted of them in the order of frames. */
export interface FrameGroup {
  /** Of each frame its number in the index. */
  numbers: number[]
  frames: FrameLocation[]
  /** Where each frame begins in the group's bytes. */
  places: number[]
  /** Each with its frame's place in `frames`. */
  chunks: {frame: number; chunk: PlannedChunk}[]
  /** Whether its frames are kept from an earlier stretch: then its bytes are those of its frames, one after another. */
  isKept: boolean
  /** Where its bytes lie in the pack, unless they are kept. */
  start: number
  length: number
}

/** A small first window, so that there is soon something to write. */
const FIRST_CHUNKS = 8192
/** Where each request is dear, the next ones are larger: a pack lies in fewer of them, and is asked for in fewer pieces. A chunk takes some 100 bytes. */
const MOST_CHUNKS = 65_536
const MAX_GROUP_STORED_BYTES = 2 * 1024 * 1024
const MAX_GROUP_RAW_BYTES = 4 * 1024 * 1024
/** Unwanted bytes between two frames that a worker is rather given. */
const MAX_GAP_BYTES = 64 * 1024

export interface RestoreWindowOptions {
  index: ChunkIndex
  access: Access
  /** Undefined where frames are fetched again when they are needed again. */
  kept?: KeptFrames
}

export class RestoreWindow {
  readonly #index: ChunkIndex
  readonly #kept: KeptFrames | undefined
  readonly #gapBytes: number
  readonly #mostChunks: number
  #limit = FIRST_CHUNKS
  #chunks: PlannedChunk[] = []

  constructor({index, access, kept}: RestoreWindowOptions) {
    this.#index = index
    this.#kept = kept
    this.#gapBytes = Math.min(access.gapBytes, MAX_GAP_BYTES)
    this.#mostChunks = access.isReadingDear ? MOST_CHUNKS : FIRST_CHUNKS
  }

  get isFull(): boolean {
    return this.#chunks.length >= this.#limit
  }

  /** Plans chunks of `file` from `fileOffset` on. Returns the place of the first that the index does not know, or -1. */
  add(file: RestoredFile, {ids, lengths}: References, fileOffset: number): number {
    let at = fileOffset
    for (let index = 0; index < lengths.length; index++) {
      const location = this.#index.locate(ids, index * CHUNK_ID_BYTES)
      if (!location) return index
      this.#chunks.push({
        frame: location.frame,
        offset: location.offset,
        length: lengths[index],
        file,
        fileOffset: at,
        ids,
        idOffset: index * CHUNK_ID_BYTES,
      })
      at += lengths[index]
    }
    return -1
  }

  /** Empties the window into groups of frames, in the order in which they lie in their packs. Each is taken to its end. */
  *take(): Generator<FrameGroup> {
    const chunks = this.#chunks.filter(({file}) => !file.hasFailed)
    for (const {frame} of this.#chunks) this.#kept?.planned(frame)
    this.#chunks = []
    this.#limit = Math.min(this.#limit * 2, this.#mostChunks)
    chunks.sort((a, b) => a.frame - b.frame || a.offset - b.offset)
    let group: FrameGroup | undefined
    let rawBytes = 0
    let number = -1
    for (const chunk of chunks) {
      if (!group || chunk.frame !== number) {
        number = chunk.frame
        const frame = this.#index.frame(number)
        const isKept = this.#kept?.claim(number) ?? false
        if (!group || group.isKept !== isKept || !this.#fits(group, frame, rawBytes)) {
          if (group) yield group
          group = {numbers: [], frames: [], places: [], chunks: [], isKept, start: frame.offset, length: 0}
          rawBytes = 0
        }
        extend(group, number, frame)
        rawBytes += frame.rawLength
      }
      group.chunks.push({frame: group.frames.length - 1, chunk})
    }
    if (group) yield group
  }

  #fits(group: FrameGroup, frame: FrameLocation, rawBytes: number): boolean {
    if (frame.pack !== group.frames[0].pack || rawBytes + frame.rawLength > MAX_GROUP_RAW_BYTES) return false
    if (group.isKept) return group.length + frame.storedLength <= MAX_GROUP_STORED_BYTES
    const end = group.start + group.length
    return frame.offset - end <= this.#gapBytes && frame.offset + frame.storedLength - group.start <= MAX_GROUP_STORED_BYTES
  }
}

function extend(group: FrameGroup, number: number, frame: FrameLocation): void {
  const place = group.isKept ? group.length : frame.offset - group.start
  group.numbers.push(number)
  group.frames.push(frame)
  group.places.push(place)
  group.length = place + frame.storedLength
}

export function sumOf(lengths: Uint32Array): number {
  return lengths.reduce((sum, length) => sum + length, 0)
}
