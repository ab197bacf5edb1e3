/** What the tests of this folder are made of: chunks, packs of them, keys, repositories in memory. */
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {createCompressor, loadZstd} from '../../src/compression/zstd.js'
import {hash} from '../../src/crypto/blake3.js'
import type {PocketError} from '../../src/errors.js'
import {CODEC} from '../../src/format/directory.js'
import {SUITE} from '../../src/format/head.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import type {ObjectId} from '../../src/id.js'
import type {ChunkKind} from '../../src/repository/chunk-index.js'
import {createRepository} from '../../src/repository/create.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {type FinishedPack, PackBuilder, packCapacity} from '../../src/repository/pack-builder.js'
import {packName} from '../../src/repository/names.js'
import type {Repository} from '../../src/repository/repository.js'
import type {SealingContext} from '../../src/repository/sealing.js'
import {concatBytes, toHex} from '../../src/util/bytes.js'

await loadZstd()

export const SEALED: SealingContext = {
  suite: SUITE.aes256Gcm,
  sealingKey: new Uint8Array(32).fill(1),
  repositoryId: new Uint8Array(32).fill(2),
}
export const UNSEALED: SealingContext = {...SEALED, suite: SUITE.none}

/** Bytes that do not compress, the same for the same seed. */
export function noise(length: number, seed: number | string): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let start = 0, block = 0; start < length; start += 32, block++) {
    bytes.set(hash(Buffer.from(`${seed}/${block}`)).subarray(0, length - start), start)
  }
  return bytes
}

/** The id of number `number`. */
export function chunkId(number: number): Uint8Array {
  return hash(Buffer.from(`chunk ${number}`))
}

/** `count` ids one after another, from that of `first` on. */
export function chunkIds(first: number, count: number): Uint8Array {
  return concatBytes(Array.from({length: count}, (_, index) => chunkId(first + index)))
}

/** A pack as an index tells of it, of chunks with these ids; nothing of it is stored. */
export function toldPack(name: string, ids: Uint8Array, chunksPerFrame = 12): IndexedPack {
  const count = ids.length / 32
  const frames = Math.ceil(count / chunksPerFrame)
  const chunkLengths = Uint32Array.from({length: count}, (_, index) => 1000 + (index % 7))
  const frameChunkCounts = Uint32Array.from({length: frames}, (_, frame) => Math.min(chunksPerFrame, count - frame * chunksPerFrame))
  const frameRawLengths = frameChunkCounts.map((chunks, frame) =>
    sum(chunkLengths.subarray(frame * chunksPerFrame, frame * chunksPerFrame + chunks)),
  )
  const frameStoredLengths = frameRawLengths.map((length) => Math.ceil(length / 2))
  return {
    id: toHex(hash(Buffer.from(name))) as ObjectId,
    sizeBytes: sum(frameStoredLengths) + 1000,
    kind: 'data',
    directory: {
      frameStoredLengths,
      frameRawLengths,
      frameChunkCounts,
      frameCodecs: Uint32Array.from({length: frames}, (_, frame) => (frame % 2 ? CODEC.stored : CODEC.zstd)),
      chunkLengths,
      chunkIds: ids,
    },
  }
}

export interface PackRequest {
  kind?: ChunkKind
  sealing?: SealingContext
  /** Chunks by frames. */
  frames: readonly (readonly Uint8Array[])[]
  /** Compresses unless told not to. */
  stored?: boolean
}

/** A pack as it would be stored; the ids of its chunks are their unkeyed hashes. */
export function buildPack({kind = 'data', sealing = SEALED, frames, stored = false}: PackRequest): FinishedPack {
  const finished: FinishedPack[] = []
  const rawBytes = sum(frames.flat().map(({length}) => length))
  const builder = new PackBuilder({
    kind,
    sealing,
    compressor: stored ? undefined : createCompressor(3),
    targetBytes: Number.POSITIVE_INFINITY,
    allocate: () => new Uint8Array(packCapacity(rawBytes, rawBytes)),
    emit: (pack) => finished.push(pack),
  })
  for (const chunks of frames) {
    builder.addFrame(
      concatBytes(chunks),
      chunks.map(({length}) => length),
      concatBytes(chunks.map(hash)),
    )
  }
  builder.finish()
  return finished[0]
}

/** Stores such a pack; returns what an index tells of it. */
export async function storePack(backend: Backend, request: PackRequest): Promise<IndexedPack> {
  const {id, kind, bytes, directory} = buildPack(request)
  await backend.put(packName(id), bytes)
  return {id, kind, sizeBytes: bytes.length, directory}
}

/** A repository in memory, and what it warned of. */
export async function memoryRepository({
  backend = createMemoryBackend(),
  cacheDirectory,
}: {
  backend?: Backend
  cacheDirectory?: string
} = {}): Promise<{
  repository: Repository
  warnings: PocketError[]
}> {
  const secret = {type: 'key-file' as const, key: new Uint8Array(32).fill(9)}
  if (!(await backend.stat('config'))) await createRepository(backend, secret)
  const warnings: PocketError[] = []
  const repository = await openRepositoryOn(backend, {
    secret: () => Promise.resolve(secret),
    cacheDirectory,
    onWarning: (warning) => warnings.push(warning),
  })
  return {repository, warnings}
}

export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
