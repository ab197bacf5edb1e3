/** Index objects: loading them into a `ChunkIndex`, and writing them. Writing them anew is in index-rewrite.ts. */
import type {Access, Backend, ListedObject} from '../backend/backend.js'
import {hash} from '../crypto/blake3.js'
import {isPocketError, PocketError} from '../errors.js'
import {decodeIndex, encodeIndex, type IndexedPack} from '../format/index-record.js'
import {KIND} from '../format/head.js'
import type {ObjectId} from '../id.js'
import {toHex} from '../util/bytes.js'
import {mapBounded} from '../util/concurrency.js'
import {ChunkIndex} from './chunk-index.js'
import {idInName, INDEX_PREFIX, indexName} from './names.js'
import {openRecord, sealRecord} from './record-object.js'
import type {SealingContext} from './sealing.js'

/** An index object is closed at so many chunks, which keeps it below about 3 MiB: what is loaded at once counts in memory. */
export const CHUNKS_PER_OBJECT = 65_536
/** What to do where an index object cannot be read. */
export const REPAIR_INDEX = "'pocket repair index' takes in again the packs that it named"
const MAX_RECORD_BYTES = 1024 * 1024 * 1024
/** Unless more are worth their memory. */
const PARALLEL_LOADS = 4
/** How often a listing is repeated because objects in it were merged away meanwhile. */
const MAX_LISTINGS = 8

export interface IndexStoreContext {
  backend: Backend
  sealing: SealingContext
  /** Told of each damaged index object, which is stepped over. */
  onDamaged: (error: PocketError) => void
  /** Reads an object; the backend, or a copy that this machine has, unless given. */
  read?: (name: string) => Promise<Uint8Array>
}

/** What is known of packs, and decides which copy is read of a chunk that lies in several. */
export interface KnownDamage {
  /** Packs that are read from only for what no other holds. */
  last?: ReadonlySet<ObjectId>
  /** Chunks that are left out, by their number in the pack. */
  lostChunks?: ReadonlyMap<ObjectId, ReadonlySet<number>>
}

/**
 * Every chunk that the repository's index objects name, but for those packs that are in `without`. Damaged objects are reported and
 * stepped over.
 */
export async function loadIndex(
  context: IndexStoreContext,
  without: ReadonlySet<ObjectId> = new Set(),
  {last, lostChunks}: KnownDamage = {},
): Promise<ChunkIndex> {
  let objects = await listIndexes(context.backend)
  const index = new ChunkIndex(objects.reduce((sum, object) => sum + object.sizeBytes, 0))
  const done = new Set<string>()
  const deferred: IndexedPack[] = []
  const add = (pack: IndexedPack): void => {
    if (without.has(pack.id)) return
    if (last?.has(pack.id)) deferred.push(pack)
    else index.add(pack, lostChunks?.get(pack.id))
  }
  for (let listing = 0; listing < MAX_LISTINGS; listing++) {
    const pending = objects.filter(({name}) => !done.has(name))
    let isComplete = true
    await mapBounded(pending, parallelLoads(context.backend.access), async ({name}) => {
      const packs = await loadOne(context, name)
      if (packs === 'missing') isComplete = false
      else done.add(name)
      if (packs !== 'missing') for (const pack of packs) add(pack)
    })
    if (isComplete) {
      for (const pack of deferred) index.add(pack, lostChunks?.get(pack.id))
      index.objects = done
      return index
    }
    objects = await listIndexes(context.backend)
  }
  throw new PocketError('damaged-index', 'cannot read the index: its objects vanish as often as they are listed', {
    hint: 'another program removes objects of this repository; stop it and try again',
  })
}

function parallelLoads({isReadingDear, parallelCalls}: Access): number {
  return isReadingDear ? Math.max(PARALLEL_LOADS, parallelCalls) : PARALLEL_LOADS
}

/** What one index object names: nothing when it is damaged, which is told. */
export async function loadOne(context: IndexStoreContext, name: string): Promise<IndexedPack[] | 'missing'> {
  try {
    return await readIndex(context, name)
  } catch (error) {
    if (isPocketError(error, 'object-missing')) return 'missing'
    if (!isPocketError(error, 'damaged-index')) throw error
    context.onDamaged(error)
    return []
  }
}

async function readIndex({backend, sealing, read}: IndexStoreContext, name: string): Promise<IndexedPack[]> {
  const id = idInName(name)
  if (!id) throw new PocketError('damaged-index', `'${name}' is not the name of an index object`)
  return readIndexObject(sealing, id, await (read ? read(name) : backend.get(name)))
}

/** What the stored bytes of index object `id` say. Throws `damaged-index`, `format-too-new`. */
export function readIndexObject(sealing: SealingContext, id: ObjectId, stored: Uint8Array): IndexedPack[] {
  const record = openRecord(sealing, stored, {
    id,
    what: 'index',
    kind: KIND.index,
    limit: MAX_RECORD_BYTES,
    damaged: 'damaged-index',
    hint: REPAIR_INDEX,
  })
  return decodeIndex(record)
}

/** Whether no index object has come or gone since `index` was loaded: what it does not lead to is not there. */
export async function isIndexCurrent(backend: Backend, {objects}: ChunkIndex): Promise<boolean> {
  const listed = await listIndexes(backend)
  return listed.length === objects.size && listed.every(({name}) => objects.has(name))
}

/** Adds to `index` what was indexed since it was loaded; undefined when some of what it was loaded from is gone, and it may say too much. */
export async function bringUpToDate(context: IndexStoreContext, index: ChunkIndex): Promise<ChunkIndex | undefined> {
  const names = new Set((await listIndexes(context.backend)).map(({name}) => name))
  for (const name of index.objects) if (!names.has(name)) return undefined
  for (const name of names) {
    if (index.objects.has(name)) continue
    const packs = await loadOne(context, name)
    if (packs === 'missing') return undefined
    for (const pack of packs) index.add(pack)
  }
  index.objects = names
  return index
}

/** Writes index objects that name `packs`; durable when it resolves. Returns their ids. */
export async function saveIndex({backend, sealing}: IndexStoreContext, packs: readonly IndexedPack[]): Promise<ObjectId[]> {
  const ids: ObjectId[] = []
  for (const group of groupPacks(packs)) {
    const stored = sealRecord(sealing, KIND.index, encodeIndex(group))
    const id = toHex(hash(stored)) as ObjectId
    await backend.put(indexName(id), stored)
    ids.push(id)
  }
  return ids
}

export async function listIndexes(backend: Backend): Promise<ListedObject[]> {
  const objects: ListedObject[] = []
  // What bears another name is a temporary file, or of a later version.
  for await (const object of backend.list(INDEX_PREFIX)) if (idInName(object.name)) objects.push(object)
  return objects
}

function* groupPacks(packs: readonly IndexedPack[]): Generator<IndexedPack[]> {
  let group: IndexedPack[] = []
  let chunks = 0
  for (const pack of packs) {
    group.push(pack)
    chunks += pack.directory.chunkLengths.length
    if (chunks < CHUNKS_PER_OBJECT) continue
    yield group
    group = []
    chunks = 0
  }
  if (group.length > 0) yield group
}
