/**
 * Writes index objects anew, without locks: what takes their place is durable before they are removed. Whoever does so beside another may
 * bring entries back that the other has just dropped; so the one who merges looks again before he removes, and the one who drops goes on
 * until no object is left that names what he drops. docs/repository-format.md, "Removals", has the argument.
 */
import type {IndexedPack} from '../format/index-record.js'
import type {ObjectId} from '../id.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {mapBounded} from '../util/concurrency.js'
import {type IndexStoreContext, listIndexes, loadOne, saveIndex} from './index-store.js'
import {indexName} from './names.js'

const MERGE_AT_OBJECTS = 48
const SMALL_OBJECT_BYTES = 1024 * 1024
/** Chunks whose entries are held in memory until they are written anew. */
const CHUNKS_AT_ONCE = 1_000_000
/** What was read longer ago may name packs of a removal that nobody remembers any more. */
const MERGE_WITHIN_MS = 60 * 60_000
const PARALLEL_REMOVALS = 8

/** Merges small index objects when there are many. Safe beside any other client. */
export async function mergeIndexes(context: IndexStoreContext): Promise<void> {
  const small = (await listIndexes(context.backend)).filter(({sizeBytes}) => sizeBytes < SMALL_OBJECT_BYTES)
  if (small.length < MERGE_AT_OBJECTS) return
  const isInTime = timeLimit(MERGE_WITHIN_MS)
  const packs = new Map<ObjectId, IndexedPack>()
  const merged: string[] = []
  for (const {name} of small) {
    const found = await loadOne(context, name)
    if (found === 'missing' || found.length === 0) continue
    for (const pack of found) packs.set(pack.id, pack)
    merged.push(name)
  }
  if (!isInTime()) return
  const union = (await saveIndex(context, [...packs.values()])).map(indexName)
  const present = new Set((await listIndexes(context.backend)).map(({name}) => name))
  const kept = new Set(union)
  // Another has written one of them anew meanwhile, perhaps without an entry that the union has.
  const isOvertaken = merged.some((name) => !kept.has(name) && !present.has(name))
  const parts = new Set(merged)
  const superfluous = isOvertaken ? union.filter((name) => !parts.has(name)) : merged.filter((name) => !kept.has(name))
  for (const name of superfluous) await context.backend.remove(name)
}

/**
 * Takes `packs` out of the index: when it resolves, no index object names one of them, but for what another puts that had read the index
 * before, and takes back. Only for packs that are gone, or that a removal names.
 */
export async function dropPacks(context: IndexStoreContext, packs: ReadonlySet<ObjectId>): Promise<void> {
  const seen = new Set<string>()
  for (;;) {
    const fresh = (await listIndexes(context.backend)).filter(({name}) => !seen.has(name))
    if (fresh.length === 0) return
    for (const {name} of fresh) seen.add(name)
    const rewrite = new Rewrite(context, seen)
    for (const {name} of fresh) {
      const found = await loadOne(context, name)
      if (found !== 'missing' && found.some(({id}) => packs.has(id))) {
        await rewrite.replace(
          name,
          found.filter(({id}) => !packs.has(id)),
        )
      }
    }
    await rewrite.finish()
  }
}

/** Gathers what is to stay of several objects, so that few small ones are left. */
class Rewrite {
  readonly #context: IndexStoreContext
  /** Names that need not be looked at again. */
  readonly #seen: Set<string>
  #kept = new Map<ObjectId, IndexedPack>()
  #chunks = 0
  #replaced: string[] = []

  constructor(context: IndexStoreContext, seen: Set<string>) {
    this.#context = context
    this.#seen = seen
  }

  async replace(name: string, kept: readonly IndexedPack[]): Promise<void> {
    this.#replaced.push(name)
    for (const pack of kept) {
      if (this.#kept.has(pack.id)) continue
      this.#kept.set(pack.id, pack)
      this.#chunks += pack.directory.chunkLengths.length
    }
    if (this.#chunks >= CHUNKS_AT_ONCE) await this.finish()
  }

  async finish(): Promise<void> {
    const saved = new Set((await saveIndex(this.#context, [...this.#kept.values()])).map(indexName))
    for (const name of saved) this.#seen.add(name)
    const {backend} = this.#context
    await mapBounded(
      this.#replaced.filter((name) => !saved.has(name)),
      PARALLEL_REMOVALS,
      (name) => backend.remove(name),
    )
    this.#kept = new Map()
    this.#chunks = 0
    this.#replaced = []
  }
}

/** Whether no more than `limitMs` have passed since, by the clock on the wall and by the one that stands still while a machine sleeps. */
function timeLimit(limitMs: number): () => boolean {
  const startMs = monotonicMs()
  const startNs = nowNs()
  return () => {
    const passedNs = nowNs() - startNs
    return monotonicMs() - startMs <= limitMs && passedNs >= 0n && passedNs <= BigInt(limitMs) * 1_000_000n
  }
}
