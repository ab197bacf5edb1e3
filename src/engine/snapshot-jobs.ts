/** What is done with files of a snapshot that are to be read: cut, hashed, claimed, framed, compressed, sealed and packed. Synchronous. */
import {Chunker} from '../chunker/fastcdc.js'
import {gearTable} from '../chunker/gear.js'
import {systemCode} from '../errors.js'
import {gearBlock} from '../repository/key-schedule.js'
import type {ByteString} from '../util/bytes.js'
import {ChunkSink, type PackMemory} from './chunk-sink.js'
import {FileReader, readerBufferBytes} from './file-reader.js'
import {
  COUNTER,
  type CutJob,
  type FileError,
  type FileStats,
  type JobDone,
  type ReadJob,
  type SegmentJob,
  SHRUNK,
  type SnapshotJob,
  type SnapshotWorkerData,
  STATUS,
} from './messages.js'
import {ReferenceList} from './reference-list.js'

/** The library of compression must have been loaded. */
export class SnapshotJobs {
  readonly #sink: ChunkSink
  readonly #reader: FileReader
  readonly #counters: Float64Array

  constructor(data: Omit<SnapshotWorkerData, 'slots'>, packs: PackMemory) {
    const chunker = new Chunker({
      parameters: data.chunker,
      gear: gearTable((counter) => gearBlock(data.keys.gearKey, counter)),
      bufferBytes: readerBufferBytes(data.frameBytes, data.chunker.maxSize),
    })
    this.#sink = new ChunkSink(data, chunker, packs)
    this.#counters = data.counters
    this.#reader = new FileReader({chunker, sink: this.#sink, counters: data.counters})
  }

  /** Throws what is no error of a file: a mistake of ours. */
  answer(job: SnapshotJob): JobDone {
    if (job.type === 'read') return this.#readFiles(job)
    if (job.type === 'cut') return this.#cutFile(job)
    if (job.type === 'segment') return this.#readSegment(job)
    this.#sink.flush()
    return {type: 'flush-done', job: job.job}
  }

  #readFiles({job, paths, sizes, mtimes, ctimes, inodes}: ReadJob): JobDone {
    const references = new ReferenceList()
    const status = new Uint8Array(sizes.length)
    const counts = new Uint32Array(sizes.length)
    const stats = new Map<number, FileStats>()
    const errors = new Map<number, FileError>()
    const names = paths.split('\0') as ByteString[]
    for (let file = 0; file < sizes.length; file++) {
      const mark = references.count
      try {
        const listed = {size: sizes[file], mtime: mtimes[file], ctime: ctimes[file], inode: inodes[file]}
        const outcome = this.#reader.read(names[file], listed, references)
        status[file] = outcome.status
        if (outcome.stats) stats.set(file, outcome.stats)
      } catch (error) {
        references.truncate(mark)
        status[file] = STATUS.failed
        errors.set(file, describe(error))
      }
      counts[file] = references.count - mark
      this.#counters[COUNTER.filesDone]++
    }
    return {type: 'read-done', job, status, counts, ids: references.takeIds(), lengths: references.takeLengths(), stats, errors}
  }

  #cutFile({job, path, offset, limitBytes}: CutJob): JobDone {
    try {
      return {type: 'cut-done', job, ...this.#reader.cut(path, offset, limitBytes)}
    } catch (error) {
      return {type: 'cut-done', job, lengths: new Uint32Array(0), isEnd: true, error: describe(error)}
    }
  }

  #readSegment({job, path, offset, lengths}: SegmentJob): JobDone {
    try {
      const ids = this.#reader.readSegment(path, offset, lengths)
      const error = ids ? undefined : {code: SHRUNK, message: 'the file became shorter while it was read'}
      return {type: 'segment-done', job, ids: ids ?? new Uint8Array(0), error}
    } catch (error) {
      return {type: 'segment-done', job, ids: new Uint8Array(0), error: describe(error)}
    }
  }
}

/** A system error is the file's; anything else is ours. */
function describe(error: unknown): FileError {
  const code = systemCode(error)
  if (code === undefined) throw error
  return {code, message: error instanceof Error ? error.message : String(error)}
}
