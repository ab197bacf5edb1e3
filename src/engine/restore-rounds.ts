/**
 * Restores files in two rounds: what was not to be had by way of the index of the beginning may lie in another pack by now, as after a prune
 * that wrote packs anew, or have a second copy. So it is looked up once more, at the end, before it counts as lost.
 */
import type {ErrorCode} from '../errors.js'
import type {TreeEntry} from '../snapshot/entries.js'
import type {ByteString} from '../util/bytes.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ObjectId} from '../id.js'
import type {RestoreFailure} from './restore-messages.js'
import {RestoreFiles, type RestoreFilesOptions} from './restore-files.js'
import type {FileRequest} from './restore-window.js'

/** What may lie whole in another pack. */
const MAY_LIE_ELSEWHERE: ReadonlySet<string> = new Set<ErrorCode>([
  'chunk-missing',
  'damaged-chunk',
  'damaged-frame',
  'damaged-object',
  'damaged-pack',
  'io-failed',
  'object-missing',
])

export type RestoreRoundsOptions = Omit<RestoreFilesOptions, 'retryLater'>

export class RestoreRounds {
  readonly #options: RestoreRoundsOptions
  #files: RestoreFiles
  readonly #later: {file: FileRequest; failure: RestoreFailure}[] = []
  /** Of the first round, once it is over. */
  #before = {files: 0, bytes: 0, failed: 0}

  constructor(options: RestoreRoundsOptions) {
    this.#options = options
    const retryLater = (file: FileRequest, failure: RestoreFailure): boolean =>
      MAY_LIE_ELSEWHERE.has(failure.code) && this.#later.push({file: detached(file), failure}) > 0
    this.#files = new RestoreFiles({...options, retryLater})
  }

  get counts(): {files: number; bytes: number; failed: number} {
    const {files, bytes, failed} = this.#files.counts
    return {files: this.#before.files + files, bytes: this.#before.bytes + bytes, failed: this.#before.failed + failed}
  }

  /** Bytes of chunks that have been written, also of files that are not whole yet. */
  get writtenBytes(): number {
    return this.#before.bytes + this.#files.writtenBytes
  }

  get currentFile(): ByteString | undefined {
    return this.#files.currentFile
  }

  /** Plans a file; may wait while others are written. */
  add(request: FileRequest): Promise<void> {
    return this.#files.add(request)
  }

  /** Sets the metadata of a file that is there already with its content. */
  setMetadata(path: ByteString, absolute: ByteString, entry: TreeEntry): void {
    this.#files.setMetadata(path, absolute, entry)
  }

  /** Resolves when every file is finished or has failed. */
  async finish(): Promise<void> {
    await this.#files.finish()
    if (this.#later.length === 0) return
    const {repository} = this.#options
    const {suspects, damaged} = this.#files
    const unread = new Set([...suspects, ...damaged])
    this.#before = this.#files.counts
    await this.#files.close()
    const index = await repository.reloadIndex(unread)
    const totalBytes = this.#later.reduce((sum, {file}) => sum + file.entry.sizeBytes, 0)
    this.#files = new RestoreFiles({...this.#options, index, totalBytes, references: undefined})
    for (const {file, failure} of this.#later) {
      if (liesElsewhere(file, this.#options.index, index, unread)) await this.#files.add(file)
      else this.#files.refuse(file, failure)
    }
    await this.#files.finish()
    await repository.noteDamaged([...damaged, ...this.#files.damaged])
  }

  close(): Promise<void> {
    return this.#files.close()
  }
}

/** Whether `now` leads to another place for something of the file that `before` did not lead to, or to one of `unread`. */
function liesElsewhere({entry}: FileRequest, before: ChunkIndex, now: ChunkIndex, unread: ReadonlySet<ObjectId>): boolean {
  const {depth, references} = entry
  // What its lists lead to is only known when they are read.
  if (depth > 0) return true
  const packOf = (index: ChunkIndex, chunk: number): ObjectId | undefined => {
    const location = index.locate(references.ids, chunk * CHUNK_ID_BYTES)
    return location && index.frame(location.frame).pack.id
  }
  for (let chunk = 0; chunk < references.lengths.length; chunk++) {
    const first = packOf(before, chunk)
    if (first !== undefined && !unread.has(first)) continue
    const second = packOf(now, chunk)
    if (second !== undefined && second !== first) return true
  }
  return false
}

/** Holds no view of a page, nor of the frame that the page lies in. */
function detached(file: FileRequest): FileRequest {
  const {ids, lengths} = file.entry.references
  return {...file, entry: {...file.entry, references: {ids: Uint8Array.from(ids), lengths: Uint32Array.from(lengths)}}}
}
