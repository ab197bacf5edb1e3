/**
 * A write session: the time in which chunks are added to a repository. It exists only inside `writeChunks`, which keeps the order of
 * writing: packs are durable before the index that names them, and both before the callback's result can go into a snapshot.
 */
import {isPocketError} from '../errors.js'
import {createCompressor} from '../compression/zstd.js'
import {type ClaimBuffer, createClaimBuffer} from './claim-table.js'
import type {ChunkIndex} from './chunk-index.js'
import type {IndexedPack} from '../format/index-record.js'
import {monotonicMs} from '../util/clock.js'
import {inAdvance} from '../util/concurrency.js'
import {mergeIndexes} from './index-rewrite.js'
import {saveIndex} from './index-store.js'
import type {Grounds} from './grounds.js'
import {indexName} from './names.js'
import {findOrphans} from './orphans.js'
import type {FinishedPack} from './pack-builder.js'
import {listPacks, type StoredPacks} from './pack-listing.js'
import {PackUploader} from './pack-uploader.js'
import {listRemovals, loadRemovals} from './removal-store.js'
import type {Repository} from './repository.js'
import {SessionNotes} from './session-notes.js'
import type {ObjectId} from '../id.js'
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
  /** Looks whether the packs are there that the index names, also where that is dear and was done lately. */
  checksPacks?: boolean
}

/** What is known when a session begins. */
interface Begun {
  /** Names of the removals that were there before. */
  removals: ReadonlySet<string>
  /** The packs that they name, and those that are damaged: nothing is to rely on them. */
  without: ReadonlySet<ObjectId>
  /** The packs that were found damaged on this machine. */
  damaged: ReadonlySet<ObjectId>
  notes?: SessionNotes
}

export class WriteSession {
  readonly repository: Repository
  readonly index: ChunkIndex
  readonly claims: ClaimBuffer = createClaimBuffer()
  readonly #uploader: PackUploader
  readonly #trees: TreeSaver
  readonly #isDryRun: boolean
  readonly #notes: SessionNotes | undefined
  readonly #unindexed: IndexedPack[] = []
  #unindexedChunks = 0
  #indexedAtMs = monotonicMs()
  #saving: Promise<void> = Promise.resolve()
  #dryRunBytes = 0
  /** Whether its index names what may not be indexed. */
  #hasAdopted = false
  readonly #removals: ReadonlySet<string>
  readonly #ownIndexes: string[] = []
  readonly #ownPacks: ObjectId[] = []

  /** `notes`: none in a dry run. */
  private constructor(repository: Repository, index: ChunkIndex, options: WriteSessionOptions & Begun) {
    const {treeLevel, isDryRun = false, removals, notes} = options
    this.repository = repository
    this.#removals = removals
    this.#notes = notes
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
    // At the same time as the index: a removal that this misses is one that was not there, and is seen when the snapshot is announced.
    const listed = inAdvance(listRemovals(repository.backend))
    // An index of its own: what a session adds to it is not durable until the session has indexed it, so no other may rely on it.
    await repository.renewIndex()
    const removals = await listed
    const going = await loadRemovals(repository.removalStore, removals)
    const damaged = await repository.damagedPacks()
    const without = new Set([...damaged, ...going.flatMap(({packs}) => packs)])
    const index = await repository.leaveOut(without)
    const begun = {...options, removals: new Set(removals.keys()), without, damaged}
    if (options.isDryRun) return new WriteSession(repository, index, begun)
    const notes = await SessionNotes.open(repository)
    try {
      return await WriteSession.#beginOnPresent(repository, {...begun, notes}, notes)
    } catch (error) {
      await notes.withdraw()
      throw error
    }
  }

  /** Packs that are gone are noticed before anything relies on them, and what they held is stored anew. */
  static async #beginOnPresent(repository: Repository, options: WriteSessionOptions & Begun, notes: SessionNotes): Promise<WriteSession> {
    const {isListingDear} = repository.backend.access
    const mayRely = isListingDear && notes.isListedLately && !options.checksPacks
    if (mayRely && !notes.mayHaveOrphans) return new WriteSession(repository, await repository.loadIndex(), options)
    const stored = await listPacks(repository.backend)
    const index = await repository.loadPresentIndex(stored)
    await repository.forgetGone(options.damaged, stored)
    if (isListingDear) await notes.noteListing()
    const session = new WriteSession(repository, index, options)
    if (notes.mayHaveOrphans) await session.#adoptOrphans(stored, repository.leftOut)
    return session
  }

  get storedBytes(): number {
    return this.#uploader.totals.storedBytes + this.#dryRunBytes
  }

  /** What has been stored; a view that goes on counting until the session has ended. */
  get totals(): {readonly storedBytes: number} {
    return this
  }

  /** Whether it has put index objects. */
  get hasIndexed(): boolean {
    return this.#ownIndexes.length > 0
  }

  /** What everything that was added counts on. */
  get grounds(): Grounds {
    const {index} = this
    const packs = function* (own: readonly ObjectId[]): Generator<ObjectId, void> {
      for (const {id} of index.packs) yield id
      yield* own
    }
    return {removals: this.#removals, indexes: new Set([...index.objects, ...this.#ownIndexes]), packs: () => packs(this.#ownPacks)}
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
    this.#ownPacks.push(pack.id)
    this.#uploader.put(pack, release)
  }

  /** Resolves when more packs may be put, and nobody wants the run to pause; throws the error of one that could not be stored. */
  async ready(): Promise<void> {
    await this.repository.backend.paused?.()
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
  }

  /** As `finish`, in the middle of a session that goes on. */
  async secure(): Promise<void> {
    this.#trees.finish()
    await this.#uploader.settle()
    this.#uploader.check()
    this.#collect()
    await this.#saveIndex()
  }

  /** Waits for the packs under way and indexes those that are durable, so that no finished work is lost, also after a failure. */
  async settle(): Promise<void> {
    try {
      await this.#uploader.settle()
      this.#collect()
      await this.#saveIndex()
    } finally {
      // The workers shared the index, so it could not grow while they ran: what comes after the session loads it anew, also after a failure.
      const {leftOut} = this.repository
      this.repository.refresh()
      if (!this.#hasAdopted && leftOut.size === 0) this.repository.giveBackIndex(this.index)
    }
    await this.#notes?.remove()
  }

  /** Leaves what could not be settled to the next session. */
  abandon(): void {
    this.#notes?.abandon()
  }

  #collect(): void {
    for (const pack of this.#uploader.takeDurable()) {
      this.#unindexed.push(pack)
      this.#unindexedChunks += pack.directory.chunkLengths.length
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
    for (const id of await saveIndex(this.repository.indexStore, packs)) this.#ownIndexes.push(indexName(id))
    this.#unindexed.splice(0, packs.length)
    this.#unindexedChunks = 0
    this.#indexedAtMs = monotonicMs()
  }

  async #adoptOrphans(stored: StoredPacks, without: ReadonlySet<ObjectId>): Promise<void> {
    const {backend, sealing, onWarning} = this.repository
    const orphans = await findOrphans({backend, sealing, index: this.index, stored, without, onDamaged: onWarning})
    for (const pack of orphans) this.#adopt(pack)
  }

  #adopt(pack: IndexedPack): void {
    this.#hasAdopted = true
    this.index.add(pack)
    this.repository.rememberPack(pack.id, pack.kind)
    this.#unindexed.push(pack)
    this.#unindexedChunks += pack.directory.chunkLengths.length
  }
}

/** Merging is housekeeping, for when a session has put index objects: what fails in it is told, and the next time tries again. */
export async function tidyIndexes(repository: Repository): Promise<void> {
  try {
    await mergeIndexes(repository.indexStore)
  } catch (error) {
    if (!isPocketError(error)) throw error
    repository.onWarning(error)
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
