/** One run of a restore's engine: creates folders and links, plans the files, feeds the workers, and sets folders' metadata last. */
import {mkdirSync, symlinkSync, unlinkSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {fileError, PocketError, systemCode} from '../errors.js'
import {type EntryMetadata, mayRestoreOwners, setLinkMetadata, setMetadataAt} from '../filesystem/restore-metadata.js'
import {makeFolder} from '../filesystem/make-folder.js'
import {joinPath, nativePath} from '../filesystem/native-path.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {RootEntry} from '../format/snapshot-record.js'
import {CHANGED_WHILE_READ} from '../format/tree.js'
import type {Repository} from '../repository/repository.js'
import type {TreeEntry} from '../snapshot/entries.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {monotonicMs} from '../util/clock.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {Pacer} from './pacer.js'
import {RestoreRounds} from './restore-rounds.js'
import {metadataWarning, type RestoreEvent, type RestoreProgress} from './restore-events.js'
import type {RestoreFailure} from './restore-messages.js'
import {displayPath, type RestoreEntry, type RestoreItem} from './restore-walk.js'
import type {TargetPlan} from './restore-target.js'

export interface RestoreRequest {
  /** An absolute path. */
  target: ByteString
  items: AsyncIterable<RestoreItem>
  plan: TargetPlan
  /** Whether what is there already with its content gets its metadata too; else it stays as it is. */
  mayOverwrite: boolean
  /** The metadata of the target folder itself, when it was part of the snapshot. */
  rootEntry: RootEntry | EntryMetadata | undefined
  totals: {files: number; bytes: number}
  /** From `countReferences`; not given where stored bytes are rather fetched again than kept. */
  references?: Uint32Array
}

export interface RestoreOptions {
  read: ReadTree
  workers: number | undefined
  signal: AbortSignal | undefined
  emit: (event: RestoreEvent) => void
}

export interface RestoreCounts {
  files: number
  directories: number
  links: number
  bytes: number
  /** Files and links that were there already, with this content. */
  unchanged: number
  failed: number
}

/** Of the stand-ins that a repair puts in the place of what is lost. */
const LOST_CODE = 'chunk-missing'
const PROGRESS_MS = 200
const PRIVATE_FOLDER = 0o700

/** Restores `items`. One that fails is told and counted, and the others go on. Throws `interrupted`, `no-space`, and for bugs. */
export async function restoreTree(repository: Repository, request: RestoreRequest, options: RestoreOptions): Promise<RestoreCounts> {
  const run = new RestoreRun(
    repository,
    request,
    options,
    new RestoreRounds({
      repository,
      index: await repository.loadIndex(),
      read: options.read,
      references: request.references,
      totalBytes: request.totals.bytes,
      workers: options.workers ?? availableParallelism(),
      signal: options.signal,
      emit: options.emit,
    }),
  )
  try {
    return await run.restore()
  } finally {
    await run.close()
  }
}

function makeTarget(target: ByteString): void {
  try {
    makeFolder(target)
  } catch (error) {
    throw fileError(error, `cannot make the folder '${displayName(target)}'`)
  }
}

class RestoreRun {
  readonly #request: RestoreRequest
  readonly #options: RestoreOptions
  readonly #files: RestoreRounds
  readonly #pacer: Pacer
  readonly #restoresOwners = mayRestoreOwners()
  /** Folders in the order of the walk, whose times must not be touched after them. */
  readonly #directories: {path: ByteString; metadata: EntryMetadata; isOurs: boolean}[] = []
  readonly #startMs = monotonicMs()
  readonly #timer: NodeJS.Timeout
  /** The folder that was not made last; what is below it is left out, as it would go wherever something else of this name leads. */
  #unmade: {below: string; code: string} | undefined
  #hasTarget = false
  #isDone = false
  #links = 0
  #unchanged = 0
  #failed = 0

  constructor(_repository: Repository, request: RestoreRequest, options: RestoreOptions, files: RestoreRounds) {
    this.#request = request
    this.#options = options
    this.#files = files
    this.#pacer = new Pacer({signal: options.signal, backpressure: () => Promise.resolve()})
    this.#timer = setInterval(() => this.#options.emit(this.#progress()), PROGRESS_MS)
  }

  async restore(): Promise<RestoreCounts> {
    const {target, items} = this.#request
    makeTarget(target)
    this.#hasTarget = true
    for await (const item of items) {
      await this.#restoreItem(item)
      if (this.#pacer.isDue()) await this.#pacer.turn()
    }
    await this.#files.finish()
    this.#setDirectories()
    this.#isDone = true
    this.#options.emit(this.#progress())
    return {
      files: this.#files.counts.files,
      directories: this.#directories.length,
      links: this.#links,
      bytes: this.#files.counts.bytes,
      unchanged: this.#unchanged,
      failed: this.#failed + this.#files.counts.failed,
    }
  }

  /** A run that ends early leaves the folders that it made as they are to be, as far as it can. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#files.close()
    // Writable, so that the next run can go on in them.
    if (this.#hasTarget && !this.#isDone) this.#setDirectories(PRIVATE_FOLDER)
  }

  async #restoreItem(item: RestoreItem): Promise<void> {
    const {path} = item
    const isUnmade = this.#unmade !== undefined && `${path}/`.startsWith(this.#unmade.below)
    if (item.damage) {
      if (!isUnmade) this.#fail(path, item.damage)
    } else if (this.#unmade && path.startsWith(this.#unmade.below)) {
      this.#fail(path, {code: this.#unmade.code, message: 'the folder that it is in could not be made'})
    } else await this.#restoreEntry(item)
  }

  async #restoreEntry({path, entry}: RestoreEntry): Promise<void> {
    const failure = this.#request.plan.failed.get(path)
    if (failure) this.#fail(path, failure)
    if (entry.type === ENTRY_TYPE.directory) {
      const code = failure?.code ?? this.#try(path, () => this.#makeDirectory(path, entry))
      if (code !== undefined) this.#unmade = {below: `${path}/`, code}
    } else if (failure) return
    else if (entry.type === ENTRY_TYPE.link) this.#try(path, () => this.#makeLink(path, entry))
    else if (entry.type === ENTRY_TYPE.file) await this.#restoreFile(path, entry)
    else this.#warnUnread(path, entry)
  }

  #makeDirectory(path: ByteString, entry: TreeEntry): void {
    const own = joinPath(this.#request.target, path)
    if (this.#request.plan.present.get(path) !== 'keep') {
      this.#clear(path, own)
      mkdirSync(nativePath(own), {mode: PRIVATE_FOLDER})
    }
    // Not the entry itself, whose references are views of a whole frame of pages.
    const {mode, uid, gid, mtimeNs} = entry
    this.#directories.push({path, metadata: {mode, uid, gid, mtimeNs}, isOurs: !this.#leavesAsItIs(path)})
    if (entry.error) this.#warnUnread(path, entry)
  }

  #makeLink(path: ByteString, entry: TreeEntry): void {
    const own = joinPath(this.#request.target, path)
    if (this.#leavesAsItIs(path)) return void this.#unchanged++
    if (this.#request.plan.present.get(path) === 'keep') this.#unchanged++
    else {
      this.#clear(path, own)
      symlinkSync(nativePath(entry.target ?? ('' as ByteString)), nativePath(own))
      this.#links++
    }
    this.#warnMetadata(path, setLinkMetadata(own, entry, this.#restoresOwners))
  }

  /** Whether the entry is there already with its content, and its mode, owner and times are not ours to change. */
  #leavesAsItIs(path: ByteString): boolean {
    return this.#request.plan.present.get(path) === 'keep' && !this.#request.mayOverwrite
  }

  /** Takes away what is in the way of an entry that is not a file; a file's place is taken by renaming. */
  #clear(path: ByteString, own: ByteString): void {
    if (this.#request.plan.present.get(path) === 'overwrite') unlinkSync(nativePath(own))
  }

  async #restoreFile(path: ByteString, entry: TreeEntry): Promise<void> {
    const own = joinPath(this.#request.target, path)
    const isTorn = entry.error?.code === CHANGED_WHILE_READ
    if (entry.error && !isTorn && entry.references.lengths.length === 0) return this.#warnUnread(path, entry)
    if (entry.error) this.#warnTorn(path)
    const action = this.#request.plan.present.get(path)
    if (action === 'keep') {
      this.#unchanged++
      return this.#leavesAsItIs(path) ? undefined : this.#files.setMetadata(path, own, entry)
    }
    await this.#files.add({path, absolute: own, entry, isReplacement: action === 'overwrite'})
  }

  /** Those that the snapshot has something to say of; `alsoMode` is added to their modes. */
  #setDirectories(alsoMode = 0): void {
    for (const {path, metadata, isOurs} of this.#directories.toReversed()) {
      if (isOurs) this.#setDirectory(path, {...metadata, mode: metadata.mode | alsoMode})
    }
    const {rootEntry} = this.#request
    if (rootEntry) this.#setDirectory('' as ByteString, {...rootEntry, mode: rootEntry.mode | alsoMode})
  }

  #setDirectory(path: ByteString, metadata: EntryMetadata): void {
    // The target may be a link to a folder, which `.` is in.
    const own = joinPath(this.#request.target, path === '' ? ('.' as ByteString) : path)
    this.#warnMetadata(path, setMetadataAt(own, 'directory', metadata, this.#restoresOwners))
  }

  #warnMetadata(path: ByteString, code: string | undefined): void {
    if (code !== undefined) this.#options.emit(metadataWarning(path, code))
  }

  /** Tells and counts a system error of `work`; returns its code. */
  #try(path: ByteString, work: () => void): string | undefined {
    try {
      work()
      return undefined
    } catch (error) {
      const code = systemCode(error)
      if (code === undefined) throw error
      if (code === 'ENOSPC') throw new PocketError('no-space', `no space left to restore '${displayName(path)}'`, {cause: error})
      this.#fail(path, {code, message: error instanceof Error ? error.message : code})
      return code
    }
  }

  #fail(path: ByteString, {code, message, hint}: RestoreFailure): void {
    this.#failed++
    this.#options.emit({type: 'failed', path: displayPath(path), code, message, hint})
  }

  #warnTorn(path: ByteString): void {
    const message = 'it changed each time while it was read for the snapshot, and is restored as it was read last'
    this.#options.emit({type: 'warning', path: displayName(path), message})
  }

  #warnUnread(path: ByteString, {error}: TreeEntry): void {
    const why = error ? `: ${error.message}` : ''
    // Of a file of the machine the system's codes are there.
    const message =
      error?.code === LOST_CODE
        ? `not in the snapshot, since it was lost before the snapshot was repaired${why}`
        : `not in the snapshot, since it could not be read when it was taken${why}`
    this.#options.emit({type: 'warning', path: displayName(path), message})
  }

  #progress(): RestoreProgress {
    const {counts, currentFile} = this.#files
    return {
      type: 'progress',
      elapsedMs: monotonicMs() - this.#startMs,
      files: counts.files + this.#unchanged,
      bytes: this.#files.writtenBytes,
      totalFiles: this.#request.totals.files,
      totalBytes: this.#request.totals.bytes,
      currentFile: currentFile === undefined ? undefined : displayName(currentFile),
    }
  }
}
