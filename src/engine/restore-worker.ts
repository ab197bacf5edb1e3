/** The worker of a restore: opens frames, checks chunks, writes files. Nothing is written before its hash has been checked. */
import {closeSync, constants, ftruncateSync, openSync, renameSync, unlinkSync, writeSync} from 'node:fs'
import {parentPort, workerData} from 'node:worker_threads'
import {loadZstd} from '../compression/zstd.js'
import {PocketError, systemCode} from '../errors.js'
import {nativePath} from '../filesystem/native-path.js'
import {type EntryMetadata, setFileMetadata} from '../filesystem/restore-metadata.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import {ChunkVerifier, FrameOpener} from '../repository/pack-reader.js'
import type {ByteString} from '../util/bytes.js'
import {
  type FinishJob,
  type MetadataColumns,
  type RestoreDone,
  type RestoreFailure,
  type RestoreJob,
  type RestoreWorkerData,
  WRITE,
  type WriteJob,
} from './restore-messages.js'

const data = workerData as RestoreWorkerData
await loadZstd()
const opener = new FrameOpener(data.sealing)
const verifier = new ChunkVerifier(data.dataChunkKey)

const NOFOLLOW = constants.O_NOFOLLOW ?? 0
const CREATE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NOFOLLOW
const OPEN_THERE = constants.O_WRONLY | NOFOLLOW
const OPEN_OR_CREATE = constants.O_WRONLY | constants.O_CREAT | NOFOLLOW
/** Until its mode is set, nobody else can look at what is restored. */
const PRIVATE_MODE = 0o600

parentPort?.on('message', (job: RestoreJob) => {
  const done: RestoreDone = {type: 'restore-done', job: job.job, failures: new Map(), warnings: new Map()}
  if (job.type === 'write') new JobWriter(job, done).run()
  else finishFiles(job, done)
  parentPort?.postMessage(done)
})

/** Memory for the frames of a job, used again by the next one. */
const memory: Uint8Array[] = []

function frameMemory(number: number, bytes: number): Uint8Array {
  if (memory[number] === undefined || memory[number].length < bytes) memory[number] = Buffer.allocUnsafeSlow(bytes)
  return memory[number]
}

class JobWriter {
  readonly #job: WriteJob
  readonly #done: RestoreDone
  readonly #paths: ByteString[]
  readonly #temporaries: ByteString[]
  readonly #frames: (Uint8Array | undefined)[] = []
  /** By its place in the job's frames: the chunk that was checked there. */
  readonly #checked = new Map<number, number>()

  constructor(job: WriteJob, done: RestoreDone) {
    this.#job = job
    this.#done = done
    this.#paths = job.paths.split('\0') as ByteString[]
    this.#temporaries = job.temporaries.split('\0') as ByteString[]
  }

  run(): void {
    const chunks = this.#chunksByFile()
    for (let file = 0; file < this.#paths.length; file++) {
      try {
        this.#writeFile(file, chunks[file])
      } catch (error) {
        this.#done.failures.set(file, describe(error))
      }
    }
  }

  /** The places of each file's chunks in the job, in the order of the file. */
  #chunksByFile(): number[][] {
    const {chunkFiles, fileOffsets} = this.#job
    const chunks: number[][] = this.#paths.map(() => [])
    for (let chunk = 0; chunk < chunkFiles.length; chunk++) chunks[chunkFiles[chunk]].push(chunk)
    for (const list of chunks) if (list.length > 1) list.sort((a, b) => fileOffsets[a] - fileOffsets[b])
    return chunks
  }

  #writeFile(file: number, chunks: readonly number[]): void {
    const write = this.#job.writes[file]
    const path = this.#paths[file]
    const temporary = this.#temporaries[file]
    if (write === WRITE.create) this.#writeWhole(path, file, chunks)
    else if (write === WRITE.replace) {
      this.#writeWhole(temporary, file, chunks)
      renameSync(nativePath(temporary), nativePath(path))
    } else this.#writePart(temporary, chunks)
  }

  #writeWhole(path: ByteString, index: number, chunks: readonly number[]): void {
    // Checked before the file is made, so that a damaged chunk leaves nothing behind.
    const parts = chunks.map((chunk) => this.#chunk(chunk))
    const file = openSync(nativePath(path), CREATE_NEW, PRIVATE_MODE)
    try {
      let position = 0
      for (const part of parts) {
        writeWhole(file, part, position)
        position += part.length
      }
      const code = setFileMetadata(file, metadataOf(this.#job.metadata, index), data.restoresOwners)
      if (code !== undefined) this.#done.warnings.set(index, code)
    } catch (error) {
      unlinkSync(nativePath(path))
      throw error
    } finally {
      closeSync(file)
    }
  }

  #writePart(path: ByteString, chunks: readonly number[]): void {
    const file = openSync(nativePath(path), OPEN_OR_CREATE, PRIVATE_MODE)
    try {
      for (const chunk of chunks) writeWhole(file, this.#chunk(chunk), this.#job.fileOffsets[chunk])
    } finally {
      closeSync(file)
    }
  }

  #chunk(chunk: number): Uint8Array {
    const {chunkFrames, chunkOffsets, chunkLengths, frames, ids} = this.#job
    const frame = this.#frame(chunkFrames[chunk])
    const bytes = frame.subarray(chunkOffsets[chunk], chunkOffsets[chunk] + chunkLengths[chunk])
    // Chunks that come again and again, as those of free space do, are hashed once.
    const place = chunkFrames[chunk] * 2 ** 32 + chunkOffsets[chunk]
    const known = this.#checked.get(place)
    if (known !== undefined && this.#isSameChunk(known, chunk)) return bytes
    verifier.verify(bytes, ids, {offset: chunk * CHUNK_ID_BYTES, packId: frames[chunkFrames[chunk]].packId})
    this.#checked.set(place, chunk)
    return bytes
  }

  #isSameChunk(a: number, b: number): boolean {
    const {chunkLengths, ids} = this.#job
    if (chunkLengths[a] !== chunkLengths[b]) return false
    const at = (chunk: number): Uint8Array => ids.subarray(chunk * CHUNK_ID_BYTES, (chunk + 1) * CHUNK_ID_BYTES)
    return Buffer.compare(at(a), at(b)) === 0
  }

  #frame(number: number): Uint8Array {
    const {head, stored, frames} = this.#job
    const frame = frames[number]
    this.#frames[number] ??= opener.openFrame(
      head,
      stored.subarray(frame.start, frame.start + frame.storedLength),
      frame,
      frameMemory(number, frame.rawLength),
    )
    return this.#frames[number]
  }
}

function finishFiles({paths, temporaries, sizes, metadata}: FinishJob, {failures, warnings}: RestoreDone): void {
  const names = paths.split('\0') as ByteString[]
  const sources = temporaries.split('\0') as ByteString[]
  names.forEach((path, index) => {
    try {
      const code = finishFile(path, sources[index], sizes[index], metadataOf(metadata, index))
      if (code !== undefined) warnings.set(index, code)
    } catch (error) {
      failures.set(index, describe(error))
    }
  })
}

/** Gives the file its size and metadata; a temporary one then takes its place. Returns the code of what of the metadata cannot be set. */
function finishFile(path: ByteString, temporary: ByteString, sizeBytes: number, metadata: EntryMetadata): string | undefined {
  let code: string | undefined
  const own = temporary === '' ? path : temporary
  // Whatever holds something has been made by the jobs that wrote its parts.
  const isEmpty = sizeBytes === 0
  const file = openSync(nativePath(own), isEmpty ? CREATE_NEW : OPEN_THERE, PRIVATE_MODE)
  try {
    if (!isEmpty) ftruncateSync(file, sizeBytes)
    code = setFileMetadata(file, metadata, data.restoresOwners)
  } finally {
    closeSync(file)
  }
  if (own !== path) renameSync(nativePath(own), nativePath(path))
  return code
}

function metadataOf({modes, uids, gids, mtimes}: MetadataColumns, index: number): EntryMetadata {
  return {mode: modes[index], uid: uids[index], gid: gids[index], mtimeNs: mtimes[index]}
}

function writeWhole(file: number, bytes: Uint8Array, position: number): void {
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, position + written)
}

/** What failed is the file's; anything that is no error of Pocket's or of the system's is a bug, and ends the worker. */
function describe(error: unknown): RestoreFailure {
  if (error instanceof PocketError) return {code: error.code, message: error.message, hint: error.hint}
  const code = systemCode(error)
  if (code === undefined) throw error
  return {code, message: error instanceof Error ? error.message : String(error)}
}
