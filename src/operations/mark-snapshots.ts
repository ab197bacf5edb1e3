/** Stores snapshots again with other tags, or pinned: a snapshot object never changes, so another takes its place. */
import {PocketError} from '../errors.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import {type ObjectId, shortId} from '../id.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import {commitSnapshot} from './commit-snapshot.js'

export interface SnapshotMarks {
  /** All tags from now on; beside it neither of the next two. */
  setTags?: readonly string[]
  addTags?: readonly string[]
  removeTags?: readonly string[]
  pinned?: boolean
}

/** Which id each snapshot has from now on. */
export type Renamed = {from: ObjectId; to: ObjectId}

/** Those that are as they should be already keep their id. Throws `chunk-missing` for a snapshot that lacks something. */
export async function markSnapshots(repository: Repository, snapshots: readonly FoundSnapshot[], marks: SnapshotMarks): Promise<Renamed[]> {
  const renamed: Renamed[] = []
  for (const snapshot of snapshots) renamed.push({from: snapshot.id, to: await markSnapshot(repository, snapshot, marks)})
  return renamed
}

async function markSnapshot(repository: Repository, {id, record}: FoundSnapshot, marks: SnapshotMarks): Promise<ObjectId> {
  const {isPinned: wasPinned, ...rest} = record
  const tags = tagsOf(record, marks)
  const isPinned = marks.pinned ?? wasPinned === true
  if (isPinned === (wasPinned === true) && areEqual(tags, record.tags)) return id
  const marked: SnapshotRecord = {...rest, tags, ...(isPinned && {isPinned}), original: record.original ?? id}
  const to = await commitSnapshot(repository, marked)
  if (to === undefined) {
    throw new PocketError('chunk-missing', `snapshot '${shortId(id)}' lacks something that it needs, and is left as it is`, {
      hint: "'pocket check' tells what is lost",
    })
  }
  await repository.backend.remove(snapshotName(id))
  return to
}

function tagsOf({tags}: SnapshotRecord, {setTags, addTags = [], removeTags = []}: SnapshotMarks): string[] {
  if (setTags) return [...new Set(setTags)]
  return [...new Set([...tags, ...addTags])].filter((tag) => !removeTags.includes(tag))
}

function areEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((tag, place) => tag === other[place])
}
