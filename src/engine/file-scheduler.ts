/** Gathers files that have to be read into jobs for the workers, and puts what the workers answer into the directories. */
import type {BigIntStats} from 'node:fs'
import {PocketError} from '../errors.js'
import {isGone} from '../filesystem/scan.js'
import type {ChangeCounts} from '../format/snapshot-record.js'
import {CHANGED_WHILE_READ} from '../format/tree.js'
import {type ByteString, displayName} from '../util/bytes.js'
import type {DirectoryBuilder} from './directory-builder.js'
import {LargeFileReader} from './large-file.js'
import {type JobDone, type PackDone, type ReadDone, type SnapshotJob, STATUS} from './messages.js'
import type {SnapshotEvent} from './snapshot-events.js'
import type {SnapshotTally} from './snapshot-tally.js'
import type {SaveTree} from './tree-writer.js'
import {saveReferences} from './tree-writer.js'
import type {WorkerPool} from './worker-pool.js'

/** What is asked of the workers. */
export type SnapshotPool = Pick<WorkerPool<SnapshotJob, JobDone, PackDone>, 'run' | 'runOnAll' | 'ready' | 'close'>

/** A file to be read, and where its entry is. */
export interface FileTask {
  directory: DirectoryBuilder
  entry: number
  path: ByteString
  stats: BigIntStats
  /** As what it was counted when it was listed. */
  counted: keyof ChangeCounts
}

export interface FileSchedulerOptions {
  pool: SnapshotPool
  tally: SnapshotTally
  save: SaveTree
  emit: (event: SnapshotEvent) => void
  /** Awaited before more is read: waits when the backend is behind, throws when it has failed. */
  backpressure: () => Promise<void>
  /** Called when one thing that `directory` waited for is there. */
  complete: (directory: DirectoryBuilder) => void
  /** Files of at least so many bytes are read by all workers at once. */
  largeFileBytes: number
}

/** How opening a file fails that was removed, or whose folder has become something else. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR'])
const FILES_PER_JOB = 256
const BYTES_PER_JOB = 4 * 1024 * 1024
const LARGE_FILES_AT_ONCE = 2

export class FileScheduler {
  readonly #options: FileSchedulerOptions
  readonly #large: LargeFileReader
  #batch: FileTask[] = []
  #batchBytes = 0
  readonly #largeUnderWay = new Set<Promise<void>>()
  readonly #underWay = new Set<Promise<void>>()
  #failure: {error: unknown} | undefined

  constructor(options: FileSchedulerOptions) {
    this.#options = options
    this.#large = new LargeFileReader(options.pool, options.backpressure)
  }

  /** Takes a file over, whose directory waits for it. Await it: the queue is bounded. */
  async add(task: FileTask): Promise<void> {
    const size = Number(task.stats.size)
    if (size >= this.#options.largeFileBytes) return this.#addLarge(task)
    this.#batch.push(task)
    this.#batchBytes += size
    if (this.#batch.length >= FILES_PER_JOB || this.#batchBytes >= BYTES_PER_JOB) await this.flush()
  }

  /** Whether the next `add` will have to be waited for. */
  get isDue(): boolean {
    return this.#batch.length + 1 >= FILES_PER_JOB || this.#batchBytes >= BYTES_PER_JOB / 2
  }

  /** Sends what has been gathered. */
  async flush(): Promise<void> {
    if (this.#batch.length === 0) return
    await this.#options.backpressure()
    await this.#options.pool.ready()
    this.check()
    const tasks = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    this.#track(this.#underWay, this.#read(tasks))
  }

  /** Resolves when every file has been read; throws what went wrong. */
  async settle(): Promise<void> {
    await this.flush()
    while (this.#underWay.size + this.#largeUnderWay.size > 0) {
      await Promise.all([...this.#underWay, ...this.#largeUnderWay])
    }
    this.check()
  }

  /** Throws what went wrong since the last call. */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  async #addLarge(task: FileTask): Promise<void> {
    while (this.#largeUnderWay.size >= LARGE_FILES_AT_ONCE) await Promise.race(this.#largeUnderWay)
    this.check()
    this.#track(this.#largeUnderWay, this.#readLarge(task))
  }

  #track(group: Set<Promise<void>>, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#failure ??= {error}
      })
      .finally(() => group.delete(tracked))
    group.add(tracked)
  }

  async #read(tasks: readonly FileTask[]): Promise<void> {
    const count = tasks.length
    const sizes = new BigInt64Array(count)
    const mtimes = new BigInt64Array(count)
    const ctimes = new BigInt64Array(count)
    const inodes = new BigUint64Array(count)
    tasks.forEach(({stats}, index) => {
      sizes[index] = stats.size
      mtimes[index] = stats.mtimeNs
      ctimes[index] = stats.ctimeNs
      inodes[index] = stats.ino
    })
    const paths = tasks.map(({path}) => path).join('\0')
    this.#options.tally.currentFile = tasks[0].path
    const answer = await this.#options.pool.run({type: 'read', paths, sizes, mtimes, ctimes, inodes})
    if (answer.type !== 'read-done') throw new PocketError('worker-failed', `a worker answered '${answer.type}' to 'read'`)
    this.#store(tasks, answer)
  }

  #store(tasks: readonly FileTask[], answer: ReadDone): void {
    let start = 0
    tasks.forEach((task, index) => {
      const count = answer.counts[index]
      this.#storeOne(task, answer, index, start)
      start += count
      this.#options.complete(task.directory)
    })
  }

  #storeOne(task: FileTask, answer: ReadDone, index: number, start: number): void {
    const {directory, entry, path} = task
    const error = answer.errors.get(index)
    if (error) return this.#fail(task, error.code, error.message)
    const stats = answer.stats.get(index)
    if (stats) {
      directory.restat(entry, stats)
      this.#noteChange(task, answer.status[index] === STATUS.newer)
    }
    const count = answer.counts[index]
    const end = start + count
    let size = 0
    for (let reference = start; reference < end; reference++) size += answer.lengths[reference]
    if (count === 0) return directory.setContent(entry, 0n, undefined)
    const range = {ids: answer.ids, lengths: answer.lengths, start, count, depth: 0}
    directory.setContent(entry, BigInt(size), saveReferences(range, this.#options.save))
    this.#options.tally.currentFile = path
  }

  async #readLarge(task: FileTask): Promise<void> {
    const {directory, entry, path} = task
    this.#options.tally.currentFile = path
    const content = await this.#large.read(path, task.stats)
    if (content.error) this.#fail(task, content.error.code, content.error.message)
    else {
      if (content.stats) {
        directory.restat(entry, content.stats)
        this.#noteChange(task, content.isStable)
      }
      directory.setContent(entry, content.sizeBytes, saveReferences(content.references, this.#options.save))
    }
    this.#options.tally.largeFilesDone++
    this.#options.complete(directory)
  }

  #noteChange({directory, entry, path}: FileTask, isStable: boolean): void {
    this.#options.tally.changedWhileRead++
    if (!isStable) directory.addError(entry, CHANGED_WHILE_READ, 'the file changed each time while it was read')
    this.#options.emit({type: 'changed-while-read', path: displayName(path), isStable})
  }

  #fail({directory, entry, path, counted}: FileTask, code: string, message: string): void {
    if (GONE.has(code) && isGone(path)) {
      // Removed since it was listed: then it is not part of the snapshot.
      this.#options.tally.files[counted]--
      return directory.drop(entry)
    }
    directory.setContent(entry, 0n, undefined)
    directory.addError(entry, code, message)
    this.#options.tally.unreadable++
    this.#options.emit({type: 'unreadable', path: displayName(path), code, message})
  }
}
