/**
 * Learns which ids chunks have in the target from a snapshot that was copied before: its pages and their copies differ in nothing but the
 * ids, so the ids at the same places name the same chunks.
 */
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {type ReadTree, referenceAt} from '../snapshot/read-tables.js'
import {type CopyMap, SlotSet} from './copy-map.js'
import {type CopyPage, DATA, openPage, type Target, TREE} from './copy-pages.js'
import {costsSnapshot, type CopySource} from './copy-source.js'
import type {Pacer} from './pacer.js'

export interface PairsOptions {
  source: CopySource
  /** Reads tree chunks of the target. */
  readCopy: ReadTree
  map: CopyMap
  pacer: Pacer
}

interface Pair {
  original: ChunkReference
  copy: ChunkReference
  target: Target
}

export class CopyPairs {
  readonly #options: PairsOptions
  readonly #seen: SlotSet
  readonly #pairs: Pair[] = []

  constructor(options: PairsOptions) {
    this.#options = options
    this.#seen = new SlotSet(options.source.index)
  }

  /** `copy` must be the root of a copy of the snapshot with the root `original`. What cannot be read, or differs, is left out with what is below it. */
  async learn(original: ChunkReference, copy: ChunkReference): Promise<void> {
    this.#enter({original, copy, target: TREE})
    for (let pair = this.#pairs.pop(); pair; pair = this.#pairs.pop()) {
      await this.#options.pacer.betweenDirectories()
      try {
        await this.#take(pair)
      } catch (error) {
        // Costs only that its chunks are read again; what is wrong with the source is told where it is copied.
        if (!costsSnapshot(error)) throw error
      }
    }
  }

  async #take({original, copy, target}: Pair): Promise<void> {
    const {source, readCopy} = this.#options
    const bytes = Uint8Array.from(await source.read(original))
    const copyBytes = Uint8Array.from(await readCopy(copy))
    const page = openPage(bytes, target)
    const copyPage = openPage(copyBytes, target)
    const ids = {ids: Uint8Array.from(page.ids), lengths: page.lengths}
    const copyIds = {ids: Uint8Array.from(copyPage.ids), lengths: copyPage.lengths}
    page.ids.fill(0)
    copyPage.ids.fill(0)
    if (Buffer.compare(bytes, copyBytes) === 0) this.#learnPage({...page, ...ids}, {...copyPage, ...copyIds})
  }

  #learnPage(page: CopyPage, copyPage: CopyPage): void {
    const {source, map} = this.#options
    for (const {start, end, target} of page.parts) {
      for (let place = start; place < end; place++) {
        if (target !== DATA) {
          this.#enter({original: referenceAt(page, place), copy: referenceAt(copyPage, place), target})
          continue
        }
        const slot = source.index.slotOf(page.ids, place * CHUNK_ID_BYTES)
        if (slot >= 0) map.set(slot, copyPage.ids.subarray(place * CHUNK_ID_BYTES, (place + 1) * CHUNK_ID_BYTES))
      }
    }
  }

  #enter(pair: Pair): void {
    const slot = this.#options.source.index.slotOf(pair.original.id)
    if (slot >= 0 && this.#seen.add(slot)) this.#pairs.push(pair)
  }
}
