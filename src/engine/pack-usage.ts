/** How much of each pack is needed, frame by frame. */
import type {IndexedPack} from '../format/index-record.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex, ChunkKind} from '../repository/chunk-index.js'
import type {UsedChunks} from './used-chunks.js'

/** What of a pack is needed. A chunk that lies in several packs counts in the one that the index reads it from, and in no other. */
export interface PackUsage {
  id: ObjectId
  kind: ChunkKind
  sizeBytes: number
  chunks: number
  usedChunks: number
  /** Chunks that are needed, and read from another pack. */
  copies: number
  /** Stored bytes of what is needed: those of a frame that is needed in part by the share of its raw bytes. */
  usedBytes: number
}

/** Of each chunk of a pack, in the order of its directory, whether it is needed and read from here. */
export function usedInPack({id, directory}: IndexedPack, index: ChunkIndex, used: Pick<UsedChunks, 'has'>): boolean[] {
  const {frameChunkCounts, chunkIds} = directory
  const {firstFrame} = index.pack(id)
  const result: boolean[] = []
  let chunk = 0
  for (let ordinal = 0; ordinal < frameChunkCounts.length; ordinal++) {
    for (const end = chunk + frameChunkCounts[ordinal]; chunk < end; chunk++) {
      const slot = index.slotOf(chunkIds, chunk * CHUNK_ID_BYTES)
      result.push(slot >= 0 && index.frameOfSlot(slot) === firstFrame + ordinal && used.has(slot))
    }
  }
  return result
}

export function measurePack(pack: IndexedPack, index: ChunkIndex, used: UsedChunks): PackUsage {
  const {id, kind, sizeBytes, directory} = pack
  const {frameChunkCounts, frameStoredLengths, frameRawLengths, chunkLengths} = directory
  const isUsed = usedInPack(pack, index, used)
  let usedChunks = 0
  let copies = 0
  let usedBytes = 0
  let chunk = 0
  for (let ordinal = 0; ordinal < frameChunkCounts.length; ordinal++) {
    let raw = 0
    for (const end = chunk + frameChunkCounts[ordinal]; chunk < end; chunk++) {
      if (!isUsed[chunk]) {
        const slot = index.slotOf(directory.chunkIds, chunk * CHUNK_ID_BYTES)
        if (slot >= 0 && used.has(slot)) copies++
        continue
      }
      usedChunks++
      raw += chunkLengths[chunk]
    }
    usedBytes += (frameStoredLengths[ordinal] * raw) / frameRawLengths[ordinal]
  }
  return {id, kind, sizeBytes, chunks: chunkLengths.length, usedChunks, copies, usedBytes: Math.round(usedBytes)}
}
