/** Tells what a snapshot would take in: what is new, modified and deleted since its parent. Opens no file and stores nothing. */
import {hostname} from 'node:os'
import {Pacer} from '../engine/pacer.js'
import {reviewTree, type SeenChange} from '../engine/review-walk.js'
import type {ChangeKind} from '../engine/changes.js'
import {resolveSources} from '../engine/sources.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {byteStringToBytes, displayName} from '../util/bytes.js'
import {nowNs} from '../util/clock.js'
import {chooseParent, previousTree} from './choose-parent.js'
import {compileExcludes} from './compile-excludes.js'
import {type EntryKind, kindOf} from './entry-info.js'
import {forbiddenFolders, refuseForbidden} from './forbidden-folders.js'
import type {SnapshotOptions} from './take-snapshot.js'

/** Those of the snapshot that is to follow. */
export type ReviewOptions = Pick<SnapshotOptions, 'paths' | 'host' | 'timeNs' | 'parent' | 'excludes' | 'signal'>

export interface ReviewCounts {
  files: number
  directories: number
  links: number
  others: number
  bytes: number
}

export interface SnapshotReview {
  /** What was compared with; absent when everything is new. */
  parent?: ObjectId
  /** Folder by folder. A folder is among them when it is empty and on one side only, or when its owner or mode differ. */
  changes: readonly ReviewedChange[]
  totals: {
    new: ReviewCounts
    /** `bytes` are those of now. */
    modified: ReviewCounts & {bytesBefore: number}
    deleted: ReviewCounts
    upToDate: {files: number; links: number; bytes: number}
    /** Entries that could not be looked at, of which nothing is said. */
    unreadable: {entries: number}
  }
}

/** One change; small, because there may be millions. */
export class ReviewedChange {
  readonly #seen: SeenChange

  constructor(seen: SeenChange) {
    this.#seen = seen
  }

  /** Relative to the snapshot's base; bytes that are not UTF-8 are escaped. */
  get path(): string {
    return displayName(this.#seen.path)
  }

  get pathBytes(): Uint8Array {
    return byteStringToBytes(this.#seen.path)
  }

  get change(): ChangeKind {
    return this.#seen.change
  }

  /** What it is now; what it was, if it is deleted. */
  get kind(): EntryKind {
    return kindOf(this.#seen.type)
  }

  /** In bytes: of a file, or of all in a folder that something else takes the place of. */
  get sizeBefore(): number | undefined {
    return this.#seen.sizeBefore
  }

  get sizeAfter(): number | undefined {
    return this.#seen.sizeAfter
  }
}

/**
 * Compares the sources with the parent that a snapshot with these options has, by the metadata that the snapshot itself goes by. Hand `parent`
 * and some of `changes` (as `picked`) to `takeSnapshot` to take in only those. Throws `path-missing`, `source-unreadable`, `usage`, `interrupted`.
 */
export async function reviewSnapshot(repository: Repository, options: ReviewOptions): Promise<SnapshotReview> {
  const {excludes, signal, host = hostname(), timeNs = nowNs()} = options
  const sources = resolveSources(options.paths)
  const excludesOf = await compileExcludes(excludes)
  const parent = await chooseParent(repository, options.parent, {host, timeNs, paths: sources.paths})
  const forbidden = await forbiddenFolders(repository)
  refuseForbidden(sources.paths, forbidden)
  const trees = await repository.trees()
  const {base, selection} = sources
  const review = await reviewTree(
    {base, selection, previous: previousTree(parent, sources)?.root},
    {
      readTree: (reference) => trees.read(reference),
      excludesOf,
      forbidden,
      pacer: new Pacer({signal, backpressure: () => Promise.resolve(), paused: async () => repository.backend.paused?.()}),
      onWarning: repository.onWarning,
    },
  )
  const {upToDate, unreadable} = review
  return {
    parent: parent?.id,
    changes: review.changes.map((seen) => new ReviewedChange(seen)),
    totals: {...countChanges(review.changes), upToDate, unreadable: {entries: unreadable}},
  }
}

function countChanges(changes: readonly SeenChange[]): Pick<SnapshotReview['totals'], ChangeKind> {
  const none = (): ReviewCounts => ({files: 0, directories: 0, links: 0, others: 0, bytes: 0})
  const totals = {new: none(), modified: {...none(), bytesBefore: 0}, deleted: none()}
  for (const {change, type, sizeBefore = 0, sizeAfter = 0} of changes) {
    const counts = totals[change]
    if (type === ENTRY_TYPE.file) counts.files++
    else if (type === ENTRY_TYPE.directory) counts.directories++
    else if (type === ENTRY_TYPE.link) counts.links++
    else counts.others++
    counts.bytes += change === 'deleted' ? sizeBefore : sizeAfter
    if (change === 'modified') totals.modified.bytesBefore += sizeBefore
  }
  return totals
}
