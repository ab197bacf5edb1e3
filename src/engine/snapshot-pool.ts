/** Who reads the files of a snapshot: workers with shared memory for packs, and the main thread where hardly anything is to be read. */
import {type CompressionName, compressionLevel} from '../compression/levels.js'
import {packCapacity} from '../repository/pack-builder.js'
import type {WriteSession} from '../repository/write-session.js'
import type {SnapshotPool} from './file-scheduler.js'
import type {PackDone, SnapshotWorkerData} from './messages.js'
import {createSlots, releaseSlot} from './pack-slots.js'
import {SmallWorkPool} from './small-work-pool.js'
import {SnapshotJobs} from './snapshot-jobs.js'
import {WorkerPool} from './worker-pool.js'

const JOBS_PER_WORKER = 4
/** The most memory for packs in the making, however many workers there are and however large packs have become. */
const MAX_SLOT_BYTES = 512 * 1024 * 1024
/** Memory of a pack that the main thread makes: what is little fits in one. */
const LITTLE_PACK_BYTES = 4 * 1024 * 1024

export interface SnapshotPoolOptions {
  compression: CompressionName
  workers: number
  /** Those of each worker, and of the main thread. */
  counters: readonly Float64Array[]
  expectsLittle?: boolean
}

export function createSnapshotPool(session: WriteSession, options: SnapshotPoolOptions): SnapshotPool {
  if (!options.expectsLittle) return createWorkers(session, options)
  return new SmallWorkPool(
    () => createWorkers(session, options),
    () => createJobs(session, options),
  )
}

function createWorkers(session: WriteSession, options: SnapshotPoolOptions): SnapshotPool {
  const slotCount = options.workers + session.repository.backend.access.parallelPuts
  const {packBytes, capacityBytes} = packSizes(session, slotCount)
  const slots = createSlots(slotCount, capacityBytes)
  return new WorkerPool({
    script: new URL('./snapshot-worker.js', import.meta.url),
    count: options.workers,
    depth: JOBS_PER_WORKER,
    dataFor: (number): SnapshotWorkerData => ({...workerData(session, options, number), packBytes, slots}),
    onNotice: ({id, slot, sizeBytes, directory}: PackDone) => {
      const bytes = new Uint8Array(slots.memory[slot], 0, sizeBytes)
      session.putPack({id, kind: 'data', bytes, directory}, () => releaseSlot(slots, slot))
    },
  })
}

/** The main thread may not wait for a slot: each of its packs has memory of its own, as much as it needs. */
function createJobs(session: WriteSession, options: SnapshotPoolOptions): SnapshotJobs {
  const {packBytes, capacityBytes} = packSizes(session, 1)
  const littleBytes = Math.min(capacityBytes, LITTLE_PACK_BYTES)
  const data = {...workerData(session, options, options.workers), packBytes: Math.min(packBytes, LITTLE_PACK_BYTES / 2)}
  return new SnapshotJobs(data, {
    allocate: (neededBytes) => new Uint8Array(Math.max(neededBytes, littleBytes)),
    emit: (pack) => session.putPack(pack, () => undefined),
  })
}

function packSizes({repository, index}: WriteSession, count: number): {packBytes: number; capacityBytes: number} {
  const {frameTargetBytes, chunker} = repository.config
  const packBytes = Math.min(repository.packBytes(index), Math.floor(MAX_SLOT_BYTES / count))
  return {packBytes, capacityBytes: packCapacity(packBytes, frameTargetBytes + chunker.maxSize)}
}

function workerData(
  {repository, index, claims}: WriteSession,
  {compression, counters}: SnapshotPoolOptions,
  number: number,
): Omit<SnapshotWorkerData, 'slots' | 'packBytes'> {
  const {config, sealing, keys} = repository
  return {
    role: 'snapshot',
    sealing,
    keys,
    chunker: config.chunker,
    frameBytes: config.frameTargetBytes,
    level: compressionLevel(compression),
    indexTable: index.sharedTable,
    claims,
    counters: counters[number],
  }
}
