/**
 * Looks at the sources as a snapshot would, and tells what has changed since the parent: by names and metadata, without opening a file.
 * What a snapshot would leave out is not told.
 */
import type {BigIntStats} from 'node:fs'
import {type PocketError, systemCode} from '../errors.js'
import {joinPath} from '../filesystem/native-path.js'
import {isGone, listDirectory, statEntry, statTarget} from '../filesystem/scan.js'
import {ENTRY_TYPE, type EntryType} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import {type ReadTree, readTotals} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import {type ChangeKind, changeOf, namesOfBoth, storableType} from './changes.js'
import {folderKey} from './folder-key.js'
import {ListingCursor} from './listing-cursor.js'
import type {Pacer} from './pacer.js'
import type {Excluder} from './visit.js'
import type {Selection} from './sources.js'
import {type StoredEntry, storedEntry} from './stored-entry.js'

export interface SeenChange {
  /** Relative to the base of the snapshot. */
  path: ByteString
  change: ChangeKind
  /** What it is now; what it was, if it is deleted. */
  type: EntryType
  /** Of files, and of folders that are no folder on the other side: all that is in them. */
  sizeBefore: number | undefined
  sizeAfter: number | undefined
}

export interface TreeReview {
  changes: SeenChange[]
  /** Files and links that are as the parent has them. */
  upToDate: {files: number; links: number; bytes: number}
  /** Entries that could not be looked at, of which nothing is said. */
  unreadable: number
}

export interface ReviewWalkOptions {
  readTree: ReadTree
  excludesOf: ((source: ByteString) => Excluder) | undefined
  /** Folders that are never part of a snapshot, by `folderKey`. */
  forbidden: ReadonlyMap<string, unknown>
  pacer: Pacer
  /** Told when a part of the parent's trees is lost; what was there counts as not there. */
  onWarning: (error: PocketError) => void
}

interface Folder {
  path: ByteString
  /** Below the base. */
  own: ByteString
  /** Below the source, which excludes are relative to. */
  relative: ByteString
  excludes: Excluder | undefined
  selection: Selection
  previous: ChunkReference | undefined
  isGone: boolean
}

/** An entry on both sides; at least one is there. */
interface Sight {
  name: ByteString
  stats: BigIntStats | undefined
  stored: StoredEntry | undefined
}

function join(folder: ByteString, name: ByteString): ByteString {
  return (folder === '' ? name : `${folder}/${name}`) as ByteString
}

/** What differs below `base` from the tree `previous`, folder by folder. Throws `interrupted`. */
export async function reviewTree(
  {base, selection, previous}: {base: ByteString; selection: Selection; previous: ChunkReference | undefined},
  options: ReviewWalkOptions,
): Promise<TreeReview> {
  const walk = new ReviewWalk(options)
  const excludes = selection === 'all' ? options.excludesOf?.(base) : undefined
  const none = '' as ByteString
  await walk.visit({path: base, own: none, relative: none, excludes, selection, previous, isGone: false})
  return walk.review
}

class ReviewWalk {
  readonly review: TreeReview = {changes: [], upToDate: {files: 0, links: 0, bytes: 0}, unreadable: 0}
  readonly #options: ReviewWalkOptions

  constructor(options: ReviewWalkOptions) {
    this.#options = options
  }

  /** Tells the changes in `folder`, then those in the folders below; how many there were. */
  async visit(folder: Folder): Promise<number> {
    const {readTree, onWarning, pacer} = this.#options
    const {previous, selection} = folder
    const before = this.review.changes.length
    await pacer.betweenDirectories()
    const live = this.#list(folder)
    if (!live) return 0
    const names = previous && selection === 'all' ? await namesOfBoth(live, readTree, previous, onWarning) : live
    const cursor = previous && new ListingCursor(readTree, previous, onWarning)
    if (cursor && names.length > 0) await cursor.advance(names[0])
    const below: Sight[] = []
    for (const name of names) {
      if (cursor?.mustAdvance(name)) await cursor.advance(name)
      const sight = this.#look(folder, name, cursor)
      if (sight && this.#isFolder(sight)) below.push(sight)
      else if (sight) await this.#compare(folder, sight)
      if (pacer.isDue()) await pacer.turn()
    }
    for (const sight of below) await this.#enter(folder, sight)
    return this.review.changes.length - before
  }

  /** Undefined when it cannot be listed: then nothing is known of what is in it. */
  #list({path, selection, isGone}: Folder): ByteString[] | undefined {
    if (selection !== 'all') return [...selection.keys()].sort()
    if (isGone) return []
    return this.#tell(() => listDirectory(path))
  }

  #look(folder: Folder, name: ByteString, cursor: ListingCursor | undefined): Sight | undefined {
    const path = joinPath(folder.path, name)
    const leadsToSources = folder.selection !== 'all' && folder.selection.get(name) !== 'all'
    const stats = folder.isGone ? 'gone' : this.#stat(path, leadsToSources ? statTarget : statEntry)
    if (!stats) return undefined
    const sight: Sight = {name, stats: stats === 'gone' ? undefined : stats, stored: storedEntry(cursor, name)}
    const type = storableType(sight.stats) ?? sight.stored?.type
    if (type === undefined || folder.excludes?.(join(folder.relative, name), type === ENTRY_TYPE.directory)) return undefined
    if (sight.stats && type === ENTRY_TYPE.directory && this.#options.forbidden.has(folderKey(sight.stats))) return undefined
    return sight
  }

  #stat(path: ByteString, stat: typeof statEntry): BigIntStats | 'gone' | undefined {
    return this.#tell(() => {
      try {
        return stat(path)
      } catch (error) {
        if (isGone(path)) return 'gone'
        throw error
      }
    })
  }

  /** Whether it is a folder on every side where it is anything. */
  #isFolder({stats, stored}: Sight): boolean {
    const types = [storableType(stats), stored?.type].filter((type) => type !== undefined)
    return types.every((type) => type === ENTRY_TYPE.directory)
  }

  async #compare(folder: Folder, {name, stats, stored}: Sight): Promise<void> {
    const change = changeOf(stats, stored)
    const type = storableType(stats) ?? stored?.type
    if (change === 'none' || type === undefined) return
    if (change === 'same') return this.#countUpToDate(type, stats)
    const sizeBefore = stored && (await this.#storedSize(stored))
    const sizeAfter = storableType(stats) === undefined ? undefined : await this.#liveSize(folder, name, type, stats)
    this.review.changes.push({path: join(folder.own, name), change, type, sizeBefore, sizeAfter})
  }

  /** A folder in which nothing has changed is itself a change when only one side has it, or when its owner or mode differ. */
  async #enter(folder: Folder, {name, stats, stored}: Sight): Promise<void> {
    const change = changeOf(stats, stored)
    const own = join(folder.own, name)
    const isChanged = change === 'modified' && stored?.tree !== undefined
    const told = {path: own, type: ENTRY_TYPE.directory, sizeBefore: undefined, sizeAfter: undefined}
    if (isChanged) this.review.changes.push({...told, change: 'modified'})
    const isGone = change === 'deleted'
    const count = await this.visit({...this.#below(folder, name), previous: stored?.tree, isGone})
    if (count > 0 || isChanged) return
    // One that could not be listed when the parent was taken is as good as new.
    const isOneSided = change === 'new' || change === 'deleted' || !stored?.tree
    if (isOneSided && change !== 'none') this.review.changes.push({...told, change: change === 'same' ? 'modified' : change})
  }

  #below(folder: Folder, name: ByteString): Omit<Folder, 'previous' | 'isGone'> {
    const path = joinPath(folder.path, name)
    const selection = folder.selection === 'all' ? 'all' : (folder.selection.get(name) ?? 'all')
    const isInSource = folder.selection === 'all'
    const relative = isInSource ? join(folder.relative, name) : ('' as ByteString)
    const fresh = selection === 'all' ? this.#options.excludesOf?.(path) : undefined
    return {path, own: join(folder.own, name), relative, excludes: isInSource ? folder.excludes : fresh, selection}
  }

  #countUpToDate(type: EntryType, stats: BigIntStats | undefined): void {
    const {upToDate} = this.review
    if (type === ENTRY_TYPE.link) upToDate.links++
    else {
      upToDate.files++
      upToDate.bytes += Number(stats?.size ?? 0)
    }
  }

  async #storedSize(stored: StoredEntry): Promise<number | undefined> {
    if (stored.type === ENTRY_TYPE.file) return Number(stored.sizeBytes)
    return stored.tree && (await readTotals(this.#options.readTree, stored.tree)).bytes
  }

  async #liveSize(folder: Folder, name: ByteString, type: EntryType, stats: BigIntStats | undefined): Promise<number | undefined> {
    if (type === ENTRY_TYPE.file) return Number(stats?.size ?? 0)
    if (type !== ENTRY_TYPE.directory) return undefined
    const inside = new ReviewWalk(this.#options)
    await inside.visit({...this.#below(folder, name), previous: undefined, isGone: false})
    return inside.review.changes.reduce((sum, {sizeAfter}) => sum + (sizeAfter ?? 0), 0)
  }

  /** What `work` gives; undefined when it meets a system's error, which is counted. */
  #tell<Value>(work: () => Value): Value | undefined {
    try {
      return work()
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.review.unreadable++
      return undefined
    }
  }
}
