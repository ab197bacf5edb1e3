/**
 * A repository on a backend: what is needed to read and write it, opened once. What is done with it lies beside it: packs, index,
 * snapshots, keys, the write session. This folder knows nothing of the user's files and of what snapshots mean.
 */
import type {Backend} from '../backend/backend.js'
import {fileError, isPocketError, PocketError} from '../errors.js'
import type {ConfigRecord} from '../format/config.js'
import {SUITE} from '../format/head.js'
import {type ObjectId, shortId} from '../id.js'
import {toHex} from '../util/bytes.js'
import {mapBounded} from '../util/concurrency.js'
import type {ChunkIndex, ChunkKind, PackInfo} from './chunk-index.js'
import {ChunkReader, type ChunkReaderOptions} from './chunk-reader.js'
import {forgetDamagedPacks, noteDamagedPacks, readDamagedPacks} from './damaged-packs.js'
import {dropPacks} from './index-rewrite.js'
import {bringUpToDate, type IndexStoreContext, loadIndex} from './index-store.js'
import type {RepositoryKeys} from './key-schedule.js'
import type {UnlockedKey} from './key-store.js'
import {packName} from './names.js'
import {forgetListing, type StoredPacks} from './pack-listing.js'
import type {RemovalStoreContext} from './removal-store.js'
import type {SealingContext} from './sealing.js'

/** Told of what was stepped over: damaged objects, a cache that cannot be written. */
export type OnWarning = (error: PocketError) => void

export interface RepositoryParts {
  backend: Backend
  config: ConfigRecord
  keys: RepositoryKeys
  /** Undefined in a repository without encryption. */
  unlocked: UnlockedKey | undefined
  /** This repository's folder in the local cache, if there is one. */
  cacheDirectory: string | undefined
  /** Ids of the packs that hold trees, shared with the cache, which keeps those packs. */
  treePacks: Set<string>
  onWarning: OnWarning
}

const LARGEST_PACK_BYTES = 128 * 1024 * 1024
/** A pack's size grows with the square root of the repository's: 8 MiB up to 64 GiB, 16 MiB at 256 GiB, 128 MiB from 16 TiB on. */
const PACK_GROWTH = 32

function describeLost(lost: readonly {id: ObjectId}[]): string {
  const first = `'${shortId(lost[0].id)}'`
  return lost.length === 1 ? `pack ${first} is gone or cut short` : `${lost.length} packs are gone or cut short, such as ${first}`
}

export class Repository {
  readonly backend: Backend
  readonly config: ConfigRecord
  readonly keys: RepositoryKeys
  readonly unlocked: UnlockedKey | undefined
  readonly cacheDirectory: string | undefined
  readonly sealing: SealingContext
  readonly #treePacks: Set<string>
  readonly #onWarning: OnWarning
  #index: Promise<ChunkIndex> | undefined
  #without: ReadonlySet<ObjectId> = new Set()
  /** Packs that could not be read, or not wholly: of what lies in another too, that is read. */
  readonly #suspects = new Set<ObjectId>()
  #trees: ChunkReader | undefined
  /** What the last write session has counted on, where it is kept; and how much was suspected by then. */
  #kept: {index: ChunkIndex; suspects: number} | undefined
  #keepsIndex = false

  constructor({backend, config, keys, unlocked, cacheDirectory, treePacks, onWarning}: RepositoryParts) {
    this.backend = backend
    this.config = config
    this.keys = keys
    this.unlocked = unlocked
    this.cacheDirectory = cacheDirectory
    this.sealing = {suite: config.suite, sealingKey: keys.sealingKey, repositoryId: config.repositoryId}
    this.#treePacks = treePacks
    this.#onWarning = onWarning
  }

  get id(): string {
    return toHex(this.config.repositoryId)
  }

  get location(): string {
    return this.backend.location
  }

  get isEncrypted(): boolean {
    return this.config.suite !== SUITE.none
  }

  /** For removal-store.ts. */
  get removalStore(): RemovalStoreContext {
    return {backend: this.backend, sealing: this.sealing, onWarning: this.onWarning}
  }

  get indexStore(): IndexStoreContext {
    return {backend: this.backend, sealing: this.sealing, onDamaged: this.onWarning}
  }

  readonly onWarning: OnWarning = (error) => this.#onWarning(error)

  /**
   * Which chunks lie where, loaded at the first call, from `store`. List snapshots before it: a snapshot is stored after what it needs is
   * indexed.
   */
  async loadIndex(store: IndexStoreContext = this.indexStore): Promise<ChunkIndex> {
    const loading = (this.#index ??= this.#load(store))
    try {
      return await loading
    } catch (error) {
      // The next call tries again.
      if (this.#index === loading) this.#index = undefined
      throw error
    }
  }

  /**
   * The index without the packs that are gone or cut short, according to `stored`, which was listed after the index was loaded: they are
   * told, so that what they held counts as lost. Those that are gone are taken out of the stored index; of one that is cut short the index
   * alone knows what can be salvaged.
   */
  async loadPresentIndex(stored: StoredPacks): Promise<ChunkIndex> {
    const index = await this.loadIndex()
    const suspects = index.packs.filter(({id, sizeBytes}) => stored.get(packName(id)) !== sizeBytes)
    const {gone, short} = await this.#confirmLost(suspects)
    if (gone.length + short.length === 0) return index
    // A prune beside this takes a pack out of the index before it removes it.
    const current = await loadIndex(this.indexStore, this.#without)
    const lost = gone.filter(({id}) => current.hasPack(id))
    if (lost.length + short.length > 0) {
      this.onWarning(
        new PocketError('damaged-pack', describeLost([...lost, ...short]), {
          hint: `what they held is stored anew as far as the sources still have it${short.length > 0 ? "; 'pocket repair packs' salvages the rest" : ''}`,
        }),
      )
    }
    if (lost.length > 0) await dropPacks(this.indexStore, new Set(lost.map(({id}) => id)))
    await this.noteDamaged(short.map(({id}) => id))
    this.refresh(new Set([...this.#without, ...short.map(({id}) => id)]))
    return this.loadIndex()
  }

  /** Packs that the loaded index leaves out. */
  get leftOut(): ReadonlySet<ObjectId> {
    return this.#without
  }

  /** These packs were found damaged: the next write session on this machine does not count on them. */
  async noteDamaged(packs: Iterable<ObjectId>): Promise<void> {
    const {cacheDirectory} = this
    const ids = [...packs]
    for (const id of ids) this.#suspects.add(id)
    if (cacheDirectory !== undefined && ids.length > 0) await this.keepNotes(() => noteDamagedPacks(cacheDirectory, ids))
  }

  /** Packs that were found damaged on this machine, as far as it is noted. */
  async damagedPacks(): Promise<Set<ObjectId>> {
    const {cacheDirectory} = this
    if (cacheDirectory === undefined) return new Set()
    return (await this.keepNotes(() => readDamagedPacks(cacheDirectory))) ?? new Set()
  }

  /** Forgets those of `noted` that `stored`, a listing of now, does not have. */
  async forgetGone(noted: Iterable<ObjectId>, stored: StoredPacks): Promise<void> {
    const gone: ObjectId[] = []
    for (const id of noted) if (!stored.has(packName(id)) && !(await this.backend.stat(packName(id)))) gone.push(id)
    if (gone.length > 0) await this.forgetDamaged(gone)
  }

  /** These packs are gone, or whole after all. */
  async forgetDamaged(packs: Iterable<ObjectId>): Promise<void> {
    const {cacheDirectory} = this
    if (cacheDirectory !== undefined) await this.keepNotes(() => forgetDamagedPacks(cacheDirectory, packs))
  }

  /** Runs `work` on the cache: what fails with that is told, and is as if there were none. */
  async keepNotes<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const warning = fileError(error, `cannot keep notes in the cache '${this.cacheDirectory}'`)
      if (!isPocketError(warning)) throw error
      this.onWarning(warning)
      return undefined
    }
  }

  /** A pack was found damaged or gone: the next snapshot is to look for it. */
  async distrustPacks(): Promise<void> {
    if (this.cacheDirectory !== undefined) await forgetListing(this.cacheDirectory)
  }

  /** A list may lack what is there; before anything is taken out of the index each is looked at by itself. */
  async #confirmLost(suspects: readonly PackInfo[]): Promise<{gone: PackInfo[]; short: PackInfo[]}> {
    const lost: {gone: PackInfo[]; short: PackInfo[]} = {gone: [], short: []}
    await mapBounded(suspects, this.backend.access.parallelCalls, async (pack) => {
      const stat = await this.backend.stat(packName(pack.id))
      if (stat === undefined) lost.gone.push(pack)
      else if (stat.sizeBytes !== pack.sizeBytes) lost.short.push(pack)
    })
    return lost
  }

  /** Forgets the loaded index, for a repository that is kept open while others write to it. What is loaded next leaves out the packs `without`. */
  refresh(without: ReadonlySet<ObjectId> = new Set()): void {
    this.#index = undefined
    this.#trees = undefined
    this.#without = without
  }

  /** Has write sessions that come after one another bring the index up to date instead of loading it anew: for a repository that stays open. */
  keepIndex(): void {
    this.#keepsIndex = true
  }

  /** The index of now, for a write session, which has it for itself; without packs being left out. */
  async renewIndex(): Promise<ChunkIndex> {
    const kept = this.#kept
    this.#kept = undefined
    this.refresh()
    const renewed = kept?.suspects === this.#suspects.size ? await bringUpToDate(this.indexStore, kept.index) : undefined
    if (renewed) {
      this.#index = Promise.resolve(renewed)
      for (const pack of renewed.packs) this.rememberPack(pack.id, pack.kind)
    }
    return this.loadIndex()
  }

  /** Takes back the index of a session that has ended, to which it has added nothing. */
  giveBackIndex(index: ChunkIndex): void {
    if (this.#keepsIndex && this.#without.size === 0) this.#kept = {index, suspects: this.#suspects.size}
  }

  /** The loaded index, and whatever is loaded after it, without these packs. */
  async leaveOut(without: ReadonlySet<ObjectId>): Promise<ChunkIndex> {
    const index = await this.loadIndex()
    if (index.packs.some(({id}) => without.has(id))) this.refresh(without)
    this.#without = without
    return this.loadIndex()
  }

  /** Reads tree chunks; one for all, so that they share what it keeps. */
  async trees(): Promise<ChunkReader> {
    const index = await this.loadIndex()
    this.#trees ??= this.#reader('tree', index, this.#reload)
    return this.#trees
  }

  /** Reads tree chunks by way of another index than the loaded one. */
  readTreesWith(index: ChunkIndex, reload?: ChunkReaderOptions['reload']): ChunkReader {
    return this.#reader('tree', index, reload)
  }

  /** Reads data chunks. */
  async dataChunks(): Promise<ChunkReader> {
    return this.#reader('data', await this.loadIndex(), this.#reload)
  }

  /** The index as it is now, in which what lies in one of `suspects` is read from another pack where there is one. */
  async reloadIndex(suspects: Iterable<ObjectId>): Promise<ChunkIndex> {
    for (const id of suspects) this.#suspects.add(id)
    this.refresh(this.#without)
    return this.loadIndex()
  }

  readonly #reload = async (suspect: ObjectId | undefined, {code}: PocketError): Promise<ChunkIndex> => {
    if (suspect !== undefined && (code === 'damaged-frame' || code === 'damaged-chunk')) await this.noteDamaged([suspect])
    return this.reloadIndex(suspect === undefined ? [] : [suspect])
  }

  /** Lets the cache know what a pack holds. */
  rememberPack(id: ObjectId, kind: ChunkKind): void {
    if (kind === 'tree') this.#treePacks.add(id)
  }

  /** How large new packs are to be. */
  packBytes(index: ChunkIndex): number {
    let stored = 0
    for (const pack of index.packs) stored += pack.sizeBytes
    const grown = Math.floor(PACK_GROWTH * Math.sqrt(stored))
    return Math.min(Math.max(this.config.packTargetBytes, grown), LARGEST_PACK_BYTES)
  }

  close(): Promise<void> {
    return this.backend.close()
  }

  #reader(kind: ChunkKind, index: ChunkIndex, reload?: ChunkReaderOptions['reload']): ChunkReader {
    const {backend, sealing, keys} = this
    return new ChunkReader({backend, sealing, index, kind, chunkKey: kind === 'tree' ? keys.treeChunkKey : keys.dataChunkKey, reload})
  }

  async #load(store: IndexStoreContext): Promise<ChunkIndex> {
    for (const id of await this.damagedPacks()) this.#suspects.add(id)
    const index = await loadIndex(store, this.#without, {last: this.#suspects})
    for (const pack of index.packs) this.rememberPack(pack.id, pack.kind)
    return index
  }
}
