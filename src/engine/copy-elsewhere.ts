/** Reads chunks that could not be read from where the index has them: once more, and from every other pack that holds them. */
import {isDamage, PocketError} from '../errors.js'
import type {IndexedPack} from '../format/index-record.js'
import {CHUNK_ID_BYTES, type ChunkReference} from '../format/reference.js'
import type {ObjectId} from '../id.js'
import {ChunkIndex, type ChunkKind} from '../repository/chunk-index.js'
import {ChunkReader} from '../repository/chunk-reader.js'
import type {Repository} from '../repository/repository.js'
import {toHex} from '../util/bytes.js'
import {forEachIndexed} from './prune-survey.js'

interface OnePack {
  index: ChunkIndex
  reader: ChunkReader
}

export class Elsewhere {
  readonly #repository: Repository
  readonly #kind: ChunkKind
  readonly #packs = new Map<ObjectId, OnePack>()

  constructor(repository: Repository, kind: ChunkKind) {
    this.#repository = repository
    this.#kind = kind
  }

  /** Finds the packs that hold `wanted` by now, all with one reading of the index, for `readFound`. */
  async find(wanted: readonly ChunkReference[]): Promise<void> {
    const ids = new Set(wanted.map(({id}) => toHex(id)))
    const beginnings = new Set(wanted.map(({id}) => beginningOf(id, 0)))
    await forEachIndexed(this.#repository, (pack) => {
      if (pack.kind === this.#kind && !this.#packs.has(pack.id) && holdsAny(pack, ids, beginnings)) this.#add(pack)
    })
  }

  /** From one of the packs that were found. Throws what was wrong with the last of them, or `chunk-missing`. */
  async readFound(reference: ChunkReference): Promise<Uint8Array> {
    let last: unknown
    for (const {index, reader} of this.#packs.values()) {
      if (!index.has(reference.id)) continue
      try {
        return await reader.read(reference)
      } catch (error) {
        if (!isDamage(error)) throw error
        last = error
      }
    }
    throw last ?? new PocketError('chunk-missing', `chunk '${toHex(reference.id.subarray(0, 4))}' is in no pack that is there`)
  }

  /** As `readFound`, and looks for more packs when that fails. */
  async read(reference: ChunkReference): Promise<Uint8Array> {
    try {
      return await this.readFound(reference)
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    await this.find([reference])
    return this.readFound(reference)
  }

  #add(pack: IndexedPack): void {
    const {backend, sealing, keys} = this.#repository
    const index = new ChunkIndex()
    index.add(pack)
    const chunkKey = this.#kind === 'tree' ? keys.treeChunkKey : keys.dataChunkKey
    this.#packs.set(pack.id, {index, reader: new ChunkReader({backend, sealing, index, kind: this.#kind, chunkKey})})
  }
}

function holdsAny({directory: {chunkIds}}: IndexedPack, ids: ReadonlySet<string>, beginnings: ReadonlySet<number>): boolean {
  for (let at = 0; at < chunkIds.length; at += CHUNK_ID_BYTES) {
    if (beginnings.has(beginningOf(chunkIds, at)) && ids.has(toHex(chunkIds.subarray(at, at + CHUNK_ID_BYTES)))) return true
  }
  return false
}

/** Rules nearly all ids out without making text of them. */
function beginningOf(ids: Uint8Array, at: number): number {
  return ids[at] | (ids[at + 1] << 8) | (ids[at + 2] << 16) | (ids[at + 3] << 24)
}
