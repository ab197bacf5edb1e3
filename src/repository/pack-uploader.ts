/** Puts finished packs, several at a time, and keeps account of which are durable. */
import type {Backend} from '../backend/backend.js'
import type {IndexedPack} from '../format/index-record.js'
import {Signal} from '../util/concurrency.js'
import {packName} from './names.js'
import type {FinishedPack} from './pack-builder.js'

export interface UploadTotals {
  packs: number
  storedBytes: number
}

export class PackUploader {
  readonly #backend: Backend
  readonly #limit: number
  readonly #changed = new Signal()
  readonly #durable: IndexedPack[] = []
  readonly totals: UploadTotals = {packs: 0, storedBytes: 0}
  #underWay = 0
  #failure: {error: unknown} | undefined

  constructor(backend: Backend, limit: number) {
    this.#backend = backend
    this.#limit = limit
  }

  /** Begins to put `pack`; `release` is called when its memory is free again. A failure is thrown by the next `ready` or `settle`. */
  put(pack: FinishedPack, release: () => void): void {
    this.#underWay++
    this.#store(pack)
      .catch((error: unknown) => {
        this.#failure ??= {error}
      })
      .finally(() => {
        this.#underWay--
        release()
        this.#changed.wake()
      })
  }

  /** Resolves when another pack may be put; throws when one has failed. */
  async ready(): Promise<void> {
    while (this.#underWay >= this.#limit && !this.#failure) await this.#changed.wait()
    this.check()
  }

  /** Throws the error of a put that has failed. */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Resolves when no put is under way, failed or not. */
  async settle(): Promise<void> {
    while (this.#underWay > 0) await this.#changed.wait()
  }

  /** The packs that have become durable since the last call. */
  takeDurable(): IndexedPack[] {
    return this.#durable.splice(0)
  }

  async #store({id, kind, bytes, directory}: FinishedPack): Promise<void> {
    await this.#backend.put(packName(id), bytes, {isCold: kind === 'data'})
    this.totals.packs++
    this.totals.storedBytes += bytes.length
    this.#durable.push({id, kind, sizeBytes: bytes.length, directory})
  }
}
