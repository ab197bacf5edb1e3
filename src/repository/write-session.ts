/**
 * A write session: the time in which chunks are added to a repository. It exists only inside `writeChunks`, which keeps the order of
 * writing: packs are durable before the index that names them, and both before the callback's result can go into a snapshot.
 */
import {fileError, isPocketError} from '../errors.js'
import {createCompressor} from '../compression/zstd.js'
import {type ClaimBuffer, createClaimBuffer} from './claim-table.js'
import type {ChunkIndex} from './chunk-index.js'
import type {IndexedPack} from '../format/index-record.js'
import {monotonicMs} from '../util/clock.js'
import {mergeIndexes, saveIndex} from './index-store.js'
import {findOrphans} from './orphans.js'
import type {FinishedPack} from './pack-builder.js'
import {PackUploader} from './pack-uploader.js'
import type {Repository} from './repository.js'
import {findDeadMarkers, placeMarker, removeMarkers, type SessionMarker} from './session-marker.js'
import type {ChunkReference} from '../format/reference.js'
import {TreeSaver} from './tree-saver.js'

const PARALLEL_PUTS = 4
const MAX_TREE_PACK_BYTES = 16 * 1024 * 1024
const INDEX_EVERY_MS = 5 * 60_000
const INDEX_AT_CHUNKS = 250_000

export interface WriteSessionOptions {
  /** zstd level of trees; undefined stores them as they are. */
  treeLevel: number | undefined
  /** Nothing is put and nothing is kept: what would be stored is only counted. */
  isDryRun?: boolean
}

export class WriteSession {
  readonly repository: Repository
  readonly index: ChunkIndex
  readonly claims: ClaimBuffer = createClaimBuffer()
  readonly #uploader: PackUploader
  readonly #trees: TreeSaver
  readonly #isDryRun: boolean
  #marker: SessionMarker | undefined
  #deadMarkers: string[] = []
  readonly #unindexed: IndexedPack[] = []
  #unindexedChunks = 0
  #indexedAtMs = monotonicMs()
  #indexWritten = false
  #saving: Promise<void> = Promise.resolve()
  #dryRunBytes = 0

  private constructor(repository: Repository, index: ChunkIndex, {treeLevel, isDryRun = false}: WriteSessionOptions) {
    this.repository = repository
    this.index = index
    this.#isDryRun = isDryRun
    this.#uploader = new PackUploader(repository.backend, Math.max(PARALLEL_PUTS, repository.backend.access.parallelPuts * 2))
    this.#trees = new TreeSaver({
      sealing: repository.sealing,
      treeChunkKey: repository.keys.treeChunkKey,
      index,
      claims: this.claims,
      compressor: treeLevel === undefined ? undefined : createCompressor(treeLevel),
      frameBytes: repository.config.frameTargetBytes,
      packBytes: Math.min(repository.packBytes(index), MAX_TREE_PACK_BYTES),
      emit: (pack) => this.putPack(pack, () => undefined),
    })
  }

  static async begin(repository: Repository, options: WriteSessionOptions): Promise<WriteSession> {
    // An index of its own: what a session adds to it is not durable until the session has indexed it, so no other may rely on it.
    repository.refresh()
    // Packs that are gone are noticed before anything relies on them, and what they held is stored anew.
    const index = await (options.isDryRun ? repository.loadIndex() : repository.loadPresentIndex())
    const session = new WriteSession(repository, index, options)
    try {
      if (!options.isDryRun) await session.#adoptOrphans()
    } catch (error) {
      session.abandon()
      throw error
    }
    return session
  }

  get storedBytes(): number {
    return this.#uploader.totals.storedBytes + this.#dryRunBytes
  }

  /** What has been stored; a view that goes on counting until the session has ended. */
  get totals(): {readonly storedBytes: number} {
    return this
  }

  /** New tree chunks so far. */
  get treeTotals(): {chunks: number; rawBytes: number} {
    return this.#trees.totals
  }

  /** Saves a tree chunk unless the repository has it. */
  saveTree(bytes: Uint8Array): ChunkReference {
    return this.#trees.save(bytes)
  }

  /** Begins to store `pack`; `release` is called when its memory may be used again. */
  putPack(pack: FinishedPack, release: () => void): void {
    if (this.#isDryRun) {
      this.#dryRunBytes += pack.bytes.length
      return release()
    }
    this.repository.rememberPack(pack.id, pack.kind)
    this.#uploader.put(pack, release)
  }

  /** Resolves when more packs may be put; throws the error of one that could not be stored. */
  async ready(): Promise<void> {
    await this.#uploader.ready()
    this.#collect()
    const isDue = this.#unindexedChunks >= INDEX_AT_CHUNKS || monotonicMs() - this.#indexedAtMs > INDEX_EVERY_MS
    if (isDue && this.#unindexed.length > 0) await this.#saveIndex()
  }

  /** Stores what is pending; then everything is indexed and durable. */
  async finish(): Promise<void> {
    this.#trees.finish()
    await this.settle()
    this.#uploader.check()
    if (this.#indexWritten) await this.#mergeIndexes()
  }

  /** Waits for the packs under way and indexes those that are durable, so that no finished work is lost, also after a failure. */
  async settle(): Promise<void> {
    try {
      await this.#uploader.settle()
      this.#collect()
      await this.#saveIndex()
    } finally {
      // The workers shared the index, so it could not grow while they ran: what comes after the session loads it anew, also after a failure.
      this.repository.refresh()
    }
    await this.#removeMarkers()
  }

  /** Leaves what could not be settled to the next session. */
  abandon(): void {
    this.#marker?.abandon()
  }

  /** Merging is housekeeping: what fails in it is told, and the next session tries again. */
  async #mergeIndexes(): Promise<void> {
    try {
      await mergeIndexes(this.repository.indexStore)
    } catch (error) {
      if (!isPocketError(error)) throw error
      this.repository.onWarning(error)
    }
  }

  #collect(): void {
    for (const pack of this.#uploader.takeDurable()) {
      this.#unindexed.push(pack)
      this.#unindexedChunks += pack.directory.chunkLengths.length
    }
  }

  /** A marker that stays makes the next session look for orphans, and find none: that is told, and fails nothing. */
  async #removeMarkers(): Promise<void> {
    try {
      await this.#marker?.remove()
      await removeMarkers(this.#deadMarkers)
    } catch (error) {
      const warning = fileError(error, `cannot remove notes from the cache '${this.repository.cacheDirectory}'`)
      if (!isPocketError(warning)) throw error
      this.repository.onWarning(warning)
    }
  }

  /** One call after the other, so that no pack is indexed twice and none is forgotten. */
  #saveIndex(): Promise<void> {
    const saved = this.#saving.then(() => this.#saveUnindexed())
    // Its caller hears of an error; the next call tries again.
    this.#saving = saved.catch(() => undefined)
    return saved
  }

  /** Packs whose index cannot be stored stay unindexed, and the marker stays where it is. */
  async #saveUnindexed(): Promise<void> {
    const packs = [...this.#unindexed]
    if (packs.length === 0) return
    await saveIndex(this.repository.indexStore, packs)
    this.#unindexed.splice(0, packs.length)
    this.#unindexedChunks = 0
    this.#indexedAtMs = monotonicMs()
    this.#indexWritten = true
  }

  async #adoptOrphans(): Promise<void> {
    const {backend, sealing, onWarning} = this.repository
    const cacheDirectory = await this.#usableCache()
    if (cacheDirectory === undefined || this.#deadMarkers.length > 0) {
      const orphans = await findOrphans({backend, sealing, index: this.index, onDamaged: onWarning})
      for (const pack of orphans) this.#adopt(pack)
    }
  }

  /** The cache's folder, if markers can be kept there; a run goes on without, as it does without a cache. */
  async #usableCache(): Promise<string | undefined> {
    const {cacheDirectory, onWarning} = this.repository
    if (cacheDirectory === undefined) return undefined
    try {
      this.#deadMarkers = await findDeadMarkers(cacheDirectory)
      this.#marker = await placeMarker(cacheDirectory)
      return cacheDirectory
    } catch (error) {
      const warning = fileError(error, `cannot keep notes in the cache '${cacheDirectory}'`)
      if (!isPocketError(warning)) throw error
      onWarning(warning)
      return undefined
    }
  }

  #adopt(pack: IndexedPack): void {
    this.index.add(pack)
    this.repository.rememberPack(pack.id, pack.kind)
    this.#unindexed.push(pack)
    this.#unindexedChunks += pack.directory.chunkLengths.length
  }
}

/**
 * Runs `work` with a session to add chunks. When it returns, everything that was added is durable and indexed; when it throws, so is
 * what had been finished by then, and the error goes on.
 */
export async function writeChunks<T>(
  repository: Repository,
  options: WriteSessionOptions,
  work: (session: WriteSession) => Promise<T>,
): Promise<T> {
  const session = await WriteSession.begin(repository, options)
  try {
    const result = await work(session)
    await session.finish()
    return result
  } catch (error) {
    await settleAfter(session, error)
    throw error
  }
}

/** The first error is what the user has to know and is thrown by the caller; one in the clean-up after it is told as a warning. */
async function settleAfter(session: WriteSession, first: unknown): Promise<void> {
  try {
    await session.settle()
  } catch (second) {
    session.abandon()
    if (!isPocketError(second)) throw new AggregateError([first, second], 'two errors at once')
    if (!isPocketError(first) || first.code !== second.code) session.repository.onWarning(second)
  }
}
