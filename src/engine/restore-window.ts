/**
 * The plan of a stretch of a restore: which chunk of which frame goes where. Ordered by frames, so that each is fetched and opened once
 * for all files of the stretch that need it.
 */
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ChunkIndex, FrameLocation} from '../repository/chunk-index.js'
import type {TreeEntry} from '../snapshot/entries.js'
import type {References} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import type {EntryMetadata} from '../filesystem/restore-metadata.js'

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

/** Frames to be fetched with one request, and the chunks wanted of them in the order of frames. */
export interface FrameGroup {
  frames: FrameLocation[]
  /** Each with its frame's place in `frames`. */
  chunks: {frame: number; chunk: PlannedChunk}[]
  /** Where the group's bytes lie in their pack. */
  start: number
  length: number
}

const MAX_CHUNKS = 8192
const MAX_GROUP_STORED_BYTES = 2 * 1024 * 1024
const MAX_GROUP_RAW_BYTES = 4 * 1024 * 1024
/** Unwanted bytes between two frames that are rather read than asked around. */
const MAX_GAP_BYTES = 64 * 1024

export class RestoreWindow {
  readonly #index: ChunkIndex
  #chunks: PlannedChunk[] = []

  constructor(index: ChunkIndex) {
    this.#index = index
  }

  get isFull(): boolean {
    return this.#chunks.length >= MAX_CHUNKS
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

  /** Empties the window into groups of frames, in the order in which they lie in their packs. */
  *take(): Generator<FrameGroup> {
    const chunks = this.#chunks.filter(({file}) => !file.hasFailed)
    this.#chunks = []
    chunks.sort((a, b) => a.frame - b.frame || a.offset - b.offset)
    let group: FrameGroup | undefined
    let rawBytes = 0
    let number = -1
    for (const chunk of chunks) {
      if (!group || chunk.frame !== number) {
        const frame = this.#index.frame(chunk.frame)
        number = chunk.frame
        if (!group || !fits(group, frame, rawBytes)) {
          if (group) yield group
          group = {frames: [], chunks: [], start: frame.offset, length: 0}
          rawBytes = 0
        }
        group.frames.push(frame)
        group.length = frame.offset + frame.storedLength - group.start
        rawBytes += frame.rawLength
      }
      group.chunks.push({frame: group.frames.length - 1, chunk})
    }
    if (group) yield group
  }
}

function fits(group: FrameGroup, frame: FrameLocation, rawBytes: number): boolean {
  const end = group.start + group.length
  return (
    frame.pack === group.frames[0].pack &&
    frame.offset - end <= MAX_GAP_BYTES &&
    frame.offset + frame.storedLength - group.start <= MAX_GROUP_STORED_BYTES &&
    rawBytes + frame.rawLength <= MAX_GROUP_RAW_BYTES
  )
}
