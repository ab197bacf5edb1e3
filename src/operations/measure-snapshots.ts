/** What each snapshot takes of what a repository stores. */
import {Pacer} from '../engine/pacer.js'
import {SizeWalk} from '../engine/unique-sizes.js'
import type {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {loadSnapshots} from '../repository/snapshot-store.js'
import type {FoundSnapshot} from '../snapshot/find.js'

export interface SnapshotSizes {
  /** Stored bytes that no other snapshot needs. */
  uniqueBytes: number
  /** Stored bytes that no older snapshot needs, of those that are still there. */
  addedBytes: number
}

export interface MeasureOptions {
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

/** Of every snapshot of the repository: each counts, whichever are shown. Throws `interrupted`, and what the backend throws. */
export async function measureSnapshots(repository: Repository, options: MeasureOptions = {}): Promise<Map<ObjectId, SnapshotSizes>> {
  return measureAll(repository, await loadSnapshots(repository, repository.onWarning), options)
}

/** `snapshots`: all, oldest first. */
export async function measureAll(
  repository: Repository,
  snapshots: readonly FoundSnapshot[],
  options: MeasureOptions,
): Promise<Map<ObjectId, SnapshotSizes>> {
  const walk = await sizeWalk(repository, options)
  const added: number[] = []
  for (const [place, {record}] of snapshots.entries()) {
    options.onProgress?.(place, snapshots.length)
    added.push(await walk.add(record.root))
  }
  options.onProgress?.(snapshots.length, snapshots.length)
  return new Map(snapshots.map(({id}, place) => [id, {uniqueBytes: walk.uniqueBytes(place), addedBytes: added[place]}]))
}

/** To be called after the snapshots were listed. What cannot be read is told once, and counts as nothing. */
export async function sizeWalk(repository: Repository, {signal}: MeasureOptions): Promise<SizeWalk> {
  repository.refresh()
  const index = await repository.loadIndex()
  const reader = await repository.trees()
  reader.expectAll()
  const told = new Set<string>()
  const onUnreadable = (error: PocketError): void => {
    if (!told.has(error.message)) repository.onWarning(error)
    told.add(error.message)
  }
  const pacer = new Pacer({signal, backpressure: () => Promise.resolve()})
  return new SizeWalk({index, read: (chunk) => reader.read(chunk), pacer, onUnreadable})
}
