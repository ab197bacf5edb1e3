/** The steps of copying snapshots, as far as one write session of the target goes: found, read, written. */
import type {PocketError} from '../errors.js'
import type {ChunkReference} from '../format/reference.js'
import type {WriteSession} from '../repository/write-session.js'
import {CopyChunks} from './copy-chunks.js'
import {Gather} from './copy-gather.js'
import {type CopyMap, SlotSet} from './copy-map.js'
import {costsSnapshot, type CopySource} from './copy-source.js'
import {CopyTrees} from './copy-trees.js'
import {Pacer} from './pacer.js'

export interface CopyRunOptions {
  source: CopySource
  session: WriteSession
  /** Undefined where the keys are the same, and so the ids. */
  map: CopyMap | undefined
  /** Nothing is read but trees; what is not known to be in the target is counted. */
  isDryRun: boolean
  /** zstd level of frames that are made anew. */
  level: number | undefined
  isCompressedAnew: boolean
  signal: AbortSignal | undefined
  onRead: (bytes: number) => void
}

/** What has become of one snapshot: where its copy begins, and what the target lacked of it. */
export type CopyOutcome = {root: ChunkReference; chunks: number; bytes: number; failure?: undefined} | {failure: PocketError}

export class CopyRun {
  readonly #options: CopyRunOptions
  readonly #chunks: CopyChunks
  readonly #trees: CopyTrees
  readonly #gather: Gather
  readonly #counted = {chunks: 0, rawBytes: 0}

  constructor(options: CopyRunOptions) {
    const {source, session, map, isDryRun, signal} = options
    this.#options = options
    const pacer = new Pacer({signal, backpressure: () => session.ready()})
    this.#chunks = new CopyChunks(options)
    this.#trees = new CopyTrees({source, session, map, pacer})
    this.#gather = new Gather({
      source,
      known: new SlotSet(source.index),
      isThere: (slot, ids, offset) => {
        if (!map) return session.index.has(ids, offset)
        const id = map.idOf(slot)
        return id !== undefined && session.index.has(id)
      },
      pacer,
      onWindow: async (window) => {
        this.#counted.chunks += window.length
        this.#counted.rawBytes += window.rawBytes
        if (!isDryRun) await this.#chunks.copy(window)
      },
    })
  }

  /** When it gives a root, everything that this needs has been added to the session. Throws what is no damage of the source. */
  async copy(root: ChunkReference): Promise<CopyOutcome> {
    const before = this.#totals()
    const failure = await this.#gather.gather(root)
    if (failure) {
      this.#gather.forget()
      return {failure}
    }
    try {
      const copied = this.#options.isDryRun ? root : await this.#trees.copy(root)
      this.#chunks.finish()
      const after = this.#totals()
      return {root: copied, chunks: after.chunks - before.chunks, bytes: after.bytes - before.bytes}
    } catch (error) {
      if (!costsSnapshot(error)) throw error
      this.#gather.forget()
      return {failure: error}
    }
  }

  /** Hands over what is gathered. */
  finish(): void {
    this.#chunks.finish()
  }

  #totals(): {chunks: number; bytes: number} {
    if (this.#options.isDryRun) return {chunks: this.#counted.chunks, bytes: this.#counted.rawBytes}
    const {treeTotals} = this.#options.session
    const {totals} = this.#chunks
    return {chunks: totals.chunks + treeTotals.chunks, bytes: totals.rawBytes + treeTotals.rawBytes}
  }
}
