/**
 * A snapshot of picked changes: the parent, with some of the changes since applied. This file says what that means for each entry; the walk
 * does it. What was not picked stays as the parent has it, whether it was seen to have changed or has changed only after it was looked at.
 */
import type {BigIntStats} from 'node:fs'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ByteString} from '../util/bytes.js'
import {changeOf, storableType} from './changes.js'
import type {DirectoryBuilder} from './directory-builder.js'
import type {FileStats} from './messages.js'
import type {StoredEntry} from './stored-entry.js'

/** What was picked at a path and below it. */
export interface Picks {
  /** The change of this very entry. */
  isPicked: boolean
  readonly below: Map<ByteString, Picks>
}

/** A directory of such a snapshot. */
export interface PickedFolder {
  picks: Picks | undefined
  /** The parent does not have it. */
  isNew: boolean
  /** It is not there any more, or cannot be listed: only the parent knows what is in it. */
  isGone: boolean
  /** The metadata that it goes back to when nothing in it has changed. */
  stored: FileStats | undefined
}

/** `paths` are relative to the base of the snapshot. */
export function picksOf(paths: Iterable<ByteString>): Picks {
  const root: Picks = {isPicked: false, below: new Map()}
  for (const path of paths) {
    let picks = root
    for (const name of path.split('/') as ByteString[]) {
      let next = picks.below.get(name)
      if (!next) picks.below.set(name, (next = {isPicked: false, below: new Map()}))
      picks = next
    }
    picks.isPicked = true
  }
  return root
}

export function isPicked({picks}: PickedFolder, name: ByteString): boolean {
  return picks?.below.get(name)?.isPicked ?? false
}

/** Where the entry `name` of `folder` is taken from: what is there now, the parent, or nowhere. */
export function outcomeOf(
  folder: PickedFolder,
  name: ByteString,
  stats: BigIntStats | undefined,
  stored: StoredEntry | undefined,
): 'live' | 'stored' | 'nowhere' {
  const picks = folder.picks?.below.get(name)
  if (picks?.isPicked) return 'live'
  const change = changeOf(stats, stored)
  if (change === 'none') return 'nowhere'
  const isDirectory = storableType(stats) === ENTRY_TYPE.directory
  if (change === 'new') return isDirectory && picks ? 'live' : 'nowhere'
  // One that could not be listed then is taken in with what of it was picked, or not at all.
  if (isDirectory && stored?.type === ENTRY_TYPE.directory) return picks || stored.tree ? 'live' : 'stored'
  return change === 'same' ? 'live' : 'stored'
}

/**
 * How to go on below a directory that is there; undefined for one that was picked in place of something else, and is taken in as it is.
 * One whose own change was not picked keeps its metadata, and so does one in which nothing changes, unless it could not be listed then.
 */
export function folderBelow(
  folder: PickedFolder,
  name: ByteString,
  stats: BigIntStats,
  stored: StoredEntry | undefined,
): PickedFolder | undefined {
  const picks = folder.picks?.below.get(name)
  if (!stored) return {picks, isNew: true, isGone: false, stored: undefined}
  if (stored.type !== ENTRY_TYPE.directory) return undefined
  const isTaken = !stored.tree || (picks?.isPicked && changeOf(stats, stored) === 'modified')
  return {picks, isNew: false, isGone: false, stored: isTaken ? undefined : stored.stats}
}

/** How to go on below a directory that stays as the parent has it, but for the changes that were picked in it. */
export function heldFolder(folder: PickedFolder | undefined, name: ByteString, stored: FileStats): PickedFolder {
  return {picks: folder?.picks?.below.get(name), isNew: false, isGone: true, stored}
}

/** Whether a directory that is complete is left out: one that holds nothing of what it is needed for. */
export function isLeftOut({picks, isNew, isGone}: PickedFolder, builder: DirectoryBuilder): boolean {
  if (!builder.isEmpty) return false
  return isNew ? !picks?.isPicked : isGone && picks !== undefined
}
