/** Snapshots whose trees no writer of Pocket's would make, to see what a restore makes of them. */
import {randomBytes} from 'node:crypto'
import {existsSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Repository, type RestoreEvent, restoreSnapshot, type RestoreSnapshotOptions, takeSnapshot} from '../../src/index.js'
import type {ChunkReference} from '../../src/format/reference.js'
import {loadSnapshots, saveSnapshot} from '../../src/repository/snapshot-store.js'
import {writeChunks} from '../../src/repository/write-session.js'
import {findPath} from '../../src/snapshot/entries.js'
import type {ByteString} from '../../src/util/bytes.js'
import {type Place, WORKERS} from './repository-place.js'

export type SaveBytes = (bytes: Uint8Array) => ChunkReference

/**
 * Saves a snapshot of the tree whose root `build` gives, like the latest one (taken of the source when there is none) but later. `build`
 * is also given a reference to a chunk of eight bytes that is stored.
 */
export async function craftSnapshot(
  repository: Repository,
  {source}: Place,
  build: (save: SaveBytes, stored: ChunkReference) => ChunkReference,
): Promise<void> {
  if (!existsSync(join(source, 'source'))) {
    writeFileSync(join(source, 'source'), randomBytes(8))
    await takeSnapshot(repository, {paths: [source], workers: WORKERS})
  }
  const {record} = (await loadSnapshots(repository, () => undefined)).at(-1)!
  const stored = await findStored(repository)
  const root = await writeChunks(repository, {treeLevel: 3}, async (session) => build((bytes) => session.saveTree(bytes), stored))
  await saveSnapshot(repository, {...record, root, timeNs: record.timeNs + 1n})
}

async function findStored(repository: Repository): Promise<ChunkReference> {
  const trees = await repository.trees()
  const [{record}] = await loadSnapshots(repository, () => undefined)
  const found = await findPath((chunk) => trees.read(chunk), record, 'source' as ByteString)
  if (found.isRoot) throw new Error('the first snapshot is not the one of the source')
  return {id: found.entry.references.ids.slice(), length: found.entry.references.lengths[0]}
}

/** Restores the latest snapshot; the result, and what was told as `type path code` (without a code for warnings), sorted. */
export async function restoreTelling(repository: Repository, target: string, options: Partial<RestoreSnapshotOptions> = {}) {
  const events: RestoreEvent[] = []
  const onEvent = (event: RestoreEvent) => events.push(event)
  const result = await restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, onEvent, ...options})
  const told = events.flatMap((event) => {
    if (event.type === 'failed') return [`failed ${event.path} ${event.code}`]
    return event.type === 'warning' ? [`warning ${event.path}`] : []
  })
  return {...result, told: told.sort(), events}
}
