/**
 * Stores a snapshot beside whoever removes packs at the same time, without locks: what it needs is announced by an incomplete snapshot;
 * then removals are looked for; then the snapshot is put, and the announcement taken back. docs/repository-format.md, "Removals".
 */
import {TreeCheck} from '../engine/check-trees.js'
import {Pacer} from '../engine/pacer.js'
import {isPocketError} from '../errors.js'
import type {ChunkReference} from '../format/reference.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import {type Grounds, reviewGrounds} from '../repository/grounds.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {saveSnapshot} from '../repository/snapshot-store.js'

/** Undefined when something that it needs is gone, or being removed: then nothing is stored, and what is lost has to be stored anew. */
export async function commitSnapshot(repository: Repository, record: SnapshotRecord, grounds?: Grounds): Promise<ObjectId | undefined> {
  return announced(repository, record, grounds, () => saveSnapshot(repository, record))
}

/** As `commitSnapshot`; `publish` puts the snapshot. */
export async function announced<T>(
  repository: Repository,
  record: SnapshotRecord,
  grounds: Grounds | undefined,
  publish: () => Promise<T>,
): Promise<T | undefined> {
  const announcement = await saveSnapshot(repository, {...record, isIncomplete: true})
  try {
    return (await canCountOn(repository, record.root, grounds)) ? await publish() : undefined
  } finally {
    await withdraw(repository, announcement)
  }
}

/** Whether everything below `root` is there, and no removal names it. To be called when `root` has been announced. */
async function canCountOn(repository: Repository, root: ChunkReference, grounds: Grounds | undefined): Promise<boolean> {
  const index = await reviewGrounds(repository, grounds)
  if (index === 'firm') return true
  const reader = await repository.trees()
  reader.expectAll()
  const pacer = new Pacer({signal: undefined, backpressure: () => Promise.resolve()})
  const check = new TreeCheck({index, read: (chunk) => reader.read(chunk), pacer})
  return check.isWhole(root)
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
