/**
 * The third step of copying a snapshot: writes its pages from the bottom up. A page stays as it is but for the ids in it, which are replaced
 * where they lie, so that also what later versions have put there stays.
 */
import type {ChunkReference} from '../format/reference.js'
import {CHUNK_ID_BYTES} from '../format/reference.js'
import type {WriteSession} from '../repository/write-session.js'
import {referenceAt} from '../snapshot/read-tables.js'
import {type CopyMap, SlotSet} from './copy-map.js'
import {DATA, openPage, type Target, TREE} from './copy-pages.js'
import {type CopySource, missingChunk} from './copy-source.js'
import type {Pacer} from './pacer.js'

export interface CopyTreesOptions {
  source: CopySource
  session: WriteSession
  /** Undefined where the keys are the same, and so the ids. */
  map: CopyMap | undefined
  pacer: Pacer
}

export class CopyTrees {
  readonly #options: CopyTreesOptions
  /** Pages that this session has saved, or found. */
  readonly #saved: SlotSet

  constructor(options: CopyTreesOptions) {
    this.#options = options
    this.#saved = new SlotSet(options.source.index)
  }

  /** All data below it must have been copied. Throws damage for what cannot be read. */
  async copy(root: ChunkReference): Promise<ChunkReference> {
    return {id: Uint8Array.from(await this.#copyPage(root, TREE)), length: root.length}
  }

  async #copyPage(reference: ChunkReference, target: Target): Promise<Uint8Array> {
    const {source, session, map, pacer} = this.#options
    const slot = source.index.slotOf(reference.id)
    if (slot < 0) throw missingChunk(reference.id)
    if (this.#saved.has(slot)) return this.#idOf(slot, reference.id)
    await pacer.betweenDirectories()
    // A copy: the page is changed, and others may be given the frame that it lies in.
    const bytes = Uint8Array.from(await source.read(reference))
    const page = openPage(bytes, target)
    for (const part of page.parts) {
      if (part.target === DATA && !map) continue
      for (let place = part.start; place < part.end; place++) {
        const below = referenceAt(page, place)
        const id = part.target === DATA ? this.#dataId(below.id) : await this.#copyPage(below, part.target)
        page.ids.set(id, place * CHUNK_ID_BYTES)
      }
    }
    const {id} = session.saveTree(bytes)
    map?.set(slot, id)
    this.#saved.add(slot)
    return id
  }

  #dataId(id: Uint8Array): Uint8Array {
    const slot = this.#options.source.index.slotOf(id)
    if (slot < 0) throw missingChunk(id)
    return this.#idOf(slot, id)
  }

  #idOf(slot: number, id: Uint8Array): Uint8Array {
    const {map} = this.#options
    if (!map) return id
    const found = map.idOf(slot)
    if (!found) throw missingChunk(id)
    return found
  }
}
