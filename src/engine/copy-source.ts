/** The repository that is copied from, which is only read: its index, its pages, and what of it is lost. */
import {isDamage, isPocketError, PocketError} from '../errors.js'
import type {ChunkReference} from '../format/reference.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {ChunkReader} from '../repository/chunk-reader.js'
import type {Repository} from '../repository/repository.js'
import {toHex} from '../util/bytes.js'

export class CopySource {
  readonly repository: Repository
  readonly index: ChunkIndex
  readonly #trees: ChunkReader
  readonly #data: ChunkReader
  /** Chunks that cannot be read from any pack, by their slots. */
  readonly #lost = new Map<number, PocketError>()

  private constructor(repository: Repository, index: ChunkIndex, readers: {trees: ChunkReader; data: ChunkReader}) {
    this.repository = repository
    this.index = index
    this.#trees = readers.trees
    this.#data = readers.data
  }

  /** To be called when the snapshots have been listed. */
  static async open(repository: Repository): Promise<CopySource> {
    // What was loaded before may lack what the snapshots need.
    repository.refresh()
    const index = await repository.loadIndex()
    const readers = {trees: await repository.trees(), data: await repository.dataChunks()}
    readers.trees.expectAll()
    return new CopySource(repository, index, readers)
  }

  /** A tree chunk. Throws damage when no copy of it can be read. */
  readonly read = async (reference: ChunkReference): Promise<Uint8Array> => {
    const slot = this.index.slotOf(reference.id)
    if (slot >= 0) this.check(slot)
    try {
      return await this.#trees.read(reference)
    } catch (error) {
      if (slot >= 0 && isDamage(error)) this.lose(slot, error)
      throw error
    }
  }

  /** A chunk of data that could not be read from where the index has it: once more, and from where else it lies by now. */
  readData(reference: ChunkReference): Promise<Uint8Array> {
    return this.#data.read(reference)
  }

  lose(slot: number, error: PocketError): void {
    this.#lost.set(slot, error)
  }

  /** Throws why the chunk is lost, when it is. */
  check(slot: number): void {
    if (this.#lost.size === 0) return
    const error = this.#lost.get(slot)
    if (error) throw error
  }
}

/** A chunk that snapshots need is in no pack of the index. */
export function missingChunk(ids: Uint8Array, offset = 0): PocketError {
  const chunk = toHex(ids.subarray(offset, offset + 4))
  return new PocketError('chunk-missing', `chunk '${chunk}' is in no pack that the index names`)
}

/** What costs only the snapshots that need it. */
export function costsSnapshot(error: unknown): error is PocketError {
  return isDamage(error) || isPocketError(error, 'format-too-new')
}
