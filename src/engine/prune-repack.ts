/** The part of a prune that writes: what is needed of packs that are to go is stored in new ones, and indexed. */
import {PocketError} from '../errors.js'
import type {IndexedPack} from '../format/index-record.js'
import type {ObjectId} from '../id.js'
import {saveIndex} from '../repository/index-store.js'
import type {FinishedPack} from '../repository/pack-builder.js'
import {PackUploader} from '../repository/pack-uploader.js'
import type {Repository} from '../repository/repository.js'
import {Lookahead} from '../util/lookahead.js'
import type {PrunePlan} from './prune-plan.js'
import {forEachIndexed, type Survey} from './prune-survey.js'
import {type FetchedPack, Repack} from './repack.js'

export interface RepackPlanOptions {
  level: number | undefined
  /** Nothing is stored; sizes are counted. */
  isDryRun: boolean
  signal: AbortSignal | undefined
  /** Told of each pack of which something needed cannot be read. */
  onDamaged: (error: PocketError) => void
  onProgress: (doneBytes: number, totalBytes: number) => void
}

export interface Repacked {
  /** The new packs. */
  packs: {id: ObjectId; sizeBytes: number}[]
  storedBytes: number
  /** Packs of which not all that is needed could be read: nothing may be removed before that is planned anew. */
  damaged: Set<ObjectId>
}

const PARALLEL_PUTS = 4
/** So many packs are on their way while one is taken over, if they are small: what is on its way takes memory. */
const PACKS_AHEAD = 8
const BYTES_AHEAD = 48 * 1024 * 1024
const INDEX_AT_CHUNKS = 250_000

/** When it resolves, and no pack is damaged, everything that is needed of the packs of `plan.repack` is durable elsewhere, and indexed. */
export async function repackPlanned(
  repository: Repository,
  survey: Survey,
  plan: PrunePlan,
  options: RepackPlanOptions,
): Promise<Repacked> {
  const store = new NewPacks(repository, options.isDryRun)
  const {index, used, orphans} = survey
  const result: Repacked = {packs: store.packs, storedBytes: 0, damaged: new Set()}
  const wanted = new Set(plan.repack.map(({id}) => id))
  const totalBytes = plan.repack.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)
  /** The next prune, and the next snapshot, are not to count on them either. */
  const noted = new Set<ObjectId>()
  const repack = new Repack({
    repository,
    index,
    used,
    level: options.level,
    isDryRun: options.isDryRun,
    emit: (pack) => store.put(pack),
    onDamaged: (id, error) => {
      // One that is gone was removed by another, who has taken over what is needed.
      if (!result.damaged.has(id) && error.code !== 'object-missing') options.onDamaged(error)
      if (error.code !== 'object-missing') noted.add(id)
      result.damaged.add(id)
    },
  })
  const ahead = packsAhead(repack, store, {...options, totalBytes})
  const add = async (pack: IndexedPack): Promise<void> => {
    if (!wanted.delete(pack.id)) return
    refuseInterrupted(options.signal)
    await ahead.add(pack.sizeBytes, () => repack.fetch(pack))
  }
  try {
    if (wanted.size > 0) await forEachIndexed(repository, add)
    for (const pack of orphans) await add(pack)
    await ahead.finish()
    repack.finish()
    // Not in the index any more: what is needed of them has not been taken over.
    for (const id of wanted) result.damaged.add(id)
  } finally {
    await repository.noteDamaged(noted)
    // What has been written is not lost, also after a failure.
    await store.settle(keptOrphans(survey, plan))
  }
  store.check()
  result.storedBytes = store.packs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)
  return result
}

/** Takes over packs that are fetched ahead. */
function packsAhead(
  repack: Repack,
  store: NewPacks,
  {signal, onProgress, totalBytes}: Pick<RepackPlanOptions, 'signal' | 'onProgress'> & {totalBytes: number},
): Lookahead<FetchedPack> {
  let doneBytes = 0
  return new Lookahead<FetchedPack>({
    count: PACKS_AHEAD,
    weight: BYTES_AHEAD,
    async take(fetched) {
      refuseInterrupted(signal)
      repack.take(fetched)
      doneBytes += fetched.pack.sizeBytes
      onProgress(doneBytes, totalBytes)
      await store.ready()
    },
  })
}

function refuseInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PocketError('interrupted', 'the prune was interrupted')
}

/** Packs in no index of which something is needed: they are as good as any. */
function keptOrphans({orphans}: Survey, {keep}: PrunePlan): IndexedPack[] {
  const kept = new Set(keep.map(({id}) => id))
  return orphans.filter(({id}) => kept.has(id))
}

/** Takes new packs, puts them, and indexes them when they are durable. */
export class NewPacks {
  readonly packs: {id: ObjectId; sizeBytes: number}[] = []
  readonly #repository: Repository
  readonly #isDryRun: boolean
  readonly #uploader: PackUploader
  readonly #unindexed: IndexedPack[] = []

  constructor(repository: Repository, isDryRun: boolean) {
    this.#repository = repository
    this.#isDryRun = isDryRun
    const {backend} = repository
    this.#uploader = new PackUploader(backend, Math.max(PARALLEL_PUTS, backend.access.parallelPuts * 2))
  }

  put(pack: FinishedPack): void {
    this.packs.push({id: pack.id, sizeBytes: pack.bytes.length})
    if (this.#isDryRun) return
    this.#repository.rememberPack(pack.id, pack.kind)
    this.#uploader.put(pack, () => undefined)
  }

  async ready(): Promise<void> {
    if (this.#isDryRun) return
    await this.#uploader.ready()
    this.#unindexed.push(...this.#uploader.takeDurable())
    const chunks = this.#unindexed.reduce((sum, {directory}) => sum + directory.chunkLengths.length, 0)
    if (chunks >= INDEX_AT_CHUNKS) await this.#index()
  }

  async settle(others: readonly IndexedPack[]): Promise<void> {
    if (this.#isDryRun) return
    await this.#uploader.settle()
    this.#unindexed.push(...this.#uploader.takeDurable(), ...others)
    await this.#index()
  }

  check(): void {
    this.#uploader.check()
  }

  async #index(): Promise<void> {
    await saveIndex(this.#repository.indexStore, this.#unindexed.splice(0))
  }
}
