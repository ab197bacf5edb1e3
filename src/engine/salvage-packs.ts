/**
 * Takes what is whole out of damaged packs: reads them frame by frame, and writes what no other pack holds whole into new ones, which are
 * indexed. Removing the damaged packs is left to whoever calls this.
 */
import {isDamage, isPocketError, PocketError} from '../errors.js'
import {HEAD_BYTES} from '../format/head.js'
import type {IndexedPack} from '../format/index-record.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {ObjectId} from '../id.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {packName} from '../repository/names.js'
import {ChunkVerifier, FrameOpener} from '../repository/pack-reader.js'
import type {Repository} from '../repository/repository.js'
import {areNamed} from '../repository/verifying.js'
import {NewPacks} from './prune-repack.js'
import {Repack} from './repack.js'

/** A pack that is not as it was written. */
export interface DamagedPack {
  pack: IndexedPack
  /** Numbers of the chunks that cannot be read, or are others than they should be. */
  lost: ReadonlySet<number>
  /** Reading failed, as it does of a bad sector: another time it may not. */
  isDoubtful?: true
}

export interface Salvaged {
  /** The new packs. */
  packs: {id: ObjectId; sizeBytes: number}[]
  /** Chunks that were taken over, and their bytes as they are stored. */
  chunks: number
  storedBytes: number
}

/** Looks for what is wrong in packs, past any copy of this machine. */
export class PackExamination {
  readonly #repository: Repository
  readonly #usesCopies: boolean
  readonly #opener: FrameOpener
  readonly #verifiers: Record<IndexedPack['kind'], ChunkVerifier>

  /** `usesCopies`: what the cache of this machine has whole is not lost. */
  constructor(repository: Repository, {usesCopies}: {usesCopies: boolean}) {
    this.#usesCopies = usesCopies
    const {treeChunkKey, dataChunkKey} = repository.keys
    this.#repository = repository
    this.#opener = new FrameOpener(repository.sealing)
    this.#verifiers = {tree: new ChunkVerifier(treeChunkKey), data: new ChunkVerifier(dataChunkKey)}
  }

  /** `whole`: nothing is wrong with it; `gone`: it is not there. Throws what is no damage, such as `permission-denied`. */
  async examine(pack: IndexedPack): Promise<DamagedPack | 'whole' | 'gone'> {
    try {
      const bytes = await this.#repository.backend.get(packName(pack.id), {isFresh: true})
      if (areNamed(packName(pack.id), bytes)) return 'whole'
      const lost = await this.#findLost(pack, (start, length) => Promise.resolve(bytes.subarray(start, start + length)))
      return {pack, lost: lost.size > 0 && (await this.#hasCopy(pack)) ? new Set() : lost}
    } catch (error) {
      if (isPocketError(error, 'object-missing')) return 'gone'
      if (!isBadSector(error)) throw error
      return {pack, lost: await this.#findLost(pack, (start, length) => this.#readPart(pack, start, length)), isDoubtful: true}
    }
  }

  /** The cache of this machine may have all of a pack of trees. */
  async #hasCopy({id, kind}: IndexedPack): Promise<boolean> {
    return this.#usesCopies && kind === 'tree' && areNamed(packName(id), await this.#repository.backend.get(packName(id)))
  }

  /** What of a pack cannot be read is as if it were cut away. */
  async #readPart({id}: IndexedPack, start: number, length: number): Promise<Uint8Array> {
    try {
      return await this.#repository.backend.get(packName(id), {range: {start, length}, isFresh: true})
    } catch (error) {
      if (!isBadSector(error) && !isDamage(error)) throw error
      return new Uint8Array(0)
    }
  }

  async #findLost(pack: IndexedPack, read: (start: number, length: number) => Promise<Uint8Array>): Promise<Set<number>> {
    const {id, kind, directory} = pack
    const head = await read(0, HEAD_BYTES)
    const lost = new Set<number>()
    let offset = HEAD_BYTES
    let chunk = 0
    for (const [ordinal, storedLength] of directory.frameStoredLengths.entries()) {
      const end = chunk + directory.frameChunkCounts[ordinal]
      const frame = {
        packId: id,
        kind,
        ordinal,
        rawLength: directory.frameRawLengths[ordinal],
        isCompressed: directory.frameCodecs[ordinal] !== 0,
      }
      try {
        const raw = this.#opener.openFrame(head, await read(offset, storedLength), frame)
        for (const number of this.#findWrong(raw, {pack, chunk, end})) lost.add(number)
      } catch (error) {
        if (!isDamage(error)) throw error
        for (let number = chunk; number < end; number++) lost.add(number)
      }
      offset += storedLength
      chunk = end
    }
    return lost
  }

  /** Without encryption and compression, one bit that is wrong costs one chunk of the frame. */
  #findWrong(raw: Uint8Array, {pack: {id, kind, directory}, chunk, end}: {pack: IndexedPack; chunk: number; end: number}): number[] {
    const wrong: number[] = []
    let offset = 0
    for (let number = chunk; number < end; number++) {
      const bytes = raw.subarray(offset, offset + directory.chunkLengths[number])
      offset += bytes.length
      try {
        this.#verifiers[kind].verify(bytes, directory.chunkIds, {offset: number * CHUNK_ID_BYTES, packId: id})
      } catch (error) {
        if (!isDamage(error)) throw error
        wrong.push(number)
      }
    }
    return wrong
  }
}

/** One place that cannot be read, and no trouble that may pass by itself. */
export function isBadSector(error: unknown): boolean {
  return isPocketError(error, 'io-failed') && !error.retryable
}

export interface SalvageOptions {
  level: number | undefined
  isDryRun: boolean
  signal: AbortSignal | undefined
}

/** `sound`: the index without what is lost, and what lies in several packs is read from a damaged one last. */
export async function salvagePacks(
  repository: Repository,
  sound: ChunkIndex,
  damaged: readonly DamagedPack[],
  {level, isDryRun, signal}: SalvageOptions,
): Promise<Salvaged> {
  const store = new NewPacks(repository, isDryRun)
  let chunks = 0
  const repack = new Repack({
    repository,
    index: sound,
    used: {has: () => true},
    level,
    isDryRun,
    // What lies between whole frames may be what cannot be read.
    gapBytes: -1,
    emit: (pack) => {
      chunks += pack.directory.chunkLengths.length
      store.put(pack)
    },
    onDamaged: (_id, error) => {
      // It could be read just now.
      throw error
    },
  })
  try {
    for (const {pack} of damaged) {
      if (signal?.aborted) throw new PocketError('interrupted', 'the repair was interrupted')
      repack.take(await repack.fetch(pack))
      await store.ready()
    }
    repack.finish()
  } finally {
    // What has been written is not lost, also after a failure.
    await store.settle([])
  }
  store.check()
  return {packs: store.packs, chunks, storedBytes: store.packs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)}
}

/** Distinct chunks that are lost there and in no pack that `sound` knows. */
export function countLost(damaged: readonly DamagedPack[], sound: ChunkIndex): number {
  const lostIds = new Set<string>()
  for (const {pack, lost} of damaged) {
    const {chunkIds} = pack.directory
    for (const chunk of lost) {
      const at = chunk * CHUNK_ID_BYTES
      if (!sound.has(chunkIds, at)) lostIds.add(Buffer.from(chunkIds.subarray(at, at + CHUNK_ID_BYTES)).toString('latin1'))
    }
  }
  return lostIds.size
}
