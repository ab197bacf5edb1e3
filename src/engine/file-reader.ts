/** Reads files of the user's into the chunker's memory and sends their chunks to the sink. Synchronous, for workers. */
import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import type {Chunker} from '../chunker/fastcdc.js'
import {nativePath} from '../filesystem/native-path.js'
import {storableTimes} from '../filesystem/scan.js'
import type {ByteString} from '../util/bytes.js'
import type {ChunkSink} from './chunk-sink.js'
import {COUNTER, type FileStats, STATUS} from './messages.js'
import type {ReferenceList} from './reference-list.js'

/** A fifo that takes a file's place does not block, and a link is not followed. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
const ATTEMPTS = 3
/** The least that is worth a read of a large file. */
const READ_BYTES = 1024 * 1024

/** What tells whether a file is the one that was listed. */
export interface FileIdentity {
  size: bigint
  mtime: bigint
  ctime: bigint
  inode: bigint
}

export interface FileOutcome {
  status: (typeof STATUS)[keyof typeof STATUS]
  /** Present unless the file is as it was listed. */
  stats?: FileStats
}

export interface FileReaderOptions {
  chunker: Chunker
  sink: ChunkSink
  counters: Float64Array
}

/** How much memory a chunker's buffer needs for `FileReader`. */
export function readerBufferBytes(frameBytes: number, maxChunkBytes: number): number {
  return frameBytes + 2 * maxChunkBytes + READ_BYTES
}

export class FileReader {
  readonly #chunker: Chunker
  readonly #sink: ChunkSink
  readonly #buffer: Buffer
  readonly #counters: Float64Array

  constructor({chunker, sink, counters}: FileReaderOptions) {
    this.#chunker = chunker
    this.#sink = sink
    this.#buffer = chunker.buffer
    this.#counters = counters
  }

  /** Adds the references of the file's chunks to `references`. Throws system errors. */
  read(path: ByteString, listed: FileIdentity, references: ReferenceList): FileOutcome {
    const file = openSync(nativePath(path), OPEN_FLAGS)
    try {
      return this.#readOpen(file, listed, references)
    } finally {
      closeSync(file)
    }
  }

  /** The lengths of the chunks from `offset` on, ending with the first cut at or beyond `limitBytes` or with the file. */
  cut(path: ByteString, offset: number, limitBytes: number): {lengths: Uint32Array<ArrayBuffer>; isEnd: boolean} {
    const file = openSync(nativePath(path), OPEN_FLAGS)
    try {
      return this.#cutOpen(file, offset, limitBytes)
    } finally {
      closeSync(file)
    }
  }

  /** Reads chunks of known lengths from `offset` on; returns their ids, or undefined when the file ends before them. */
  readSegment(path: ByteString, offset: number, lengths: Uint32Array): Uint8Array<ArrayBuffer> | undefined {
    const file = openSync(nativePath(path), OPEN_FLAGS)
    try {
      return this.#readChunks(file, offset, lengths)
    } finally {
      closeSync(file)
    }
  }

  #readOpen(file: number, listed: FileIdentity, references: ReferenceList): FileOutcome {
    const mark = references.count
    let expected = listed
    let status: FileOutcome['status'] = STATUS.same
    for (let attempt = 1; ; attempt++) {
      const size = this.#readContent(file, Number(expected.size), references)
      const after = storableTimes(fstatSync(file, {bigint: true}))
      const isSame =
        BigInt(size) === after.size &&
        after.size === expected.size &&
        after.mtimeNs === expected.mtime &&
        after.ctimeNs === expected.ctime &&
        after.ino === expected.inode
      if (isSame && status === STATUS.same) return {status}
      const stats: FileStats = {
        mode: Number(after.mode),
        uid: Number(after.uid),
        gid: Number(after.gid),
        mtime: after.mtimeNs,
        ctime: after.ctimeNs,
        inode: after.ino,
      }
      if (isSame) return {status: STATUS.newer, stats}
      if (attempt === ATTEMPTS) return {status: STATUS.changing, stats}
      status = STATUS.newer
      expected = {size: after.size, mtime: after.mtimeNs, ctime: after.ctimeNs, inode: after.ino}
      references.truncate(mark)
    }
  }

  #readContent(file: number, expectedSize: number, references: ReferenceList): number {
    const buffer = this.#buffer
    const sink = this.#sink
    let position = 0
    let start = sink.frameEnd
    let end = start
    for (;;) {
      if (buffer.length - end < Math.min(expectedSize - position + 1, READ_BYTES)) {
        const moved = this.#makeRoom(start, end)
        end = moved + (end - start)
        start = moved
      }
      const room = buffer.length - end
      const read = readSync(file, buffer, end, room, position)
      position += read
      end += read
      this.#counters[COUNTER.bytesRead] += read
      const isFinal = read === 0 || (read < room && position >= expectedSize)
      start = this.#takeChunks(start, end, isFinal, references)
      if (isFinal) return position
    }
  }

  #takeChunks(start: number, end: number, isFinal: boolean, references: ReferenceList): number {
    const count = this.#chunker.cut(start, end, isFinal)
    const lengths = this.#chunker.lengths
    let at = start
    for (let chunk = 0; chunk < count; chunk++) {
      const length = lengths[chunk]
      references.add(this.#sink.take(at, length), length)
      at += length
    }
    return at
  }

  /** Moves what is not cut yet, `start` to `end`, as far forward as the frame allows; returns where it begins then. */
  #makeRoom(start: number, end: number): number {
    if (this.#buffer.length - (this.#sink.frameEnd + end - start) < READ_BYTES) this.#sink.flushFrame()
    const target = this.#sink.frameEnd
    if (target !== start) this.#buffer.copyWithin(target, start, end)
    return target
  }

  #cutOpen(file: number, offset: number, limitBytes: number): {lengths: Uint32Array<ArrayBuffer>; isEnd: boolean} {
    const found: number[] = []
    this.#sink.flushFrame()
    let position = offset
    let cutBytes = 0
    let tail = 0
    for (;;) {
      const read = readSync(file, this.#buffer, tail, this.#buffer.length - tail, position)
      position += read
      const end = tail + read
      const count = this.#chunker.cut(0, end, read === 0)
      let start = 0
      for (let chunk = 0; chunk < count; chunk++) {
        found.push(this.#chunker.lengths[chunk])
        start += this.#chunker.lengths[chunk]
        if (cutBytes + start >= limitBytes) return {lengths: Uint32Array.from(found), isEnd: false}
      }
      cutBytes += start
      if (read === 0) return {lengths: Uint32Array.from(found), isEnd: true}
      this.#buffer.copyWithin(0, start, end)
      tail = end - start
    }
  }

  #readChunks(file: number, offset: number, lengths: Uint32Array): Uint8Array<ArrayBuffer> | undefined {
    const ids = new Uint8Array(lengths.length * 32)
    let position = offset
    for (let chunk = 0; chunk < lengths.length; ) {
      this.#sink.reserve(READ_BYTES)
      let at = this.#sink.frameEnd
      const room = this.#buffer.length - at
      let wanted = 0
      let last = chunk
      while (last < lengths.length && wanted + lengths[last] <= room) wanted += lengths[last++]
      if (readWhole(file, this.#buffer, at, wanted, position) < wanted) return undefined
      this.#counters[COUNTER.bytesRead] += wanted
      position += wanted
      for (; chunk < last; chunk++) {
        ids.set(this.#sink.take(at, lengths[chunk]), chunk * 32)
        at += lengths[chunk]
      }
    }
    return ids
  }
}

function readWhole(file: number, buffer: Buffer, start: number, length: number, position: number): number {
  let got = 0
  while (got < length) {
    const read = readSync(file, buffer, start + got, length - got, position + got)
    if (read === 0) return got
    got += read
  }
  return got
}
