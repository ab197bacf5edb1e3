/** Takes what is whole out of damaged packs, stores it in new ones, and removes the damaged. */
import {type CompressionName, compressionLevel} from '../compression/levels.js'
import {Pacer} from '../engine/pacer.js'
import {forEachIndexed, surveyRepository} from '../engine/prune-survey.js'
import {removePacks} from '../engine/remove-packs.js'
import {countLost, type DamagedPack, PackExamination, type Salvaged, salvagePacks} from '../engine/salvage-packs.js'
import {isDamage, isPocketError, PocketError} from '../errors.js'
import type {IndexedPack} from '../format/index-record.js'
import {type ObjectId, shortId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {loadIndex} from '../repository/index-store.js'
import {idInName, packName} from '../repository/names.js'
import {listPacks, type StoredPacks} from '../repository/pack-listing.js'
import {readPackDirectory} from '../repository/pack-reader.js'
import {raiseVersion} from '../repository/raise-version.js'
import {listRemovals, loadRemovals} from '../repository/removal-store.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import {findDamagedPaths, type PathsFound} from './damaged-paths.js'
import {type RepairOptions, RepairReport} from './repair-events.js'
import {type Traffic, trafficOf} from './traffic.js'

export interface RepairPacksOptions extends RepairOptions {
  /** Ids of packs, or unique beginnings of them. Unless given, those that were found damaged on this machine, or else all. */
  packs?: readonly string[]
  /** Reads all packs, whatever is known of them. */
  readAllPacks?: boolean
  compression?: CompressionName
}

export interface RepairPacksResult {
  dryRun: boolean
  /** Packs that were read. */
  packs: number
  /** Packs that were found damaged. */
  damaged: number
  /** Packs that may not be read; they stay. */
  unreadable: number
  /** Packs that were removed, and those that stay since something stored meanwhile needs what is lost in them. */
  removed: number
  spared: number
  /** Chunks that were taken over into new packs, and their stored bytes. */
  salvagedChunks: number
  salvagedBytes: number
  /** Chunks that were in damaged packs alone. */
  lostChunks: number
  damagedPaths: number
  damagedSnapshots: number
  elapsedMs: number
  traffic?: Traffic
  endpoint?: string
}

/** Throws `usage` for a pack that is not there, `interrupted`, and what the backend throws. */
export async function repairPacks(repository: Repository, options: RepairPacksOptions = {}): Promise<RepairPacksResult> {
  return new PackRepair(repository, options).run()
}

class PackRepair {
  readonly #repository: Repository
  readonly #options: RepairPacksOptions
  readonly #report: RepairReport
  readonly #isDryRun: boolean
  #unreadable = 0

  constructor(repository: Repository, options: RepairPacksOptions) {
    this.#repository = repository
    this.#options = options
    this.#report = new RepairReport(options)
    this.#isDryRun = options.dryRun ?? false
  }

  async run(): Promise<RepairPacksResult> {
    const {backend, removalStore} = this.#repository
    if (!this.#isDryRun) await raiseVersion(this.#repository)
    const names = await listRemovals(backend)
    const removals = await loadRemovals(removalStore, names)
    const going = new Set(removals.flatMap(({packs}) => packs))
    const stored = await listPacks(backend)
    const wanted = await this.#choose(stored)
    const damaged = await this.#examine(wanted, stored)
    const sound = await this.#soundIndex(damaged, {wanted, going, stored})
    const salvaged = await salvagePacks(this.#repository, sound, damaged, {
      level: compressionLevel(this.#options.compression ?? 'auto'),
      isDryRun: this.#isDryRun,
      signal: this.#options.signal,
    })
    const lostChunks = countLost(damaged, sound)
    const found = await this.#tellPaths(sound)
    const {removed, spared} = await this.#remove(damaged, salvaged, new Set(names.keys()))
    return {
      dryRun: this.#isDryRun,
      packs: wanted.size,
      damaged: damaged.length,
      unreadable: this.#unreadable,
      removed,
      spared,
      salvagedChunks: salvaged.chunks,
      salvagedBytes: salvaged.storedBytes,
      lostChunks,
      damagedPaths: found.paths,
      damagedSnapshots: found.damaged.length,
      elapsedMs: this.#report.elapsedMs,
      ...trafficOf(this.#repository),
    }
  }

  /** Ids of the packs that are read: also of those whose removal has begun, since whoever began it may have died. */
  async #choose(stored: StoredPacks): Promise<Set<ObjectId>> {
    const ids = [...stored.keys()].map(idInName).filter((id) => id !== undefined)
    const {packs = [], readAllPacks = false} = this.#options
    if (packs.length > 0) return new Set(packs.map((beginning) => findPack(ids, beginning)))
    if (readAllPacks) return new Set(ids)
    const noted = await this.#repository.damagedPacks()
    const present = new Set(ids)
    if (!this.#isDryRun) await this.#repository.forgetDamaged([...noted].filter((id) => !present.has(id)))
    const known = ids.filter((id) => noted.has(id))
    return new Set(known.length > 0 ? known : ids)
  }

  /** Reads the packs; what they hold is taken from the index, or from themselves where that does not name them. */
  async #examine(wanted: ReadonlySet<ObjectId>, stored: StoredPacks): Promise<DamagedPack[]> {
    const {backend, sealing} = this.#repository
    const examination = new PackExamination(this.#repository, {usesCopies: true})
    const damaged: DamagedPack[] = []
    const left = new Set(wanted)
    const sizeOf = (id: ObjectId): number => stored.get(packName(id)) ?? 0
    const totalBytes = [...wanted].reduce((sum, id) => sum + sizeOf(id), 0)
    const whole: ObjectId[] = []
    let doneBytes = 0
    const take = async (pack: IndexedPack): Promise<void> => {
      if (!left.delete(pack.id)) return
      if (this.#options.signal?.aborted) throw new PocketError('interrupted', 'the repair was interrupted')
      this.#repository.rememberPack(pack.id, pack.kind)
      const found = await this.#examineOne(examination, pack)
      if (typeof found === 'object') damaged.push(found)
      else if (found === 'whole') whole.push(pack.id)
      doneBytes += sizeOf(pack.id)
      this.#report.progress('data')(doneBytes, totalBytes)
    }
    await forEachIndexed(this.#repository, take)
    // What no index object names costs nothing when it cannot be read; 'pocket repair index' tells of it.
    for (const id of left) {
      const pack = await readPackDirectory(backend, sealing, id).catch(passDamage)
      if (pack) await take(pack)
    }
    if (!this.#isDryRun) await this.#repository.forgetDamaged(whole)
    await this.#repository.noteDamaged(damaged.filter(({lost}) => lost.size > 0).map(({pack}) => pack.id))
    return damaged
  }

  async #examineOne(examination: PackExamination, pack: IndexedPack): Promise<DamagedPack | 'whole' | 'gone' | 'unreadable'> {
    try {
      const found = await examination.examine(pack)
      if (typeof found === 'object') this.#report.onDamaged(describe(found))
      return found
    } catch (error) {
      if (!isPocketError(error, 'permission-denied')) throw error
      this.#report.onDamaged(error)
      this.#unreadable++
      return 'unreadable'
    }
  }

  /** `wanted`: the packs that were read. Of the others, those that were found damaged earlier come last. */
  async #soundIndex(
    damaged: readonly DamagedPack[],
    {wanted, going, stored}: {wanted: ReadonlySet<ObjectId>; going: ReadonlySet<ObjectId>; stored: StoredPacks},
  ): Promise<ChunkIndex> {
    const {backend, indexStore} = this.#repository
    const doubtful = new Set([...(await this.#repository.damagedPacks())].filter((id) => !wanted.has(id) && stored.has(packName(id))))
    const lostChunks = new Map(damaged.map(({pack, lost}) => [pack.id, lost]))
    const load = (without: ReadonlySet<ObjectId>): Promise<ChunkIndex> =>
      loadIndex(indexStore, without, {last: new Set(lostChunks.keys()), lostChunks})
    const without = new Set([...going, ...doubtful])
    const known = await load(without)
    // What a pack is said to hold that is gone does not lie elsewhere.
    const gone: ObjectId[] = []
    for (const {id} of known.packs) if (!stored.has(packName(id)) && !(await backend.stat(packName(id)))) gone.push(id)
    const index = gone.length > 0 ? await load(new Set([...without, ...gone])) : known
    for (const {pack, lost} of damaged) index.add(pack, lost)
    const addThose = (isWanted: (id: ObjectId) => boolean): Promise<void> =>
      forEachIndexed(this.#repository, (pack) => (isWanted(pack.id) && stored.has(packName(pack.id)) ? index.add(pack) : undefined))
    // What is being removed may be spared, and is then still needed; what is known to be damaged comes after that.
    if (going.size > 0) await addThose((id) => going.has(id) && !doubtful.has(id))
    if (doubtful.size > 0) await addThose((id) => doubtful.has(id))
    return index
  }

  async #tellPaths(sound: ChunkIndex): Promise<PathsFound> {
    const reader = this.#repository.readTreesWith(sound)
    reader.expectAll()
    return findDamagedPaths({
      index: sound,
      read: (chunk) => reader.read(chunk),
      snapshots: await loadSnapshots(this.#repository, this.#report.onDamaged),
      signal: this.#options.signal,
      onProgress: this.#report.progress('trees'),
      onPath: (path) => this.#report.tell({type: 'damaged-path', ...path}),
    })
  }

  /**
   * Packs of which reading failed stay: what they hold may yet be had. `removalNames`: the removals that were there before it was decided what
   * lies elsewhere; whoever has removed something since may have counted on the damaged.
   */
  async #remove(
    all: readonly DamagedPack[],
    {packs: replacements}: Salvaged,
    removalNames: Set<string>,
  ): Promise<{removed: number; spared: number}> {
    const damaged = all.filter(({isDoubtful}) => !isDoubtful)
    if (this.#isDryRun || damaged.length === 0) return {removed: this.#isDryRun ? damaged.length : 0, spared: 0}
    const pacer = new Pacer({signal: this.#options.signal, backpressure: () => Promise.resolve()})
    const {onDamaged} = this.#report
    const survey = await surveyRepository(this.#repository, {
      nowMs: 0,
      // Nothing is too old to be brought back, and no pack is taken for an orphan.
      graceMs: Number.POSITIVE_INFINITY,
      without: new Set(),
      pacer,
      onWarning: onDamaged,
      onProgress: () => undefined,
    })
    const packs = new Map(damaged.map(({pack}) => [pack.id, pack.sizeBytes]))
    const onProgress = this.#report.progress('remove')
    const removed = await removePacks(
      this.#repository,
      {...survey, removalNames},
      {packs, replacements, pacer, onWarning: onDamaged, onProgress},
    )
    this.#repository.refresh()
    await this.#repository.forgetDamaged(packs.keys())
    return {removed: removed.packs, spared: removed.spared}
  }
}

function findPack(ids: readonly ObjectId[], beginning: string): ObjectId {
  const found = ids.filter((id) => id.startsWith(beginning))
  if (found.length === 1) return found[0]
  const problem = found.length === 0 ? `there is no pack '${beginning}'` : `'${beginning}' is the beginning of several packs`
  throw new PocketError('usage', problem, {hint: "'pocket check --read-data' names damaged packs"})
}

function describe({pack, lost}: DamagedPack): PocketError {
  const chunks = pack.directory.chunkLengths.length
  const extent = lost.size === 0 ? 'all that it holds can be read' : `${lost.size} of its ${chunks} chunks cannot be read`
  return new PocketError('damaged-pack', `pack '${shortId(pack.id)}' is not as it was written: ${extent}`)
}

function passDamage(error: unknown): undefined {
  if (!isDamage(error)) throw error
  return undefined
}
