/** The worker of a snapshot: reads, cuts, hashes, claims, frames, compresses, seals and packs what the main thread names. */
import {parentPort, workerData} from 'node:worker_threads'
import {Chunker} from '../chunker/fastcdc.js'
import {gearTable} from '../chunker/gear.js'
import {loadZstd} from '../compression/zstd.js'
import {systemCode} from '../errors.js'
import {gearBlock} from '../repository/key-schedule.js'
import type {FinishedPack} from '../repository/pack-builder.js'
import type {ByteString} from '../util/bytes.js'
import {ChunkSink} from './chunk-sink.js'
import {FileReader, readerBufferBytes} from './file-reader.js'
import {
  COUNTER,
  type CutJob,
  type FileError,
  type FileStats,
  type FromSnapshotWorker,
  type ReadJob,
  type SegmentJob,
  SHRUNK,
  type SnapshotJob,
  type SnapshotWorkerData,
  STATUS,
} from './messages.js'
import {ReferenceList} from './reference-list.js'

const data = workerData as SnapshotWorkerData
await loadZstd()
const chunker = new Chunker({
  parameters: data.chunker,
  gear: gearTable((counter) => gearBlock(data.keys.gearKey, counter)),
  bufferBytes: readerBufferBytes(data.frameBytes, data.chunker.maxSize),
})
const sink = new ChunkSink(data, chunker, sendPack)
const reader = new FileReader({chunker, sink, counters: data.counters})

parentPort?.on('message', (job: SnapshotJob) => {
  if (job.type === 'read') readFiles(job)
  else if (job.type === 'cut') cutFile(job)
  else if (job.type === 'segment') readSegment(job)
  else {
    sink.flush()
    send({type: 'flush-done', job: job.job}, [])
  }
})

function readFiles({job, paths, sizes, mtimes, ctimes, inodes}: ReadJob): void {
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
      const outcome = reader.read(names[file], listed, references)
      status[file] = outcome.status
      if (outcome.stats) stats.set(file, outcome.stats)
    } catch (error) {
      references.truncate(mark)
      status[file] = STATUS.failed
      errors.set(file, describe(error))
    }
    counts[file] = references.count - mark
    data.counters[COUNTER.filesDone]++
  }
  const ids = references.takeIds()
  const lengths = references.takeLengths()
  send({type: 'read-done', job, status, counts, ids, lengths, stats, errors}, [ids.buffer, lengths.buffer])
}

function cutFile({job, path, offset, limitBytes}: CutJob): void {
  try {
    send({type: 'cut-done', job, ...reader.cut(path, offset, limitBytes)}, [])
  } catch (error) {
    send({type: 'cut-done', job, lengths: new Uint32Array(0), isEnd: true, error: describe(error)}, [])
  }
}

function readSegment({job, path, offset, lengths}: SegmentJob): void {
  try {
    const ids = reader.readSegment(path, offset, lengths)
    const error = ids ? undefined : {code: SHRUNK, message: 'the file became shorter while it was read'}
    send({type: 'segment-done', job, ids: ids ?? new Uint8Array(0), error}, [])
  } catch (error) {
    send({type: 'segment-done', job, ids: new Uint8Array(0), error: describe(error)}, [])
  }
}

/** A system error is the file's; anything else is ours, and ends the worker. */
function describe(error: unknown): FileError {
  const code = systemCode(error)
  if (code === undefined) throw error
  return {code, message: error instanceof Error ? error.message : String(error)}
}

function sendPack(slot: number, {id, bytes, directory}: FinishedPack): void {
  send({type: 'pack', slot, sizeBytes: bytes.length, id, directory}, [])
}

function send(message: FromSnapshotWorker, transfer: ArrayBuffer[]): void {
  parentPort?.postMessage(message, transfer)
}
