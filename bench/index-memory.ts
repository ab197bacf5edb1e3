/**
 * Measures the index in memory. In a process of its own, since what it measures is what the process takes:
 *
 *     node dist/bench/index-memory.js make FOLDER CHUNKS
 *     node --expose-gc dist/bench/index-memory.js load FOLDER CHUNKS REPORT
 *
 * `make` stores the index objects of a repository with so many chunks at FOLDER, as sessions store them; `load` loads them as every
 * command does, looks chunks up, and writes its figures to REPORT as JSON.
 */
import {randomBytes} from 'node:crypto'
import {writeFile} from 'node:fs/promises'
import {setTimeout} from 'node:timers/promises'
import {createLocalBackend, openLocalBackend} from '../src/backend/local.js'
import {loadZstd} from '../src/compression/zstd.js'
import {PocketError} from '../src/errors.js'
import {CODEC} from '../src/format/directory.js'
import {SUITE} from '../src/format/head.js'
import type {IndexedPack} from '../src/format/index-record.js'
import type {ObjectId} from '../src/id.js'
import type {ChunkIndex} from '../src/repository/chunk-index.js'
import {type IndexStoreContext, loadIndex, saveIndex} from '../src/repository/index-store.js'
import {toHex} from '../src/util/bytes.js'
import {monotonicMs} from '../src/util/clock.js'
import {SeededBytes} from './data/seed.js'

/** As in packs of large files: 18 chunks of 82 KiB fill a frame of 1.5 MiB, and 16 frames, compressed, a pack of 16 MiB. */
const FRAMES_PER_PACK = 16
const CHUNKS_PER_FRAME = 18
const CHUNKS_PER_PACK = FRAMES_PER_PACK * CHUNKS_PER_FRAME
const MIN_CHUNK_BYTES = 16 * 1024
const MAX_CHUNK_BYTES = 256 * 1024
/** Packs of one index object: as many as a session indexes at once. */
const PACKS_PER_SAVE = Math.ceil(250_000 / CHUNKS_PER_PACK)
const ID_BYTES = 32
const SEED = 'index'
const LOOKUPS = 1_000_000

export interface IndexFigures {
  chunks: number
  /** What the index keeps, by the process's own account: memory of arrays and of objects, when all garbage is gone. */
  keptBytes: number
  /** How much larger the process became, with what V8 and the allocator do not give back. */
  residentBytes: number
  loadSeconds: number
  hitsPerSecond: number
  missesPerSecond: number
}

/** Packs whose ids and lengths come from a seed. */
function* syntheticPacks(chunks: number): Generator<IndexedPack> {
  const ids = new SeededBytes(SEED)
  const sizes = new SeededBytes(`${SEED} sizes`)
  for (let made = 0; made < chunks; made += CHUNKS_PER_PACK) {
    const chunkLengths = Uint32Array.from({length: CHUNKS_PER_PACK}, () => sizes.scaled(MIN_CHUNK_BYTES, MAX_CHUNK_BYTES))
    const chunkIds = ids.take(CHUNKS_PER_PACK * ID_BYTES)
    const rawOf = (frame: number): number => sum(chunkLengths.subarray(frame * CHUNKS_PER_FRAME, (frame + 1) * CHUNKS_PER_FRAME))
    const frameRawLengths = Uint32Array.from({length: FRAMES_PER_PACK}, (_, frame) => rawOf(frame))
    const frameStoredLengths = frameRawLengths.map((length) => Math.ceil(length * (0.3 + 0.5 * sizes.fraction())))
    yield {
      id: toHex(sizes.take(ID_BYTES)) as ObjectId,
      sizeBytes: sum(frameStoredLengths) + CHUNKS_PER_PACK * 40,
      kind: 'data',
      directory: {
        frameStoredLengths,
        frameRawLengths,
        frameChunkCounts: new Uint32Array(FRAMES_PER_PACK).fill(CHUNKS_PER_FRAME),
        frameCodecs: new Uint32Array(FRAMES_PER_PACK).fill(CODEC.zstd),
        chunkLengths,
        chunkIds,
      },
    }
  }
}

async function make(folder: string, chunks: number): Promise<void> {
  const context = contextOf(await createLocalBackend(folder))
  let group: IndexedPack[] = []
  for (const pack of syntheticPacks(chunks)) {
    group.push(pack)
    if (group.length < PACKS_PER_SAVE) continue
    await saveIndex(context, group)
    group = []
  }
  await saveIndex(context, group)
}

async function load(folder: string, chunks: number): Promise<IndexFigures> {
  const context = contextOf(openLocalBackend(folder))
  const before = await memoryNow()
  const startMs = monotonicMs()
  const index = await loadIndex(context)
  const loadSeconds = (monotonicMs() - startMs) / 1000
  const after = await memoryNow()
  if (index.size < chunks) throw new PocketError('damaged-index', `the index at '${folder}' has only ${index.size} chunks`)
  return {
    chunks: index.size,
    keptBytes: after.keptBytes - before.keptBytes,
    residentBytes: after.residentBytes - before.residentBytes,
    loadSeconds,
    hitsPerSecond: lookupsPerSecond(index, someIds(chunks), true),
    missesPerSecond: lookupsPerSecond(index, randomBytes(LOOKUPS * ID_BYTES), false),
  }
}

/** When all garbage is gone: V8 gives the memory of arrays back a moment after it has collected them. */
async function memoryNow(): Promise<{keptBytes: number; residentBytes: number}> {
  for (let time = 0; time < 3; time++) {
    globalThis.gc?.()
    await setTimeout(100)
  }
  const {rss, heapUsed, arrayBuffers} = process.memoryUsage()
  return {keptBytes: heapUsed + arrayBuffers, residentBytes: rss}
}

function lookupsPerSecond(index: ChunkIndex, ids: Uint8Array, isHit: boolean): number {
  const startMs = monotonicMs()
  let found = 0
  for (let offset = 0; offset < ids.length; offset += ID_BYTES) if (index.has(ids, offset)) found++
  const seconds = (monotonicMs() - startMs) / 1000
  const count = ids.length / ID_BYTES
  if (found !== (isHit ? count : 0)) throw new PocketError('damaged-index', `found ${found} of ${count} chunks`)
  return count / seconds
}

/** Ids of chunks from everywhere in the index. */
function someIds(chunks: number): Uint8Array {
  const step = Math.max(1, Math.floor(chunks / LOOKUPS))
  const ids = Buffer.alloc(Math.floor(chunks / step) * ID_BYTES)
  const stream = new SeededBytes(SEED)
  for (let offset = 0; offset < ids.length; offset += ID_BYTES) stream.take(step * ID_BYTES).copy(ids, offset, 0, ID_BYTES)
  return ids
}

function contextOf(backend: IndexStoreContext['backend']): IndexStoreContext {
  const sealing = {suite: SUITE.aes256Gcm, sealingKey: new Uint8Array(32).fill(1), repositoryId: new Uint8Array(32).fill(2)}
  return {
    backend,
    sealing,
    onDamaged: (error) => {
      throw error
    },
  }
}

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0)
}

await loadZstd()
const [command, folder, chunks, report] = process.argv.slice(2)
if (command === 'make') await make(folder, Number(chunks))
else if (command === 'load') await writeFile(report, JSON.stringify(await load(folder, Number(chunks))))
