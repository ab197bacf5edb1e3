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

export interface MarkOptions {
  signal?: AbortSignal
  /** Told of each snapshot as soon as it is done. */
  onMarked?: (renamed: Renamed) => void
}

/**
 * Those that are as they should be already keep their id. Throws `chunk-missing` for a snapshot that lacks something, `usage` for what cannot be a tag,
 * and `interrupted`; each snapshot is marked wholly or not at all.
 */
export async function markSnapshots(
  repository: Repository,
  snapshots: readonly FoundSnapshot[],
  marks: SnapshotMarks,
  {signal, onMarked}: MarkOptions = {},
): Promise<Renamed[]> {
  checkTags(marks)
  const all: Renamed[] = []
  for (const snapshot of snapshots) {
    if (signal?.aborted) throw new PocketError('interrupted', 'marking was interrupted')
    const renamed = {from: snapshot.id, to: await markSnapshot(repository, snapshot, marks)}
    all.push(renamed)
    onMarked?.(renamed)
  }
  return all
}

/** As of `pocket snapshot --tag`: a comma joins tags where they are asked for. */
function checkTags({setTags = [], addTags = [], removeTags = []}: SnapshotMarks): void {
  const odd = [...setTags, ...addTags, ...removeTags].find((tag) => tag === '' || tag.includes(','))
  if (odd === undefined) return
  throw new PocketError('usage', `'${odd}' cannot be a tag`, {hint: 'a tag has no comma and is not empty; give the flag once for each'})
}

async function markSnapshot(repository: Repository, {id, record}: FoundSnapshot, marks: SnapshotMarks): Promise<ObjectId> {
  const {isPinned: wasPinned, ...rest} = record
  const tags = tagsOf(record, marks)
  const isPinned = marks.pinned ?? wasPinned === true
  if (isPinned === (wasPinned === true) && areEqual(tags, record.tags)) return id
  const marked: SnapshotRecord = {...rest, tags, ...(isPinned && {isPinned}), original: record.original ?? id}
  const to = await commitSnapshot(repository, marked)
  if (to === undefined) {
    throw new PocketError(
      'chunk-missing',
      `snapshot '${shortId(id)}' lacks something that it needs, or a prune is at work on it; it is left as it is`,
      {
        hint: "'pocket check' tells whether something is lost; if not, try again after 'pocket prune'",
        retryable: true,
      },
    )
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
