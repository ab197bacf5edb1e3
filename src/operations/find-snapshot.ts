/** Finds the snapshots that references name. */
import {resolve} from 'node:path'
import {isBelow} from '../engine/sources.js'
import {PocketError} from '../errors.js'
import {fromUserPath} from '../filesystem/native-path.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {listSnapshotIds, loadSnapshot, loadSnapshots} from '../repository/snapshot-store.js'
import {filterSnapshots, type FoundSnapshot, isIdPrefix, resolveLatest, resolvePrefix, sourceKey} from '../snapshot/find.js'

export type {FoundSnapshot}

/** Which snapshots are looked at. */
export interface SnapshotChoice {
  hosts?: readonly string[]
  paths?: readonly string[]
  /** Each is a tag, or several joined by commas that a snapshot must all have. */
  tags?: readonly string[]
}

/** `reference`: an id or the beginning of one, `latest`, `latest~N`. Throws `snapshot-missing`, `snapshot-ambiguous`, `damaged-snapshot`. */
export async function findSnapshot(repository: Repository, reference: string): Promise<FoundSnapshot> {
  const [found] = await findSnapshots(repository, [reference])
  return found
}

/** Each snapshot that one of `references` names, once, all by the same listing. Throws as `findSnapshot` does. */
export async function findSnapshots(repository: Repository, references: readonly string[]): Promise<FoundSnapshot[]> {
  const found = new Map<ObjectId, FoundSnapshot>()
  let ids: ObjectId[] | undefined
  let snapshots: FoundSnapshot[] | undefined
  for (const reference of references) {
    if (isIdPrefix(reference)) {
      ids ??= await listSnapshotIds(repository.backend)
      const id = resolvePrefix(ids, reference)
      if (!found.has(id)) found.set(id, {id, record: await loadSnapshot(repository, id)})
      continue
    }
    // The one that cannot be read may be the latest: an older one must not be taken for it.
    const refuse = (error: PocketError): never => {
      throw new PocketError(error.code, `cannot tell what '${reference}' is: ${error.message}`, {
        hint: "give an id from 'pocket list'; 'pocket repair snapshots' puts the object back where this machine has a copy, and removes it with --forget",
        cause: error,
      })
    }
    snapshots ??= await loadSnapshots(repository, refuse)
    const one = resolveLatest(snapshots, reference)
    found.set(one.id, one)
  }
  return [...found.values()]
}

/** Those that `references` name, or, without any, all complete ones that match the choice, oldest first. Throws as `findSnapshot` does. */
export async function findChosen(repository: Repository, references: readonly string[], choice: SnapshotChoice): Promise<FoundSnapshot[]> {
  if (references.length > 0) return findSnapshots(repository, references)
  const found = chooseSnapshots(await loadSnapshots(repository, repository.onWarning), choice)
  return found.filter(({record}) => !record.isIncomplete)
}

/** Those of this host that were asked for just these paths, as `takeSnapshot` takes them, oldest first. */
export function chooseExactly(
  snapshots: readonly FoundSnapshot[],
  {host, paths}: {host: string; paths: readonly string[]},
): FoundSnapshot[] {
  const absolute = paths.map((path) => fromUserPath(resolve(path)))
  const wanted = sourceKey({host, paths: absolute.filter((path) => !absolute.some((other) => other !== path && isBelow(path, other)))})
  return snapshots.filter(({record}) => sourceKey(record) === wanted)
}

/** Those that match every kind of filter given, oldest first. */
export function chooseSnapshots(snapshots: readonly FoundSnapshot[], {hosts, paths, tags}: SnapshotChoice): FoundSnapshot[] {
  return filterSnapshots(snapshots, {hosts, paths: paths?.map((path) => fromUserPath(resolve(path))), tags})
}
