/** Turns groups of frames and finished files into jobs for the workers. */
import {CHUNK_ID_BYTES} from '../format/reference.js'
import {type FinishJob, type MetadataColumns, WRITE, type WriteJob} from './restore-messages.js'
import type {FrameGroup, RestoredFile} from './restore-window.js'
import {temporaryPath} from './temporary-path.js'

export interface PlannedWrite {
  /** In the order of the job's paths. */
  files: RestoredFile[]
  /** How many chunks of each are in the job. */
  chunkCounts: number[]
  job: Omit<WriteJob, 'job'>
}

/** The bytes of a group, and those of its pack's head. */
export interface GroupBytes {
  head: Uint8Array
  stored: Uint8Array
}

/** The job that writes what a group holds. */
export function planWrite({frames, places: starts, chunks}: FrameGroup, {head, stored}: GroupBytes): PlannedWrite {
  const files: RestoredFile[] = []
  const chunkCounts: number[] = []
  const places = new Map<RestoredFile, number>()
  const columns = createColumns(chunks.length)
  chunks.forEach(({frame, chunk}, index) => {
    let place = places.get(chunk.file)
    if (place === undefined) {
      place = files.length
      places.set(chunk.file, place)
      files.push(chunk.file)
      chunkCounts.push(0)
    }
    chunkCounts[place]++
    columns.chunkFrames[index] = frame
    columns.chunkOffsets[index] = chunk.offset
    columns.chunkLengths[index] = chunk.length
    columns.chunkFiles[index] = place
    columns.fileOffsets[index] = chunk.fileOffset
    columns.ids.set(chunk.ids.subarray(chunk.idOffset, chunk.idOffset + CHUNK_ID_BYTES), index * CHUNK_ID_BYTES)
  })
  const writes = Uint8Array.from(files, (file, place) => chooseWrite(file, chunkCounts[place]))
  const job = {
    type: 'write' as const,
    head,
    stored,
    frames: frames.map(({pack, ordinal, rawLength, isCompressed, storedLength}, index) => ({
      packId: pack.id,
      kind: pack.kind,
      ordinal,
      rawLength,
      isCompressed,
      start: starts[index],
      storedLength,
    })),
    paths: files.map(({absolute}) => absolute).join('\0'),
    temporaries: files.map(({temporary}) => temporary ?? '').join('\0'),
    writes,
    metadata: metadataColumns(files),
    ...columns,
  }
  return {files, chunkCounts, job}
}

/** The job that finishes files whose parts are written, and makes those that are empty. */
export function planFinish(files: readonly RestoredFile[]): Omit<FinishJob, 'job'> {
  return {
    type: 'finish',
    paths: files.map(({absolute}) => absolute).join('\0'),
    temporaries: files.map(({temporary}) => temporary ?? '').join('\0'),
    sizes: Float64Array.from(files, ({sizeBytes}) => sizeBytes),
    metadata: metadataColumns(files),
  }
}

function chooseWrite(file: RestoredFile, chunksInJob: number): number {
  const isWhole = chunksInJob === file.chunkCount
  if (isWhole && !file.isReplacement) return WRITE.create
  file.temporary ??= temporaryPath(file.absolute)
  return isWhole ? WRITE.replace : WRITE.part
}

function createColumns(count: number) {
  return {
    chunkFrames: new Uint32Array(count),
    chunkOffsets: new Uint32Array(count),
    chunkLengths: new Uint32Array(count),
    chunkFiles: new Uint32Array(count),
    fileOffsets: new Float64Array(count),
    ids: new Uint8Array(count * CHUNK_ID_BYTES),
  }
}

function metadataColumns(files: readonly RestoredFile[]): MetadataColumns {
  return {
    modes: Uint16Array.from(files, ({metadata}) => metadata.mode),
    uids: Uint32Array.from(files, ({metadata}) => metadata.uid),
    gids: Uint32Array.from(files, ({metadata}) => metadata.gid),
    mtimes: BigInt64Array.from(files, ({metadata}) => metadata.mtimeNs),
  }
}
