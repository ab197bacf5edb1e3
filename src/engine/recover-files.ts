/**
 * Fetches lost content from a repository with other keys, whose chunks have other ids: the same file is looked for by its path, size and time,
 * cut as it is here, and what comes out is compared by its hash with what is lost.
 */
import {Chunker} from '../chunker/fastcdc.js'
import {gearTable} from '../chunker/gear.js'
import {isPocketError} from '../errors.js'
import {joinPath} from '../filesystem/native-path.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {gearBlock} from '../repository/key-schedule.js'
import {ChunkVerifier} from '../repository/pack-reader.js'
import type {Repository} from '../repository/repository.js'
import type {StoredSnapshot} from '../repository/snapshot-store.js'
import {findPath, type TreeEntry} from '../snapshot/entries.js'
import {readContent, type ReadTree, referenceAt} from '../snapshot/read-tables.js'
import {type ByteString, toHex} from '../util/bytes.js'
import {isDamageOfOne} from './check-packs.js'
import {TreeCheck} from './check-trees.js'
import type {Pacer} from './pacer.js'
import type {Recovered, RecoveryOptions} from './recover-chunks.js'

export interface FileRecoveryOptions extends Omit<RecoveryOptions, 'fetch'> {
  repository: Repository
  other: Repository
  /** Snapshots of the other repository. */
  theirs: readonly StoredSnapshot[]
  pacer: Pacer
}

/** So many snapshots of the other are looked into for one file. */
const MOST_CANDIDATES = 16
const LEAST_BUFFER_BYTES = 4 * 1024 * 1024

export class FileRecovery {
  readonly #options: FileRecoveryOptions
  readonly #check: TreeCheck
  readonly #cutter: Cutter
  readonly #index: ChunkIndex
  /** Ids of lost chunks: whether they have been found. */
  readonly #lost = new Map<string, boolean>()
  readonly #totals = {chunks: 0, bytes: 0}

  constructor(options: FileRecoveryOptions) {
    const {repository, index, read, pacer} = options
    this.#options = options
    this.#index = index
    this.#check = new TreeCheck({index, read, pacer})
    this.#cutter = new Cutter(repository)
  }

  get result(): Recovered {
    return {...this.#totals, missing: [...this.#lost.values()].filter((isFound) => !isFound).length}
  }

  /** Recovers content of files that the snapshot lacks. Listings that are lost count as missing, with all that they list. */
  async recover(record: SnapshotRecord): Promise<void> {
    if (await this.#check.isWhole(record.root)) return
    for await (const {path} of this.#check.damaged(record.root)) {
      const found = await findPath(this.#options.read, record, path)
      if (found.isRoot || found.entry.type !== ENTRY_TYPE.file) this.#lost.set(`listing ${path}`, false)
      else await this.#recoverFile(joinPath(record.base, path), found.entry, record)
    }
  }

  async #recoverFile(path: ByteString, entry: TreeEntry, record: SnapshotRecord): Promise<void> {
    const wanted = await this.#lostOf(entry)
    if (!wanted) return void this.#lost.set(`lists ${path}`, false)
    if (wanted.size === 0) return
    for (const candidate of this.#candidates(record)) {
      const twin = await this.#findTwin(candidate, path, entry)
      if (twin && (await this.#takeFrom(twin, wanted))) return
    }
  }

  /** Ids of what is lost of a file and not found so far; undefined where its lists are lost. */
  async #lostOf({references, depth}: TreeEntry): Promise<Set<string> | undefined> {
    const wanted = new Set<string>()
    try {
      for await (const {ids, lengths} of readContent(this.#options.read, references, depth)) {
        for (let chunk = 0; chunk < lengths.length; chunk++) {
          const at = chunk * CHUNK_ID_BYTES
          if (this.#index.has(ids, at)) continue
          const id = toHex(ids.subarray(at, at + CHUNK_ID_BYTES))
          if (!this.#lost.has(id)) this.#lost.set(id, false)
          if (!this.#lost.get(id)) wanted.add(id)
        }
      }
    } catch (error) {
      if (!isDamageOfOne(error)) throw error
      return undefined
    }
    return wanted
  }

  /** The snapshot of the same time and host first, then those that are next to it in time. */
  #candidates({timeNs, host}: SnapshotRecord): SnapshotRecord[] {
    const distance = (one: SnapshotRecord): bigint => (one.timeNs > timeNs ? one.timeNs - timeNs : timeNs - one.timeNs)
    const rank = (one: SnapshotRecord): bigint => distance(one) * 2n + (one.host === host ? 0n : 1n)
    const records = this.#options.theirs.map(({record}) => record)
    return records.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, MOST_CANDIDATES)
  }

  /** The file in a snapshot of the other repository, if it is there as it is here. */
  async #findTwin(record: SnapshotRecord, path: ByteString, entry: TreeEntry): Promise<TreeEntry | undefined> {
    try {
      const found = await findPath(await this.#theirRead(), record, path)
      if (found.isRoot) return undefined
      const {type, sizeBytes, mtimeNs} = found.entry
      return type === entry.type && sizeBytes === entry.sizeBytes && mtimeNs === entry.mtimeNs ? found.entry : undefined
    } catch (error) {
      if (!isNotThere(error) && !isDamageOfOne(error)) throw error
      return undefined
    }
  }

  /** Whether all of `wanted` was found in the content of the other repository's `twin`. */
  async #takeFrom({references, depth}: TreeEntry, wanted: Set<string>): Promise<boolean> {
    const data = await this.#options.other.dataChunks()
    const content = async function* (read: ReadTree): AsyncGenerator<Uint8Array, void> {
      for await (const part of readContent(read, references, depth)) {
        for (let chunk = 0; chunk < part.lengths.length; chunk++) yield await data.read(referenceAt(part, chunk))
      }
    }
    try {
      for await (const {id, bytes} of this.#cutter.cut(content(await this.#theirRead()))) {
        this.#options.pacer.check()
        const name = toHex(id)
        if (!wanted.delete(name)) continue
        this.#lost.set(name, true)
        this.#totals.chunks++
        this.#totals.bytes += bytes.length
        await this.#options.store('data', id, bytes)
      }
    } catch (error) {
      if (!isDamageOfOne(error)) throw error
    }
    return wanted.size === 0
  }

  async #theirRead(): Promise<ReadTree> {
    const trees = await this.#options.other.trees()
    return (chunk) => trees.read(chunk)
  }
}

function isNotThere(error: unknown): boolean {
  return isPocketError(error, 'path-missing') || isPocketError(error, 'not-a-directory')
}

/** Cuts content as a snapshot of this repository does. */
class Cutter {
  readonly #chunker: Chunker
  readonly #verifier: ChunkVerifier

  constructor({config, keys}: Repository) {
    const bufferBytes = Math.max(LEAST_BUFFER_BYTES, 2 * config.chunker.maxSize)
    this.#chunker = new Chunker({parameters: config.chunker, gear: gearTable((counter) => gearBlock(keys.gearKey, counter)), bufferBytes})
    this.#verifier = new ChunkVerifier(keys.dataChunkKey)
  }

  /** `bytes` are valid until the next is asked for. */
  async *cut(content: AsyncIterable<Uint8Array>): AsyncGenerator<{id: Uint8Array; bytes: Uint8Array}, void> {
    const {buffer} = this.#chunker
    let filled = 0
    for await (const part of content) {
      for (let at = 0; at < part.length; ) {
        const taken = Math.min(part.length - at, buffer.length - filled)
        buffer.set(part.subarray(at, at + taken), filled)
        at += taken
        filled += taken
        if (filled === buffer.length) filled = yield* this.#drain(filled, false)
      }
    }
    yield* this.#drain(filled, true)
  }

  /** Gives the chunks that are certain; what is left is moved to the front. */
  *#drain(filled: number, isFinal: boolean): Generator<{id: Uint8Array; bytes: Uint8Array}, number> {
    const {buffer, lengths} = this.#chunker
    const count = this.#chunker.cut(0, filled, isFinal)
    let start = 0
    for (const length of lengths.slice(0, count)) {
      const bytes = buffer.subarray(start, start + length)
      yield {id: this.#verifier.idOf(bytes), bytes}
      start += length
    }
    buffer.copyWithin(0, start, filled)
    return filled - start
  }
}
