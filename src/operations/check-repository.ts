/** Looks whether everything that the snapshots need is there and whole. Changes nothing. */
import type {Backend} from '../backend/backend.js'
import {checkObjects, freshIndexStore, readCheckAhead} from '../engine/check-objects.js'
import {PackCheck, type PackCounts, type PackReading, type PacksRead} from '../engine/check-packs.js'
import type {DataSubset} from '../engine/choose-packs.js'
import {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {isIndexCurrent, loadIndex} from '../repository/index-store.js'
import {packName} from '../repository/names.js'
import {VerifiedPacks} from '../repository/verified-packs.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds, type StoredSnapshot} from '../repository/snapshot-store.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {findDamagedPaths, type PathSearch, type PathsFound} from './damaged-paths.js'
import {type Traffic, trafficOf} from './traffic.js'

export {type DataSubset, readCheckAhead}

export interface CheckOptions {
  /** Which packs are read and checked byte by byte, those first that were verified longest ago; none unless given. */
  readData?: DataSubset
  /** Packs that were verified within so many ms are not read. */
  maxAgeMs?: number
  /** No pack is begun when the check has run so many ms. */
  maxDurationMs?: number
  signal?: AbortSignal
  onEvent?: (event: CheckEvent) => void
  /** From `readCheckAhead`, which was called with the repository's own backend while that was opened. */
  ahead?: Backend
}

export type CheckEvent =
  | {type: 'progress'; phase: 'packs' | 'data' | 'trees'; done: number; total: number; elapsedMs: number}
  /** An object of the repository is damaged or gone. */
  | {type: 'damaged-object'; code: string; message: string; hint?: string}
  /** An object among those of the repository that Pocket has not named: it is left alone. */
  | {type: 'alien-object'; name: string; bytes: number}
  /** A file or folder cannot be restored as it was, in these snapshots. */
  | {type: 'damaged-path'; path: string; code: string; message: string; snapshots: ObjectId[]}

export interface CheckResult extends PackCounts {
  /** Objects that Pocket has not named. */
  alien: number
  snapshots: number
  directories: number
  files: number
  /** Packs that were read, and their bytes. */
  readPacks: number
  readBytes: number
  /** Packs that were to be read, for which there was no time. */
  leftPacks: number
  leftBytes: number
  /** Packs of the index that were not verified on this machine so far, as far as its cache tells. */
  neverVerifiedPacks: number
  neverVerifiedBytes: number
  /** When that of the others which was verified longest ago was, in ms since 1970. */
  oldestVerifiedMs?: number
  damagedObjects: number
  damagedPaths: number
  damagedSnapshots: number
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

/** Findings are events; nothing is thrown for damage, but what keeps the check from going on is. */
export async function checkRepository(repository: Repository, options: CheckOptions = {}): Promise<CheckResult> {
  return new RepositoryCheck(repository, options).run()
}

class RepositoryCheck {
  readonly #repository: Repository
  readonly #backend: Backend
  readonly #options: CheckOptions
  readonly #startMs = monotonicMs()
  #damagedObjects = 0
  #alienObjects = 0

  constructor(repository: Repository, options: CheckOptions) {
    this.#repository = repository
    this.#backend = options.ahead ?? repository.backend
    this.#options = options
  }

  async run(): Promise<CheckResult> {
    const {readData, signal} = this.#options
    const findings = {backend: this.#backend, onDamaged: this.#onDamaged, onAlien: this.#onAlien}
    const {snapshots, lostSnapshots} = await checkObjects(this.#repository, findings)
    this.#repository.refresh()
    const index = await this.#repository.loadIndex(freshIndexStore(this.#repository, findings))
    const onProgress = (done: number, total: number): void => this.#progress('data', done, total)
    const packs = new PackCheck({repository: this.#repository, index, signal, onProgress, ...findings})
    this.#progress('packs', 0, index.packs.length)
    const counts = await packs.compare()
    const verified = await this.#loadVerified()
    verified.retain((id) => packs.stored.has(packName(id)))
    const data = readData ? await packs.read(this.#readingOf(readData), verified) : NOTHING_READ
    const found = await this.#checkTrees(snapshots, index, packs)
    const damagedPaths = found.paths
    // Whatever was found, the next snapshot is to look for it.
    if (this.#damagedObjects + damagedPaths > 0) await this.#repository.distrustPacks()
    await this.#repository.noteDamaged(packs.damaged)
    if (packs.whole.length > 0) await this.#repository.forgetDamaged(packs.whole)
    return {
      snapshots: snapshots.length + lostSnapshots,
      directories: found.directories,
      files: found.files,
      ...counts,
      alien: this.#alienObjects,
      readPacks: data.packs,
      readBytes: data.bytes,
      leftPacks: data.leftPacks,
      leftBytes: data.leftBytes,
      ...describeVerified(index, verified),
      damagedObjects: this.#damagedObjects,
      damagedPaths,
      damagedSnapshots: found.damaged.length + lostSnapshots,
      elapsedMs: monotonicMs() - this.#startMs,
      ...trafficOf(this.#repository),
    }
  }

  /** Again where something is lost, as long as others rewrite the index meanwhile: it may only have moved. */
  async #checkTrees(listed: readonly StoredSnapshot[], index: ChunkIndex, packs: PackCheck): Promise<PathsFound> {
    let snapshots = listed
    for (let isFirst = true; ; isFirst = false) {
      const {sound, read} = await this.#soundIndex(index, packs, !isFirst)
      const paths: Parameters<PathSearch['onPath']>[0][] = []
      const found = await findDamagedPaths({
        index: sound,
        read,
        snapshots,
        signal: this.#options.signal,
        onProgress: (done, total) => this.#progress('trees', done, total),
        onPath: (path) => paths.push(path),
      })
      if (found.damaged.length > 0) {
        // Forgotten since it was listed, and pruned.
        const present = new Set(await listSnapshotIds(this.#repository.backend))
        snapshots = snapshots.filter(({id}) => present.has(id))
        if (found.damaged.some(({id}) => !present.has(id)) || !(await isIndexCurrent(this.#repository.backend, sound))) continue
      }
      for (const path of paths) this.#emit({type: 'damaged-path', ...path})
      return found
    }
  }

  async #loadVerified(): Promise<VerifiedPacks> {
    const {cacheDirectory} = this.#repository
    return (await this.#repository.keepNotes(() => VerifiedPacks.load(cacheDirectory))) ?? VerifiedPacks.load(undefined)
  }

  #readingOf(subset: DataSubset): PackReading {
    const {maxAgeMs, maxDurationMs} = this.#options
    return {
      subset,
      ...(maxAgeMs !== undefined && {sinceMs: clockMs() - maxAgeMs}),
      ...(maxDurationMs !== undefined && {endMs: this.#startMs + maxDurationMs}),
    }
  }

  /** Of what lies in several packs one copy is enough. What only the cache of this machine has is lost for every other. */
  async #soundIndex(index: ChunkIndex, {gone, lostChunks}: PackCheck, loadsAnew: boolean): Promise<{sound: ChunkIndex; read: ReadTree}> {
    const suspects = new Set<ObjectId>()
    // What is damaged in it has been told.
    const store = freshIndexStore(this.#repository, {backend: this.#backend, onDamaged: () => undefined})
    const load = (): Promise<ChunkIndex> => loadIndex(store, gone, {lostChunks, last: suspects})
    const sound = loadsAnew || gone.size + lostChunks.size > 0 ? await load() : index
    const reader = this.#repository.readTreesWith(sound, async (suspect, damage) => {
      if (suspect === undefined) return load()
      suspects.add(suspect)
      this.#onDamaged(damage)
      if (damage.code === 'damaged-frame' || damage.code === 'damaged-chunk') await this.#repository.noteDamaged([suspect])
      return load()
    })
    reader.expectAll()
    const read: ReadTree = (chunk) => (index.has(chunk.id) && !sound.has(chunk.id) ? Promise.reject(lostListing()) : reader.read(chunk))
    return {sound, read}
  }

  readonly #onDamaged = ({code, message, hint}: PocketError): void => {
    this.#damagedObjects++
    this.#emit({type: 'damaged-object', code, message, ...(hint !== undefined && {hint})})
  }

  readonly #onAlien = (name: string, bytes: number): void => {
    this.#alienObjects++
    this.#emit({type: 'alien-object', name, bytes})
  }

  #progress(phase: 'packs' | 'data' | 'trees', done: number, total: number): void {
    this.#emit({type: 'progress', phase, done, total, elapsedMs: monotonicMs() - this.#startMs})
  }

  #emit(event: CheckEvent): void {
    this.#options.onEvent?.(event)
  }
}

const NOTHING_READ: PacksRead = {packs: 0, bytes: 0, leftPacks: 0, leftBytes: 0}

function describeVerified(
  {packs}: ChunkIndex,
  verified: VerifiedPacks,
): Pick<CheckResult, 'neverVerifiedPacks' | 'neverVerifiedBytes' | 'oldestVerifiedMs'> {
  const nowMs = clockMs()
  const result: ReturnType<typeof describeVerified> = {neverVerifiedPacks: 0, neverVerifiedBytes: 0}
  for (const {id, sizeBytes} of packs) {
    const lastMs = verified.lastMs(id, nowMs)
    if (lastMs === undefined) {
      result.neverVerifiedPacks++
      result.neverVerifiedBytes += sizeBytes
    } else if (lastMs < (result.oldestVerifiedMs ?? Number.POSITIVE_INFINITY)) result.oldestVerifiedMs = lastMs
  }
  return result
}

function clockMs(): number {
  return Number(nowNs() / 1_000_000n)
}

function lostListing(): PocketError {
  return new PocketError('chunk-missing', 'what lists it is in a pack that is damaged or gone')
}
