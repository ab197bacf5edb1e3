/** One run of a snapshot's engine: the workers, the memory that they share, the walk, and what is told meanwhile. */
import {availableParallelism} from 'node:os'
import {setTimeout} from 'node:timers/promises'
import {isPocketError, PocketError} from '../errors.js'
import type {CompressionName} from '../compression/levels.js'
import type {ChunkReference} from '../format/reference.js'
import type {Totals} from '../format/totals.js'
import type {WriteSession} from '../repository/write-session.js'
import {monotonicMs} from '../util/clock.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {inAdvance} from '../util/concurrency.js'
import {FileScheduler, type SnapshotPool} from './file-scheduler.js'
import {COUNTER, COUNTERS} from './messages.js'
import {Pacer} from './pacer.js'
import type {SkipReason, SnapshotEvent} from './snapshot-events.js'
import {createSnapshotPool} from './snapshot-pool.js'
import {SnapshotTally} from './snapshot-tally.js'
import {SnapshotWalk, type WalkedTree, type WalkLimits} from './snapshot-walk.js'
import type {TreeMemory} from './tree-memory.js'
import type {Excluder, PreviousTree} from './visit.js'
import type {Sources} from './sources.js'
import {type ReadTree, readTotals} from '../snapshot/read-tables.js'

/** `touched`: everything that the one tree of `previous` refers to must be in the session's index. */
export interface TreeSource extends WalkLimits {
  sources: Sources
  /** Snapshots of the same base that the sources are compared with, the one that is asked first at the front. */
  previous: readonly PreviousTree[]
  readsAll: boolean
  excludesOf: ((source: ByteString) => Excluder) | undefined
  forbidden: ReadonlyMap<string, SkipReason>
  /** Of runs before, and for runs to come. */
  memory?: TreeMemory
}

export interface RunOptions {
  compression: CompressionName
  workers: number | undefined
  /** Hardly anything is to be read. */
  expectsLittle?: boolean
  /** Totals of the sources as far as they are known, for the time left. */
  estimate: () => {files: number; bytes: number} | undefined
  signal: AbortSignal | undefined
  emit: (event: SnapshotEvent) => void
  /** How often `onCheckpoint` is called. */
  checkpointMs: number
  /**
   * Given what is complete by then, all of it durable: every so often, and when the run is interrupted. None when there is nothing to give,
   * or when this is not given.
   */
  onCheckpoint?: (tree: SavedTree) => Promise<void>
}

export interface SavedTree {
  root: ChunkReference
  totals: Totals
  tally: SnapshotTally
  bytesRead: number
  bytesNew: number
  chunksNew: number
  /** Of the new bytes of files, those that lie in frames which compression could not make smaller. */
  bytesHighEntropy: number
}

const PROGRESS_MS = 200
/** How long a run that is interrupted waits for what its workers have begun. */
const LAST_FLUSH_MS = 5000
const LARGE_FILE_BYTES = 64 * 1024 * 1024

/** Whether `work` ends within so long. Throws what it throws by then. */
async function isWithin(limitMs: number, work: Promise<void>): Promise<boolean> {
  const timer = new AbortController()
  try {
    return await Promise.race([inAdvance(work).then(() => true), setTimeout(limitMs, false, {signal: timer.signal}).catch(() => false)])
  } finally {
    timer.abort()
  }
}

/** Saves the tree of `source` in `session`: when the session has ended, all of it is durable. */
export async function saveTree(session: WriteSession, source: TreeSource, options: RunOptions): Promise<SavedTree> {
  const run = new SnapshotRun(session, options)
  try {
    return await run.save(source)
  } finally {
    await run.close()
  }
}

class SnapshotRun {
  readonly #session: WriteSession
  readonly #options: RunOptions
  readonly #tally = new SnapshotTally()
  /** Those of the workers, and of the main thread. */
  readonly #counters: Float64Array[]
  readonly #pool: SnapshotPool
  readonly #startMs = monotonicMs()
  readonly #sentBytesAtStart: number
  readonly #timer: NodeJS.Timeout
  readonly #workers: number
  #walk: SnapshotWalk | undefined
  #checkpointAtMs = monotonicMs()
  #checkpoint: Promise<void> | undefined
  /** Nothing more is walked. */
  #isOver = false

  constructor(session: WriteSession, options: RunOptions) {
    this.#session = session
    this.#options = options
    this.#workers = options.workers ?? availableParallelism()
    this.#counters = Array.from({length: this.#workers + 1}, () => new Float64Array(new SharedArrayBuffer(COUNTERS * 8)))
    this.#pool = createSnapshotPool(session, {...options, workers: this.#workers, counters: this.#counters})
    this.#sentBytesAtStart = this.#sentBytes()
    this.#timer = setInterval(() => this.#tick(), PROGRESS_MS)
  }

  async save({sources, previous, readsAll, excludesOf, forbidden, memory, picks, touched}: TreeSource): Promise<SavedTree> {
    const session = this.#session
    const trees = await session.repository.trees()
    // Every folder is compared with the parent's.
    if (!touched) trees.expectAll()
    const backpressure = (): Promise<void> => session.ready()
    const read: ReadTree = (reference) => trees.read(reference)
    // What is lost is to be noticed, where it is not known that nothing is.
    const readTree: ReadTree = touched && memory ? (reference) => memory.read(reference, read) : read
    const save = (bytes: Uint8Array): ChunkReference => {
      const reference = session.saveTree(bytes)
      memory?.keepPage(reference, bytes)
      return reference
    }
    const walk = new SnapshotWalk({
      index: session.index,
      readTree,
      totalsOf: (root) => (memory ? memory.totalsOf(root, readTree) : readTotals(readTree, root)),
      readsAll,
      excludesOf,
      forbidden,
      tally: this.#tally,
      save,
      onSaved: (root, totals) => memory?.keepTotals(root, totals),
      emit: this.#options.emit,
      onWarning: session.repository.onWarning,
      pacer: new Pacer({signal: this.#options.signal, backpressure, paused: async () => session.repository.backend.paused?.()}),
      files: (complete) =>
        new FileScheduler({
          pool: this.#pool,
          tally: this.#tally,
          save,
          emit: this.#options.emit,
          backpressure,
          complete,
          largeFileBytes: this.#workers > 1 ? LARGE_FILE_BYTES : Number.POSITIVE_INFINITY,
        }),
    })
    this.#walk = walk
    try {
      const walked = await this.#untilAborted(walk.run(sources.base, sources.selection, previous, {picks, touched}))
      this.#isOver = true
      await this.#untilAborted(this.#checkpoint ?? Promise.resolve())
      await this.#untilAborted(this.#pool.runOnAll({type: 'flush'}))
      this.#options.emit(this.#progress())
      return this.#saved(walked)
    } catch (error) {
      this.#isOver = true
      if (this.#options.signal?.aborted) await this.#saveLast()
      throw error
    }
  }

  #saved({root, totals}: WalkedTree): SavedTree {
    const {chunks, rawBytes} = this.#session.treeTotals
    return {
      root,
      totals,
      tally: this.#tally,
      bytesRead: this.#count(COUNTER.bytesRead),
      bytesNew: this.#count(COUNTER.bytesNew) + rawBytes,
      chunksNew: this.#count(COUNTER.chunksNew) + chunks,
      bytesHighEntropy: this.#count(COUNTER.bytesHighEntropy),
    }
  }

  /** Also when the walk is through, or waits for a slow line, what is done by then is kept. */
  #tick(): void {
    this.#options.emit(this.#progress())
    if (monotonicMs() - this.#checkpointAtMs < this.#options.checkpointMs || this.#checkpoint || this.#isOver) return
    this.#checkpoint = this.#saveCheckpoint()
      .catch((error: unknown) => {
        // A worker that failed, or a backend, ends the run by itself.
        if (!isPocketError(error)) throw error
        if (!this.#isOver) this.#session.repository.onWarning(error)
      })
      .finally(() => {
        this.#checkpoint = undefined
        this.#checkpointAtMs = monotonicMs()
      })
  }

  /** When the run ends early, of its own error is what matters: what fails now is told. */
  async #saveLast(): Promise<void> {
    try {
      await this.#checkpoint
      // With the highest compression workers may be at it for long: then what was stored before has to do.
      if (await isWithin(LAST_FLUSH_MS, this.#pool.runOnAll({type: 'flush'}))) await this.#saveCheckpoint()
    } catch (error) {
      if (!isPocketError(error)) throw error
      this.#session.repository.onWarning(error)
    }
  }

  /** Workers hold no chunk of the tree any more that they have not handed over: what they read while they are asked is not in it. */
  async #saveCheckpoint(): Promise<void> {
    const {onCheckpoint} = this.#options
    if (!onCheckpoint) return
    const walked = this.#walk?.checkpoint()
    if (!walked) return
    await this.#pool.runOnAll({type: 'flush'})
    await this.#session.secure()
    await onCheckpoint(this.#saved(walked))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#pool.close()
  }

  /** Waits for `work` until the run is to end, and no longer. */
  async #untilAborted<T>(work: Promise<T>): Promise<T> {
    const {signal} = this.#options
    if (!signal) return work
    let stop = (): void => undefined
    const aborted = new Promise<never>((_resolve, reject) => {
      stop = () => reject(new PocketError('interrupted', 'the run was interrupted'))
    })
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, {once: true})
    try {
      return await Promise.race([inAdvance(work), aborted])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  #count(counter: number): number {
    return this.#counters.reduce((sum, counters) => sum + counters[counter], 0)
  }

  /** Of backends on a server, which know of bytes that are on their way. */
  #sentBytes(): number {
    return this.#session.repository.backend.traffic?.bytesUp ?? 0
  }

  #progress(): SnapshotEvent {
    const bytesRead = this.#count(COUNTER.bytesRead)
    const estimate = this.#options.estimate()
    return {
      type: 'progress',
      elapsedMs: monotonicMs() - this.#startMs,
      files: this.#tally.keptFiles + this.#tally.largeFilesDone + this.#count(COUNTER.filesDone),
      directories: this.#tally.directoriesDone,
      bytesRead,
      bytesProcessed: bytesRead + this.#tally.keptBytes,
      bytesNew: this.#count(COUNTER.bytesNew),
      bytesStored: Math.max(this.#session.storedBytes, this.#sentBytes() - this.#sentBytesAtStart),
      totalFiles: estimate?.files,
      totalBytes: estimate?.bytes,
      currentFile: this.#tally.currentFile === '' ? undefined : displayName(this.#tally.currentFile as ByteString),
    }
  }
}
