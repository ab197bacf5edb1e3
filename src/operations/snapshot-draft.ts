/** The record of a snapshot: what is known of it before anything is read, and what is added afterwards. */
import {hostname} from 'node:os'
import type {SavedTree} from '../engine/snapshot-run.js'
import type {Sources} from '../engine/sources.js'
import type {RootEntry, SnapshotRecord, SnapshotSummary} from '../format/snapshot-record.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import type {FoundSnapshot} from '../snapshot/find.js'
import {equalBytes} from '../util/bytes.js'
import {userName} from '../util/user-name.js'
import {PROGRAM} from '../util/version.js'
import {previousTree} from './choose-parent.js'
import {isSameRoot} from './snapshot-memory.js'

export type Draft = Omit<SnapshotRecord, 'root' | 'durationNs' | 'summary'>

/** What a caller says of it. */
export interface DraftOptions {
  tags?: readonly string[]
  host?: string
  user?: string
  timeNs?: bigint
  excludes?: readonly string[]
}

export function draftRecord(options: DraftOptions, {base, paths, rootStats}: Sources, startedNs: bigint): Draft {
  const rootEntry: RootEntry | undefined = rootStats && {
    mode: Number(rootStats.mode) & 0o7777,
    uid: Number(rootStats.uid),
    gid: Number(rootStats.gid),
    mtimeNs: rootStats.mtimeNs,
    ctimeNs: rootStats.ctimeNs,
    inode: rootStats.ino,
  }
  return {
    timeNs: options.timeNs ?? startedNs,
    startedNs,
    base,
    paths,
    rootEntry,
    host: options.host ?? hostname(),
    user: options.user ?? userName(),
    tags: [...new Set(options.tags ?? [])],
    excludes: [...(options.excludes ?? [])],
    program: PROGRAM,
  }
}

export function summarize({tally, bytesRead, bytesNew, chunksNew, totals}: SavedTree, bytesStored: number): SnapshotSummary {
  return {
    files: tally.files,
    directories: tally.directories,
    bytesRead,
    bytesAdded: bytesNew,
    bytesStored,
    chunksNew,
    changedWhileRead: tally.changedWhileRead,
    skipped: tally.skipped,
    total: totals,
  }
}

/**
 * What a snapshot of picked changes has from its parent beside its entries: the metadata of its base when nothing in it has changed; and when the
 * run began, if a file was taken over unread that the parent may have missed a change of, so that the next run reads that file.
 */
export function keptOfParent(
  {root, tally}: SavedTree,
  {rootEntry, startedNs}: Draft,
  parent: FoundSnapshot | undefined,
  sources: Sources,
): Pick<SnapshotRecord, 'rootEntry' | 'startedNs'> {
  const previous = previousTree(parent, sources)
  if (!parent || !previous) return {rootEntry, startedNs}
  const isSame = rootEntry && Buffer.compare(previous.root.id, root.id) === 0
  return {
    rootEntry: isSame ? (parent.record.rootEntry ?? rootEntry) : rootEntry,
    startedNs: tally.holdsFresh ? previous.startedNs : startedNs,
  }
}

/** Whether `parent` is of the same as `record`, and still there. */
export async function isThere(repository: Repository, record: SnapshotRecord, parent: FoundSnapshot | undefined): Promise<boolean> {
  if (!parent || parent.record.isIncomplete || parent.record.base !== record.base) return false
  if (!equalBytes(parent.record.root.id, record.root.id) || !isSameRoot(parent.record.rootEntry, record.rootEntry)) return false
  // With other excludes it is none that what comes next can be taken over from.
  if (parent.record.excludes.join('\n') !== record.excludes.join('\n')) return false
  return (await repository.backend.stat(snapshotName(parent.id))) !== undefined
}
