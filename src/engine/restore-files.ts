/** Restores the content of files: plans windows of chunks, fetches frames, has workers check and write them, and finishes the files. */
import {isDamage, isPocketError, isUnreachable, PocketError} from '../errors.js'
import {mayRestoreOwners, setMetadataAt} from '../filesystem/restore-metadata.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import type {TreeEntry} from '../snapshot/entries.js'
import {readContent, type ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {FinishQueue} from './finish-queue.js'
import {keepFrames, type KeptFrames} from './kept-frames.js'
import {PartialFiles} from './partial-files.js'
import {metadataWarning, type RestoreEvent} from './restore-events.js'
import {RestoreFetch} from './restore-fetch.js'
import {RestoreFlow} from './restore-flow.js'
import {type GroupBytes, planFinish, planWrite} from './restore-jobs.js'
import {type RestoreDone, type RestoreFailure, WRITE} from './restore-messages.js'
import {createRestorePool, JOBS_PER_WORKER, type RestorePool} from './restore-pool.js'
import {joinGroups, type Span} from './restore-spans.js'
import {createFile, type FileRequest, type FrameGroup, type RestoredFile, RestoreWindow, sumOf} from './restore-window.js'
import {temporaryPath} from './temporary-path.js'

export interface RestoreFilesOptions {
  repository: Repository
  index: ChunkIndex
  read: ReadTree
  /** From `countReferences`; undefined where frames are rather fetched again than kept. */
  references?: Uint32Array
  /** What will be written at most. */
  totalBytes: number
  workers: number
  signal: AbortSignal | undefined
  emit: (event: RestoreEvent) => void
  /** Whether a file that failed is tried again after: then it is neither told nor counted. */
  retryLater?: (file: FileRequest, failure: RestoreFailure) => boolean
}

/** Stored bytes that are on their way or with workers. */
const BYTES_UNDER_WAY = 48 * 1024 * 1024
/** Where there is so much to write, workers start while it is planned. */
const BYTES_FOR_ALL_WORKERS = 64 * 1024 * 1024
/** How often what came damaged is asked for again before it counts as damaged where it lies. */
const FETCHES_AGAIN = 2
/** What may have come about between the storage and here. */
const DAMAGED: ReadonlySet<string> = new Set(['damaged-frame', 'damaged-chunk'])
const WRONG_SIZE: RestoreFailure = {code: 'damaged-tree', message: 'its chunks are not as long as its size'}

export class RestoreFiles {
  readonly #options: RestoreFilesOptions
  readonly #pool: RestorePool
  readonly #window: RestoreWindow
  readonly #kept: KeptFrames | undefined
  readonly #fetch: RestoreFetch
  readonly #flow: RestoreFlow
  readonly #partial = new PartialFiles()
  /** Those that workers have been given and not answered so far. */
  readonly #jobs = new Set<Promise<RestoreDone>>()
  readonly counts = {files: 0, bytes: 0, failed: 0}
  /** Bytes of chunks that have been written, also of files that are not whole yet. */
  writtenBytes = 0
  currentFile: ByteString | undefined
  /** Packs that could not be read, or not wholly; those that are damaged for sure. */
  readonly suspects = new Set<ObjectId>()
  readonly damaged = new Set<ObjectId>()
  readonly #requests = new WeakMap<RestoredFile, FileRequest>()
  readonly #finishing = new FinishQueue((files) => this.#finishAll(files))
  #isClosing = false

  constructor(options: RestoreFilesOptions) {
    const {repository, index, references, totalBytes, workers, signal} = options
    const {backend, cacheDirectory} = repository
    this.#options = options
    this.#kept = references && keepFrames(references, {cacheDirectory, reservedBytes: totalBytes})
    this.#window = new RestoreWindow({index, access: backend.access, kept: this.#kept})
    this.#fetch = new RestoreFetch({backend, index, kept: this.#kept})
    const calls = Math.max(workers * (JOBS_PER_WORKER + 1), backend.access.parallelCalls)
    this.#flow = new RestoreFlow({calls, bytes: BYTES_UNDER_WAY, signal})
    this.#pool = createRestorePool(repository, workers)
    if (totalBytes >= BYTES_FOR_ALL_WORKERS) this.#pool.start()
  }

  /** Plans a file; may wait while a window of files is written. */
  async add(request: FileRequest): Promise<void> {
    const {absolute, entry, isReplacement} = request
    const file = createFile(request)
    this.#requests.set(file, request)
    if (entry.depth === 0 && sumOf(entry.references.lengths) !== file.sizeBytes) return this.#fail(file, WRONG_SIZE)
    if (file.chunkCount === 0) {
      // It takes the place of what is there by renaming, as every file does.
      if (isReplacement) {
        file.temporary = temporaryPath(absolute)
        this.#partial.add(file)
      }
      return this.#finishing.add(file)
    }
    try {
      await this.#planContent(file, entry)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#fail(file, error)
    }
  }

  async #planContent(file: RestoredFile, entry: TreeEntry): Promise<void> {
    let offset = 0
    let chunks = 0
    for await (const references of readContent(this.#options.read, entry.references, entry.depth)) {
      const missing = this.#window.add(file, references, offset)
      if (missing >= 0) return this.#fail(file, {code: 'chunk-missing', message: `a chunk of it is in no pack that the index names`})
      for (const length of references.lengths) offset += length
      chunks += references.lengths.length
      if (this.#window.isFull) await this.#writeWindow()
    }
    file.chunkCount = chunks
    if (offset !== file.sizeBytes) return this.#fail(file, WRONG_SIZE)
    await this.#settleFile(file)
  }

  /** Sets the metadata of a file that is there already with its content. */
  setMetadata(path: ByteString, absolute: ByteString, entry: TreeEntry): void {
    const code = setMetadataAt(absolute, 'file', entry, mayRestoreOwners())
    if (code !== undefined) this.#options.emit(metadataWarning(path, code))
  }

  /** Writes what is planned; resolves when every file is finished or has failed. */
  async finish(): Promise<void> {
    await this.#writeWindow()
    await this.#flow.idle()
    await this.#finishing.flush()
    this.#flow.check()
    this.#partial.discard()
  }

  /**
   * Ends the workers, once they have done what they were given: a file that one of them writes under its name must become whole, and one
   * that is complete gets its name also when the run ends early. Takes away temporary files.
   */
  async close(): Promise<void> {
    // Where this fails the run has failed before, and has said why.
    await this.#finishing.flush().catch(() => undefined)
    this.#isClosing = true
    await Promise.allSettled(this.#jobs)
    await this.#pool.close()
    await this.#kept?.close()
    this.#partial.discard()
  }

  async #run(...[job, transfer]: Parameters<RestorePool['run']>): Promise<RestoreDone> {
    if (this.#isClosing) throw new PocketError('interrupted', 'the restore was stopped')
    const running = this.#pool.run(job, transfer)
    this.#jobs.add(running)
    try {
      return await running
    } finally {
      this.#jobs.delete(running)
    }
  }

  async #writeWindow(): Promise<void> {
    for (const span of joinGroups(this.#window.take(), this.#options.repository.backend.access)) {
      await this.#flow.start(span.length, (release) => this.#writeSpan(span, release))
    }
  }

  /** Writes each group as soon as it is here, and then lets go of its bytes. */
  async #writeSpan(span: Span, release: (bytes: number) => void): Promise<void> {
    const fetched = this.#fetch.fetch(span)
    const unfetched: FrameGroup[] = []
    let failure: PocketError | undefined
    const write = async (group: FrameGroup, place: number): Promise<void> => {
      const bytes = await fetched[place].catch((error: unknown) => {
        if (!isPocketError(error) || this.#endsAll(error)) throw error
        failure ??= error
        unfetched.push(group)
      })
      if (bytes) await this.#writeGroup(group, bytes)
      release(group.length)
    }
    await Promise.all(span.groups.map(write))
    if (failure) await this.#writeApart({...span, groups: unfetched}, failure, span.groups.length === 1)
  }

  /** What cannot be fetched at once may be there in parts, as of a pack that is cut short. */
  async #writeApart({pack, groups}: Span, error: PocketError, isApart: boolean): Promise<void> {
    if (isApart || isPocketError(error, 'object-missing')) return groups.forEach((group) => this.#failGroup(group, error))
    for (const group of groups) await this.#writeSpan({...group, pack, groups: [group]}, () => undefined)
  }

  async #writeGroup(group: FrameGroup, fetched: GroupBytes): Promise<void> {
    const damaged = await this.#tryGroup(group, fetched)
    for (const {chunk} of group.chunks) this.writtenBytes += chunk.length
    if (damaged.size > 0) await this.#writeAgain(group, damaged)
  }

  /** Fetches again what was damaged when it came, for the files that need it. */
  async #writeAgain(group: FrameGroup, damaged: ReadonlyMap<RestoredFile, RestoreFailure>): Promise<void> {
    let failures = damaged
    for (let attempt = 1; attempt <= FETCHES_AGAIN && failures.size > 0; attempt++) {
      try {
        const fetched = await this.#fetch.fetchAgain(group)
        const needed = failures
        const chunks = group.chunks.filter(({chunk: {file}}) => needed.has(file) && !file.hasFailed)
        failures = await this.#tryGroup({...group, chunks}, fetched)
      } catch (error) {
        // What was wrong at first says more.
        if (!isPocketError(error) || this.#endsAll(error)) throw error
      }
    }
    if (failures.size > 0) this.damaged.add(group.frames[0].pack.id)
    for (const [file, failure] of failures) this.#fail(file, failure)
  }

  /** Has a worker write what `group` holds. Returns the files for which its bytes are damaged. */
  async #tryGroup(group: FrameGroup, fetched: GroupBytes): Promise<Map<RestoredFile, RestoreFailure>> {
    const damaged = new Map<RestoredFile, RestoreFailure>()
    if (group.chunks.length === 0) return damaged
    const {files, chunkCounts, job} = planWrite(group, fetched)
    for (const file of files) if (file.temporary !== undefined) this.#partial.add(file)
    this.currentFile = files[0].path
    const {stored} = fetched
    const transfer = stored.byteLength === stored.buffer.byteLength ? [stored.buffer as ArrayBuffer] : []
    const {failures, warnings} = await this.#run(job, transfer)
    for (const [place, file] of files.entries()) {
      const failure = failures.get(place)
      if (failure && DAMAGED.has(failure.code)) damaged.set(file, failure)
      else if (failure) this.#fail(file, failure)
      else {
        // What was to be replaced has been.
        if (job.writes[place] === WRITE.replace) file.temporary = undefined
        this.#warn(file, warnings.get(place))
        await this.#advance(file, chunkCounts[place])
      }
    }
    return damaged
  }

  async #advance(file: RestoredFile, chunks: number): Promise<void> {
    file.chunksDone += chunks
    await this.#settleFile(file)
  }

  /** Finishes a file that is complete. */
  async #settleFile(file: RestoredFile): Promise<void> {
    if (file.hasFailed || file.isSettled || file.chunksDone !== file.chunkCount) return
    file.isSettled = true
    if (file.temporary === undefined) this.#done(file)
    else await this.#finishing.add(file)
  }

  async #finishAll(files: readonly RestoredFile[]): Promise<void> {
    const {failures, warnings} = await this.#run(planFinish(files))
    files.forEach((file, place) => {
      const failure = failures.get(place)
      if (failure) this.#fail(file, failure)
      else {
        this.#warn(file, warnings.get(place))
        this.#done(file)
      }
    })
  }

  /** A server that was asked in vain for half an hour would be for each of the others, too. */
  #endsAll(error: PocketError): boolean {
    const isServer = this.#options.repository.backend.traffic !== undefined
    const {code, retryable} = error
    return code === 'interrupted' || (isServer && retryable) || isUnreachable(error)
  }

  #warn({path}: RestoredFile, code: string | undefined): void {
    if (code !== undefined) this.#options.emit(metadataWarning(path, code))
  }

  #done(file: RestoredFile): void {
    this.#partial.delete(file)
    this.counts.files++
    this.counts.bytes += file.sizeBytes
  }

  /** Tells and counts a file that cannot be had. */
  readonly refuse = (request: FileRequest, failure: RestoreFailure): void => this.#fail(createFile(request), failure)

  #fail(file: RestoredFile, failure: RestoreFailure): void {
    const {code, message, hint: remedy} = failure
    // A run that has ended tells nothing any more.
    if (file.hasFailed || this.#isClosing) return
    file.hasFailed = true
    const request = this.#requests.get(file)
    if (request && this.#options.retryLater?.(request, failure)) return
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      const hint = 'make room, or restore to another place'
      return this.#flow.end(new PocketError('no-space', `no space left to restore '${displayName(file.path)}'`, {hint}))
    }
    this.counts.failed++
    this.#options.emit({type: 'failed', path: displayName(file.path), code, message, hint: remedy})
  }

  #failGroup({chunks, frames}: FrameGroup, {code, message, hint}: PocketError): void {
    this.suspects.add(frames[0].pack.id)
    for (const {chunk} of chunks) this.#fail(chunk.file, {code, message, hint})
  }
}
