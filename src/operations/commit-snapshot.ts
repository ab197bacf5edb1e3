/**
 * Stores a snapshot beside whoever removes packs at the same time, without locks: what it needs is announced by an incomplete snapshot;
 * then removals are looked for; then the snapshot is put, and the announcement taken back. docs/repository-format.md, "Removals".
 */
import type {Backend} from '../backend/backend.js'
import {Pacer} from '../engine/pacer.js'
import {markRoots} from '../engine/prune-survey.js'
import {isPocketError, PocketError} from '../errors.js'
import type {ChunkReference} from '../format/reference.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import {type Grounds, reviewGrounds} from '../repository/grounds.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import {isIndexCurrent} from '../repository/index-store.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {saveSnapshot} from '../repository/snapshot-store.js'
import {thisProcess} from '../snapshot/announcement.js'
import {tidyIndexes, writeChunks, type WriteSession, type WriteSessionOptions} from '../repository/write-session.js'

/** How often a snapshot is written again, because a prune has removed meanwhile what it counted on. */
const MAX_ATTEMPTS = 8

/** What `write` of `storeSnapshot` gives. */
export interface WrittenSnapshot {
  record: SnapshotRecord
  /** There is a snapshot of the same already: it is not stored. */
  isStored?: boolean
}

/**
 * Stores the chunks that `write` adds, and then the snapshot that it gives, which needs them. `write` is called again where a prune has
 * removed meanwhile what was counted on; what is there still is not stored again. Throws what `write` throws. Gives also the packs in which
 * everything lies that the snapshot needs, as far as they are there still; and no id for one that is not stored.
 */
export async function storeSnapshot<T extends WrittenSnapshot>(
  repository: Repository,
  options: WriteSessionOptions,
  write: (session: WriteSession, attempt: number) => Promise<T>,
): Promise<T & {id: ObjectId | undefined; packs: () => Iterable<ObjectId>}> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const {written, session} = await writeChunks(repository, options, async (open) => ({
      written: await write(open, attempt),
      session: open,
    }))
    const {grounds} = session
    const id = written.isStored ? undefined : await commitSnapshot(repository, written.record, grounds)
    if (id === undefined && !written.isStored) continue
    if (session.hasIndexed) await tidyIndexes(repository)
    return {...written, id, packs: grounds.packs}
  }
  throw new PocketError('chunk-missing', 'what the snapshot needs was removed by prunes each time that it was stored', {
    hint: 'run the same command again, and let no prune with a short --grace run beside it',
    retryable: true,
  })
}

/** Undefined when something that it needs is gone, or being removed: then nothing is stored, and what is lost has to be stored anew. */
export async function commitSnapshot(repository: Repository, record: SnapshotRecord, grounds?: Grounds): Promise<ObjectId | undefined> {
  return announced(repository, record, grounds, () => saveSnapshot(repository, {...record, announcedBy: undefined}))
}

/** As `commitSnapshot`; `publish` puts the snapshot, and gives its id. */
export async function announced(
  repository: Repository,
  record: SnapshotRecord,
  grounds: Grounds | undefined,
  publish: () => Promise<ObjectId>,
): Promise<ObjectId | undefined> {
  const {backend} = repository
  const announcement = await saveSnapshot(repository, {...record, isIncomplete: true, announcedBy: thisProcess()}, {isTransient: true})
  try {
    if (!(await canCountOn(repository, record.root, grounds))) return undefined
    const id = await publish()
    // Somebody may have taken it away, by its name or because this process seemed to be gone. Then a prune may have seen neither: from now on it
    // sees the snapshot, and what it has begun before is looked for once more.
    if (await isThere(backend, announcement)) return id
    if (await canCountOn(repository, record.root, grounds)) return id
    await backend.remove(snapshotName(id))
    return undefined
  } finally {
    await withdraw(repository, announcement)
  }
}

/** False, too, when that cannot be told. */
async function isThere(backend: Backend, id: ObjectId): Promise<boolean> {
  try {
    return (await backend.stat(snapshotName(id))) !== undefined
  } catch (error) {
    if (!isPocketError(error)) throw error
    return false
  }
}

/** Whether everything below `root` is there, and no removal names it. To be called when `root` has been announced. */
async function canCountOn(repository: Repository, root: ChunkReference, grounds: Grounds | undefined): Promise<boolean> {
  for (;;) {
    const index = await reviewGrounds(repository, grounds)
    if (index === 'firm' || (await isWholeIn(repository, index, root))) return true
    // Another may have moved meanwhile what was looked for.
    if (await isIndexCurrent(repository.backend, index)) return false
  }
}

async function isWholeIn(repository: Repository, index: ChunkIndex, root: ChunkReference): Promise<boolean> {
  const pacer = new Pacer({signal: undefined, backpressure: () => Promise.resolve()})
  const {missing} = await markRoots(repository, index, [{root}], {pacer, onProgress: () => undefined})
  return missing.pages + missing.chunks === 0
}

/** What stays of it when this fails is told, and taken away with the next snapshot of the same paths. */
async function withdraw(repository: Repository, announcement: ObjectId): Promise<void> {
  try {
    await repository.backend.remove(snapshotName(announcement))
  } catch (error) {
    if (!isPocketError(error)) throw error
    repository.onWarning(error)
  }
}
