/** The first step of copying a snapshot: finds the chunks of data that the target lacks. Each page is read once, however many snapshots have it. */
import type {PocketError} from '../errors.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import {referenceAt, type References} from '../snapshot/read-tables.js'
import type {SlotSet} from './copy-map.js'
import {type CopyPage, DATA, openPage, type Part, type Target, TREE} from './copy-pages.js'
import {costsSnapshot, type CopySource, missingChunk} from './copy-source.js'
import {CopyWindow} from './copy-window.js'
import type {Pacer} from './pacer.js'

export interface GatherOptions {
  source: CopySource
  /** Pages that have been gone through, and chunks of data that the target has or is given. */
  known: SlotSet
  /** Whether the target has the chunk of data with this slot, and this id at `offset`. */
  isThere: (slot: number, ids: Uint8Array, offset: number) => boolean
  pacer: Pacer
  /** Takes what has been found. */
  onWindow: (window: CopyWindow) => Promise<void>
}

/** As many chunks as are found before they are copied: what is sorted at once, in memory. */
const WINDOW_CHUNKS = 500_000

interface Page {
  reference: ChunkReference
  target: Target
}

export class Gather {
  readonly #options: GatherOptions
  readonly #pages: Page[] = []
  /** Slots of the pages of this snapshot that no other has had. */
  #entered: number[] = []
  #window = new CopyWindow()
  #failure: PocketError | undefined

  constructor(options: GatherOptions) {
    this.#options = options
  }

  /** Everything that the target lacks of this tree has been handed over, or, where something cannot be had, why. */
  async gather(root: ChunkReference): Promise<PocketError | undefined> {
    this.#failure = undefined
    this.#entered = []
    this.#enter({reference: root, target: TREE})
    for (let page = this.#pages.pop(); page; page = this.#pages.pop()) {
      await this.#options.pacer.betweenDirectories()
      await this.#attempt(page)
      if (this.#window.length >= WINDOW_CHUNKS && !this.#failure) await this.#handOver()
    }
    if (!this.#failure) await this.#handOver()
    return this.#failure
  }

  /** Another snapshot that has these pages is to find again what is wrong with them. */
  forget(): void {
    const {known} = this.#options
    for (const slot of this.#entered) known.delete(slot)
    for (const slot of this.#window.slots) known.delete(slot)
    this.#window = new CopyWindow()
  }

  async #attempt({reference, target}: Page): Promise<void> {
    try {
      this.#take(openPage(await this.#options.source.read(reference), target))
    } catch (error) {
      this.#fail(error)
    }
  }

  #take(page: CopyPage): void {
    for (const part of page.parts) {
      if (part.target === DATA) this.#takeData(page, part)
      else for (let place = part.start; place < part.end; place++) this.#enter({reference: referenceAt(page, place), target: part.target})
    }
  }

  #enter(page: Page): void {
    const {source, known} = this.#options
    const slot = source.index.slotOf(page.reference.id)
    if (slot < 0) return this.#fail(missingChunk(page.reference.id))
    if (!known.add(slot)) return
    this.#entered.push(slot)
    this.#pages.push(page)
  }

  #takeData({ids, lengths}: References, {start, end}: Part): void {
    const {source, known, isThere} = this.#options
    for (let place = start; place < end; place++) {
      const offset = place * CHUNK_ID_BYTES
      const slot = source.index.slotOf(ids, offset)
      if (slot < 0) this.#fail(missingChunk(ids, offset))
      else {
        source.check(slot)
        if (known.add(slot) && !isThere(slot, ids, offset)) this.#window.add(slot, ids, place, lengths[place])
      }
    }
  }

  async #handOver(): Promise<void> {
    const window = this.#window
    if (window.length === 0) return
    this.#window = new CopyWindow()
    try {
      await this.#options.onWindow(window)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (!costsSnapshot(error)) throw error
    this.#failure ??= error
  }
}
