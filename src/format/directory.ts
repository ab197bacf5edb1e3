import {PocketError} from '../errors.js'
import {columnBytes, readColumn} from './columns.js'
import {CHUNK_ID_BYTES} from './reference.js'

/**
 * What lies in a pack, frame by frame: docs/repository-format.md, "Pack directory". Columns over frames, then columns
 * over chunks; the chunks of frame 0 come first.
 */
export interface PackDirectory {
  /** Bytes of each frame as it lies in the pack, sealed. */
  frameStoredLengths: Uint32Array
  /** Bytes of each frame once opened and decompressed: the sum of its chunks. */
  frameRawLengths: Uint32Array
  frameChunkCounts: Uint32Array
  /** One of CODEC for each frame. */
  frameCodecs: Uint32Array
  chunkLengths: Uint32Array
  /** 32 bytes a chunk. */
  chunkIds: Uint8Array
}

export const CODEC = {stored: 0, zstd: 1} as const

const COUNTS_BYTES = 8
const FRAME_BYTES = 16
const CHUNK_BYTES = 4 + CHUNK_ID_BYTES

/** The length of the record that `encodeDirectory` gives. */
export function directoryLength({frameStoredLengths, chunkLengths}: PackDirectory): number {
  return directoryBytes(frameStoredLengths.length, chunkLengths.length)
}

/** The length of the record of so many frames and chunks. */
export function directoryBytes(frames: number, chunks: number): number {
  return COUNTS_BYTES + frames * FRAME_BYTES + chunks * CHUNK_BYTES
}

/** The record of a directory. Throws `damaged-pack` for columns that do not agree with each other. */
export function encodeDirectory(directory: PackDirectory): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(directoryLength(directory))
  writeDirectory(directory, bytes, 0)
  return bytes
}

/** Writes the record at `offset` of `target`, which has room for it. Throws as `encodeDirectory` does. */
export function writeDirectory(directory: PackDirectory, target: Buffer, offset: number): void {
  checkColumns(directory)
  target.writeUInt32LE(directory.frameStoredLengths.length, offset)
  target.writeUInt32LE(directory.chunkLengths.length, offset + 4)
  let end = offset + COUNTS_BYTES
  for (const column of columnsOf(directory)) {
    const bytes = columnBytes(column)
    target.set(bytes, end)
    end += bytes.length
  }
}

/**
 * The directory that `bytes` hold, every count and sum checked. Where alignment allows its columns are views of `bytes`,
 * so they keep that memory alive; nothing else is taken. Throws `damaged-pack`, and `format-too-new` for an unknown codec.
 */
export function decodeDirectory(bytes: Uint8Array): PackDirectory {
  if (bytes.length < COUNTS_BYTES) throw damaged('is cut short')
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames = view.readUInt32LE(0)
  const chunks = view.readUInt32LE(4)
  if (bytes.length !== directoryBytes(frames, chunks)) {
    throw damaged(`has ${bytes.length} bytes, which is not the length of ${frames} frames and ${chunks} chunks`)
  }
  const frameColumn = (index: number) => readColumn(Uint32Array, bytes, COUNTS_BYTES + index * frames * 4, frames)
  const chunkOffset = COUNTS_BYTES + frames * FRAME_BYTES
  const directory: PackDirectory = {
    frameStoredLengths: frameColumn(0),
    frameRawLengths: frameColumn(1),
    frameChunkCounts: frameColumn(2),
    frameCodecs: frameColumn(3),
    chunkLengths: readColumn(Uint32Array, bytes, chunkOffset, chunks),
    chunkIds: readColumn(Uint8Array, bytes, chunkOffset + chunks * 4, chunks * CHUNK_ID_BYTES),
  }
  checkColumns(directory)
  return directory
}

/** The sum of all frames as they lie in the pack. */
export function storedFrameBytes({frameStoredLengths}: PackDirectory): number {
  return frameStoredLengths.reduce((sum, length) => sum + length, 0)
}

function columnsOf(directory: PackDirectory): Array<Uint32Array | Uint8Array> {
  const {frameStoredLengths, frameRawLengths, frameChunkCounts, frameCodecs, chunkLengths, chunkIds} = directory
  return [frameStoredLengths, frameRawLengths, frameChunkCounts, frameCodecs, chunkLengths, chunkIds]
}

function checkColumns(directory: PackDirectory): void {
  const {frameStoredLengths, frameRawLengths, frameChunkCounts, frameCodecs, chunkLengths, chunkIds} = directory
  const frames = frameStoredLengths.length
  const isEven = [frameRawLengths, frameChunkCounts, frameCodecs].every((column) => column.length === frames)
  if (!isEven || chunkIds.length !== chunkLengths.length * CHUNK_ID_BYTES) throw damaged('has columns of unequal length')
  let chunk = 0
  for (let frame = 0; frame < frames; frame++) {
    if (frameCodecs[frame] > CODEC.zstd) throw unknownCodec(frameCodecs[frame])
    const end = chunk + frameChunkCounts[frame]
    if (end === chunk || end > chunkLengths.length) throw damaged(`counts ${end - chunk} chunks in frame ${frame}`)
    let rawLength = 0
    for (; chunk < end; chunk++) rawLength += chunkLengths[chunk]
    if (rawLength !== frameRawLengths[frame]) throw damaged(`says that frame ${frame} is not as long as its chunks`)
  }
  if (chunk !== chunkLengths.length) throw damaged(`has ${chunkLengths.length} chunks, ${chunk} of them in frames`)
}

function damaged(problem: string): PocketError {
  return new PocketError('damaged-pack', `the directory of the pack ${problem}`)
}

function unknownCodec(codec: number): PocketError {
  return new PocketError('format-too-new', `a frame has codec ${codec}, which this version does not know`, {
    hint: 'use a newer version of Pocket',
  })
}
