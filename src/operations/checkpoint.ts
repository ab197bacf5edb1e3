/** The incomplete snapshot of a run: stored anew every so often, and taken away by the complete one. */
import {isPocketError} from '../errors.js'
import type {ChunkReference} from '../format/reference.js'
import type {SnapshotRecord, SnapshotSummary} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {saveSnapshot} from '../repository/snapshot-store.js'
import {mayBeStored} from '../snapshot/announcement.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import {nowNs} from '../util/clock.js'

export class Checkpoint {
  readonly #repository: Repository
  readonly #draft: Omit<SnapshotRecord, 'root' | 'durationNs' | 'summary'>
  #id: ObjectId | undefined

  constructor(repository: Repository, draft: Omit<SnapshotRecord, 'root' | 'durationNs' | 'summary'>) {
    this.#repository = repository
    this.#draft = draft
  }

  /** Everything that `root` needs must be durable and indexed. Takes the place of the one before. */
  async save(root: ChunkReference, summary: SnapshotSummary): Promise<void> {
    const durationNs = nowNs() - this.#draft.startedNs
    const before = this.#id
    this.#id = await saveSnapshot(this.#repository, {...this.#draft, root, durationNs, summary, isIncomplete: true}, {isTransient: true})
    if (before !== undefined) await this.#remove(before)
  }

  /** The complete snapshot is there: this one, and `earlier` ones of the same paths, have done their work; but for such as others are about to store. */
  async supersede(earlier: readonly FoundSnapshot[]): Promise<void> {
    const done = earlier.filter(({record}) => !mayBeStored(record))
    const ids = [...done.map(({id}) => id), ...(this.#id === undefined ? [] : [this.#id])]
    for (const id of ids) await this.#remove(id)
  }

  /** What stays is told, and taken away by the next complete snapshot. */
  async #remove(id: ObjectId): Promise<void> {
    try {
      await this.#repository.backend.remove(snapshotName(id))
    } catch (error) {
      if (!isPocketError(error)) throw error
      this.#repository.onWarning(error)
    }
  }
}
