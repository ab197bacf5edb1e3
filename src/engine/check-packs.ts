/** Compares the packs that are stored with those that the index names, and reads them whole where that is asked for. */
import type {Backend} from '../backend/backend.js'
import {isDamage, isPocketError, PocketError} from '../errors.js'
import {type ObjectId, shortId} from '../id.js'
import type {ChunkIndex, PackInfo} from '../repository/chunk-index.js'
import {loadIndex} from '../repository/index-store.js'
import {idInName, packName} from '../repository/names.js'
import {listPacks, type StoredPacks} from '../repository/pack-listing.js'
import {REPAIR_PACKS} from '../repository/pack-reader.js'
import type {Repository} from '../repository/repository.js'
import {areNamed} from '../repository/verifying.js'
import type {VerifiedPacks} from '../repository/verified-packs.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {mapBounded} from '../util/concurrency.js'
import {forEachIndexed} from './prune-survey.js'
import {isBadSector, PackExamination} from './salvage-packs.js'
import {choosePacks, type DataSubset} from './choose-packs.js'

export interface PackCheckOptions {
  repository: Repository
  /** What packs are listed by. */
  backend: Backend
  index: ChunkIndex
  signal: AbortSignal | undefined
  /** Told of each pack that is damaged or gone. */
  onDamaged: (problem: PocketError) => void
  /** Told of an object beside the packs whose name Pocket gives to none. */
  onAlien: (name: string, sizeBytes: number) => void
  onProgress: (doneBytes: number, totalBytes: number) => void
}

export interface PackCounts {
  packs: number
  storedBytes: number
  /** Packs in no index: what a run that died had stored, or an index that is lost had named. */
  unindexed: number
}

/** Which packs are read. */
export interface PackReading {
  subset: DataSubset
  /** What was verified at this time or later, in ms since 1970, is left out. */
  sinceMs?: number
  /** By the monotonic clock: no pack is begun after it. */
  endMs?: number
}

export interface PacksRead {
  packs: number
  bytes: number
  /** Those that were to be read, and were not for want of time. */
  leftPacks: number
  leftBytes: number
}

/** How often what was verified is kept: that much is read again after a kill. */
const SAVE_EVERY_MS = 60_000
/** As many bytes of packs as are read at a time. */
const BYTES_AT_ONCE = 128 * 1024 * 1024

export class PackCheck {
  readonly #options: PackCheckOptions
  /** Packs that were read, and in which nothing is wrong. */
  readonly whole: ObjectId[] = []
  /** Packs that cannot be read at all. */
  readonly gone = new Set<ObjectId>()
  /** Packs that are not as they were written. */
  readonly #spoilt = new Set<ObjectId>()
  /** What was listed. */
  stored: StoredPacks = new Map()
  /** Chunks that cannot be read, by their number in the pack. */
  readonly lostChunks = new Map<ObjectId, ReadonlySet<number>>()

  constructor(options: PackCheckOptions) {
    this.#options = options
  }

  /** Packs that hold something that cannot be read, and are there. */
  get damaged(): ObjectId[] {
    return [...this.lostChunks.keys()]
  }

  /** Whether each pack of the index is there, and as long as it was written. */
  async compare(): Promise<PackCounts> {
    const {repository, backend, index, onDamaged, onAlien} = this.#options
    const stored = await listPacks(backend)
    const suspects = index.packs.filter((pack) => stored.get(packName(pack.id)) !== pack.sizeBytes)
    const problems = new Map<ObjectId, PocketError>()
    // A list may lack what is there, or be older than the index.
    await mapBounded(suspects, repository.backend.access.parallelCalls, async ({id, sizeBytes: wanted}) => {
      const name = packName(id)
      const sizeBytes = (await repository.backend.stat(name))?.sizeBytes
      if (sizeBytes !== wanted) problems.set(id, sizeBytes === undefined ? missing(name) : cutShort(name, sizeBytes, wanted))
    })
    // A prune that runs beside this takes a pack out of the index before it removes it.
    const current = problems.size > 0 ? await loadIndex({...repository.indexStore, onDamaged: () => undefined}) : index
    for (const [id, problem] of problems) {
      if (!current.hasPack(id)) continue
      this.gone.add(id)
      onDamaged(problem)
    }
    this.stored = stored
    const counts = {packs: 0, storedBytes: 0, unindexed: 0}
    const unindexed: string[] = []
    for (const [name, sizeBytes] of stored) {
      const id = idInName(name)
      if (id === undefined || packName(id) !== name) onAlien(name, sizeBytes)
      else {
        counts.packs++
        counts.storedBytes += sizeBytes
        if (!index.hasPack(id)) unindexed.push(name)
      }
    }
    // Or removed since they were listed.
    await mapBounded(unindexed, repository.backend.access.parallelCalls, async (name) => {
      if (await repository.backend.stat(name)) counts.unindexed++
    })
    return counts
  }

  /**
   * Reads packs, past any copy of this machine, and checks every byte of them. Notes in `verified` what was found; what it holds is kept now
   * and then, and at the end, however that comes about.
   */
  async read({subset, sinceMs, endMs = Number.POSITIVE_INFINITY}: PackReading, verified: VerifiedPacks): Promise<PacksRead> {
    const {repository, index, signal, onProgress} = this.#options
    const nowMs = clockMs()
    const packs = choosePacks(
      index.packs.filter(({id}) => !this.gone.has(id)),
      {subset, sinceMs, lastMs: (id) => verified.lastMs(id, nowMs)},
    )
    const totalBytes = packs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)
    const largest = packs.reduce((most, {sizeBytes}) => Math.max(most, sizeBytes), 1)
    const atOnce = Math.max(1, Math.min(repository.backend.access.parallelCalls, Math.floor(BYTES_AT_ONCE / largest)))
    const read = {packs: 0, bytes: 0}
    let savedAtMs = monotonicMs()
    try {
      await mapBounded(packs, atOnce, async (pack) => {
        if (signal?.aborted) throw new PocketError('interrupted', 'the check was interrupted')
        if (monotonicMs() >= endMs) return
        if (await this.#readPack(pack)) verified.note(pack.id, clockMs())
        else verified.drop(pack.id)
        read.packs++
        read.bytes += pack.sizeBytes
        onProgress(read.bytes, totalBytes)
        if (monotonicMs() - savedAtMs < SAVE_EVERY_MS) return
        savedAtMs = monotonicMs()
        await repository.keepNotes(() => verified.save())
      })
    } catch (error) {
      for (const id of this.#spoilt) this.#options.onDamaged(notAsWritten(packName(id)))
      throw error
    } finally {
      await repository.keepNotes(() => verified.save())
    }
    await this.#examineSpoilt()
    return {...read, leftPacks: packs.length - read.packs, leftBytes: totalBytes - read.bytes}
  }

  /** Whether all of it is as it was written. */
  async #readPack(pack: PackInfo): Promise<boolean> {
    const {repository, onDamaged} = this.#options
    const name = packName(pack.id)
    try {
      const bytes = await repository.backend.get(name, {isFresh: true})
      // The name is the hash of all of it, as it was written.
      if (areNamed(name, bytes)) return this.whole.push(pack.id) > 0
      this.#spoilt.add(pack.id)
    } catch (error) {
      if (isBadSector(error)) this.#spoilt.add(pack.id)
      else if (isDamageOfOne(error) || isPocketError(error, 'permission-denied')) {
        this.gone.add(pack.id)
        onDamaged(isPocketError(error, 'object-missing') ? missing(name) : error)
      } else throw error
    }
    return false
  }

  /** Which chunks of the packs that are not as they were written cannot be read, or are others than the index says. */
  async #examineSpoilt(): Promise<void> {
    if (this.#spoilt.size === 0) return
    const {repository, onDamaged} = this.#options
    const examination = new PackExamination(repository, {usesCopies: false})
    const left = new Set(this.#spoilt)
    await forEachIndexed(repository, async (pack) => {
      if (!left.delete(pack.id)) return
      const name = packName(pack.id)
      const found = await examination.examine(pack)
      if (found === 'gone') {
        this.gone.add(pack.id)
        onDamaged(missing(name))
      } else {
        // What came wrong on the way only is told, too: it was not as it was written.
        const lost = found === 'whole' ? new Set<number>() : found.lost
        if (lost.size > 0) this.lostChunks.set(pack.id, lost)
        onDamaged(notAsWritten(name, extentOf(lost.size, pack.directory.chunkLengths.length)))
      }
    })
    // Taken out of the index by others meanwhile.
    for (const id of left) this.gone.add(id)
  }
}

/** Whether `error` is of one object alone, such as a bad sector; what may pass by itself is no damage. */
export function isDamageOfOne(error: unknown): error is PocketError {
  return isDamage(error) || (isPocketError(error, 'io-failed') && !error.retryable)
}

function clockMs(): number {
  return Number(nowNs() / 1_000_000n)
}

const STORE_ANEW = 'the next snapshot stores anew what it held, as far as the sources still have it'

function missing(name: string): PocketError {
  return new PocketError('object-missing', `pack '${shortName(name)}' is gone`, {hint: STORE_ANEW})
}

function cutShort(name: string, sizeBytes: number, wanted: number): PocketError {
  return new PocketError('damaged-pack', `pack '${shortName(name)}' has ${sizeBytes} bytes instead of ${wanted}`, {hint: STORE_ANEW})
}

function extentOf(lost: number, chunks: number): string {
  return lost === 0 ? ': what it holds can be read all the same' : `: ${lost} of its ${chunks} chunks cannot be read`
}

function notAsWritten(name: string, extent = ''): PocketError {
  return new PocketError('damaged-pack', `pack '${shortName(name)}' is not as it was written${extent}`, {hint: REPAIR_PACKS})
}

function shortName(name: string): string {
  const id = idInName(name)
  return id === undefined ? name : shortId(id)
}
