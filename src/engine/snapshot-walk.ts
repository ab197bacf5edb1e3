/**
 * The walk of a snapshot: lists folders, compares each entry with the parent snapshot, sends to be read what may have changed, and saves
 * each directory when everything in it is known. Depth first, so that few directories are open at once.
 */
import type {BigIntStats} from 'node:fs'
import {isPocketError, type PocketError} from '../errors.js'
import {joinPath} from '../filesystem/native-path.js'
import {isGone, readLink, statEntry, statTarget, typeOfMode} from '../filesystem/scan.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import type {Totals} from '../format/totals.js'
import type {ChunkIndex} from '../repository/chunk-index.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import type {ByteString} from '../util/bytes.js'
import {changeOf} from './changes.js'
import {saveOpenVisits} from './checkpoint-tree.js'
import {DirectoryBuilder} from './directory-builder.js'
import {FileEntries} from './file-entries.js'
import type {FileScheduler} from './file-scheduler.js'
import {folderKey} from './folder-key.js'
import {FolderNames} from './folder-names.js'
import {ListingCursor, type PreviousListing} from './listing-cursor.js'
import type {Pacer} from './pacer.js'
import {folderBelow, heldFolder, isLeftOut, isPicked, outcomeOf, type Picks} from './picked-changes.js'
import type {SkipReason, SnapshotEvent} from './snapshot-events.js'
import type {SnapshotTally} from './snapshot-tally.js'
import type {Selection} from './sources.js'
import {type StoredEntry, storedEntry} from './stored-entry.js'
import {type SaveTree, saveDirectory} from './tree-writer.js'
import {isPristine, isUntouched, onlyDoubtful, type Touched, touchedBelow} from './touched.js'
import {type Excluder, isSameChunk, type OpenVisit, type PreviousTree, relativePath, type Visit} from './visit.js'
import {WalkNotes} from './walk-notes.js'

export interface WalkOptions {
  index: ChunkIndex
  /** Reads the parent's trees. */
  readTree: ReadTree
  /** The sums of a tree of the parent. */
  totalsOf: (root: ChunkReference) => Promise<Totals>
  /** Reads every file, whatever the parent says. */
  readsAll: boolean
  /** What to leave out of a source. */
  excludesOf: ((source: ByteString) => Excluder) | undefined
  /** Folders that are never part of a snapshot, by `folderKey`. */
  forbidden: ReadonlyMap<string, SkipReason>
  files: (complete: (directory: DirectoryBuilder) => void) => FileScheduler
  tally: SnapshotTally
  save: SaveTree
  /** Told of each directory that is complete. */
  onSaved: (root: ChunkReference, totals: Totals) => void
  emit: (event: SnapshotEvent) => void
  pacer: Pacer
  /** Told, once, when a part of the parent's trees is lost; its files are then read again. */
  onWarning: (error: PocketError) => void
}

/** What a walk keeps to; it goes everywhere where neither is given. */
export interface WalkLimits {
  picks?: Picks
  touched?: Touched
}

export interface WalkedTree {
  root: ChunkReference
  totals: Totals
}

export class SnapshotWalk {
  readonly #options: WalkOptions
  readonly #files: FileScheduler
  readonly #entries: FileEntries
  readonly #open = new Map<DirectoryBuilder, OpenVisit>()
  readonly #stack: Visit[] = []
  readonly #notes: WalkNotes
  readonly #names: FolderNames
  #walked: WalkedTree | undefined

  constructor(options: WalkOptions) {
    this.#options = options
    this.#notes = new WalkNotes(options)
    this.#names = new FolderNames(options.readTree, this.#notes)
    this.#files = options.files(this.#complete)
    this.#entries = new FileEntries({...options, files: this.#files, notes: this.#notes})
  }

  /**
   * Walks `base`, and takes in only `picks`, or looks only at what was `touched` since the one tree of `previous`, where they are given; resolves
   * when every directory is saved. Throws when `base` itself cannot be listed.
   */
  async run(base: ByteString, selection: Selection, previous: readonly PreviousTree[], {picks, touched}: WalkLimits): Promise<WalkedTree> {
    const excludes = this.#excludesBelow(base, selection)
    const picked = picks && {picks, isNew: false, isGone: false, stored: undefined}
    const root = {path: base, parent: undefined, relative: '' as ByteString, excludes, selection, previous, picked}
    this.#stack.push({...root, touched: touched?.isDeep ? undefined : touched})
    for (let visit = this.#stack.pop(); visit; visit = this.#stack.pop()) {
      await this.#visit(visit)
      await this.#options.pacer.betweenDirectories()
    }
    await this.#files.settle()
    if (!this.#walked) throw new RangeError('the walk ended before its root was saved')
    return this.#walked
  }

  /** The tree of what is complete by now; undefined when that is nothing. */
  checkpoint(): WalkedTree | undefined {
    return this.#walked ?? saveOpenVisits(this.#open, this.#options.save)
  }

  async #visit(visit: Visit): Promise<void> {
    const names = await this.#names.of(visit)
    if (!names) return visit.parent && this.#complete(visit.parent.visit.builder)
    const open: OpenVisit = {...visit, builder: new DirectoryBuilder(visit.path, names.length)}
    this.#open.set(open.builder, open)
    const listings = visit.previous.map(({root, startedNs}) => ({
      cursor: new ListingCursor(this.#options.readTree, root, this.#notes.warnOnce),
      startedNs,
    }))
    if (names.length > 0) for (const {cursor} of listings) await cursor.advance(names[0])
    const below: Visit[] = []
    for (const name of names) {
      for (const {cursor} of listings) if (cursor.mustAdvance(name)) await cursor.advance(name)
      const reading = this.#enter(open, name, listings, below)
      if (reading) await reading
      if (this.#options.pacer.isDue()) await this.#options.pacer.turn()
    }
    for (let index = below.length - 1; index >= 0; index--) this.#stack.push(below[index])
    this.#complete(open.builder)
  }

  /** Takes one entry in. A promise is of a file that waits for its turn to be read. */
  #enter(visit: OpenVisit, name: ByteString, listings: readonly PreviousListing[], below: Visit[]): Promise<void> | undefined {
    if (visit.touched && visit.selection === 'all') {
      const [{cursor, startedNs}] = listings
      const stored = storedEntry(cursor, name)
      if (stored && isUntouched(visit.touched, name, stored)) return this.#takeOver(visit, stored, startedNs, below)
    }
    const path = joinPath(visit.path, name)
    const leadsToSources = visit.selection !== 'all' && visit.selection.get(name) !== 'all'
    const stats = this.#stat(visit, name, path, leadsToSources ? statTarget : statEntry)
    if (visit.picked) {
      const [listing] = listings
      const stored = storedEntry(listing?.cursor, name)
      const outcome = outcomeOf(visit.picked, name, stats, stored)
      if (outcome === 'nowhere') return undefined
      if (outcome === 'stored' && stored) return this.#hold(visit, stored, listing.startedNs, below)
    }
    if (!stats) return undefined
    const type = typeOfMode(Number(stats.mode))
    if (visit.excludes?.(relativePath(visit, name), type === ENTRY_TYPE.directory)) return undefined
    if (type === ENTRY_TYPE.file) return this.#entries.enter({directory: visit.builder, name, path, stats}, listings)
    if (type === ENTRY_TYPE.directory) return this.#enterDirectory(visit, name, {stats, listings, below})
    if (type === ENTRY_TYPE.link) this.#enterLink(visit.builder, name, path, stats)
    else this.#notes.skip(path, 'special-file')
    return undefined
  }

  /** A folder that leads to a source may be named by a link: what was asked for lies behind it. */
  #stat({builder, picked}: OpenVisit, name: ByteString, path: ByteString, stat: typeof statEntry): BigIntStats | undefined {
    if (picked?.isGone) return undefined
    try {
      return stat(path)
    } catch (error) {
      if (isGone(path)) return undefined
      if (picked && !isPicked(picked, name)) this.#notes.unrecorded(path, error)
      else this.#notes.unreadable(builder, builder.add(name, ENTRY_TYPE.unknown, undefined), path, error)
      return undefined
    }
  }

  /** Takes an entry over from the parent as it is there, whatever has become of it since. A promise is of a large file that is looked up. */
  #hold(visit: OpenVisit, stored: StoredEntry, startedNs: bigint, below: Visit[]): Promise<void> | undefined {
    const {builder} = visit
    const {type, stats, error, tree} = stored
    const name = stored.table.names[stored.place]
    if (visit.excludes?.(relativePath(visit, name), type === ENTRY_TYPE.directory)) return undefined
    const entry = builder.add(name, type, undefined)
    builder.restat(entry, stats)
    if (type === ENTRY_TYPE.link) builder.setTarget(entry, stored.target)
    const previous = tree ? [{root: tree, startedNs}] : []
    const picked = heldFolder(visit.picked, name, stats)
    if (tree) below.push(this.#below(visit, {name, entry, previous, picked, touched: undefined}))
    if (type === ENTRY_TYPE.file) return this.#entries.hold(visit, entry, stored, startedNs)
    if (error) builder.addError(entry, error.code, error.message)
    return undefined
  }

  /** Takes an entry over that was not touched. A promise is of a directory, whose sums have to be known. */
  #takeOver(visit: OpenVisit, stored: StoredEntry, startedNs: bigint, below: Visit[]): Promise<void> | undefined {
    const {builder} = visit
    const {type, stats, tree} = stored
    const name = stored.table.names[stored.place]
    const entry = builder.add(name, type, undefined)
    builder.restat(entry, stats)
    if (type === ENTRY_TYPE.link) builder.setTarget(entry, stored.target)
    if (type === ENTRY_TYPE.file) this.#entries.keep(visit, entry, stored)
    return tree && this.#takeTree(visit, entry, {root: tree, startedNs}, below)
  }

  /** Takes everything below a directory over, unless some of it could not be read, or is lost: that is looked at. */
  async #takeTree(visit: OpenVisit, entry: number, previous: PreviousTree, below: Visit[]): Promise<void> {
    let touched: Touched | undefined = onlyDoubtful()
    try {
      const totals = await this.#options.totalsOf(previous.root)
      if (totals.unreadable === 0) {
        this.#options.tally.keepTree(totals)
        return visit.builder.setTree(entry, previous.root, totals)
      }
    } catch (error) {
      if (!isPocketError(error, 'chunk-missing')) throw error
      this.#notes.warnOnce(error)
      touched = undefined
    }
    const name = visit.builder.nameOf(entry)
    below.push(this.#below(visit, {name, entry, previous: [previous], picked: undefined, touched}))
  }

  #enterDirectory(
    visit: OpenVisit,
    name: ByteString,
    {stats, listings, below}: {stats: BigIntStats; listings: readonly PreviousListing[]; below: Visit[]},
  ): Promise<void> | undefined {
    const path = joinPath(visit.path, name)
    const reason = this.#options.forbidden.get(folderKey(stats))
    if (reason) {
      this.#notes.skip(path, reason)
      return undefined
    }
    const entry = visit.builder.add(name, ENTRY_TYPE.directory, stats)
    const found = listings.map(({cursor, startedNs}) => ({stored: storedEntry(cursor, name), startedNs}))
    const stored = found.find((one) => one.stored)?.stored
    const picked = visit.picked && folderBelow(visit.picked, name, stats, stored)
    if (picked?.stored && changeOf(stats, stored) === 'modified') visit.builder.restat(entry, picked.stored)
    const previous = found.flatMap((one) => (one.stored?.tree ? [{root: one.stored.tree, startedNs: one.startedNs}] : []))
    const touched = visit.touched && touchedBelow(visit.touched, name, stats, stored)
    const isWhole = visit.selection === 'all' || visit.selection.get(name) === 'all'
    if (touched && isPristine(touched) && isWhole) return this.#takeTree(visit, entry, previous[0], below)
    below.push(this.#below(visit, {name, entry, previous, picked, touched}))
    return undefined
  }

  /** The visit of a directory in `visit`, which waits for it. */
  #below(
    visit: OpenVisit,
    {name, entry, ...how}: Pick<Visit, 'previous' | 'picked' | 'touched'> & {name: ByteString; entry: number},
  ): Visit {
    const path = joinPath(visit.path, name)
    const selection = visit.selection === 'all' ? 'all' : (visit.selection.get(name) ?? 'all')
    // Each source is the root of its own patterns.
    const isInSource = visit.selection === 'all'
    const relative = isInSource && visit.excludes ? relativePath(visit, name) : ('' as ByteString)
    const excludes = isInSource ? visit.excludes : this.#excludesBelow(path, selection)
    visit.builder.pending++
    return {path, parent: {visit, entry}, relative, excludes, selection, ...how}
  }

  #enterLink(builder: DirectoryBuilder, name: ByteString, path: ByteString, stats: BigIntStats): void {
    const entry = builder.add(name, ENTRY_TYPE.link, stats)
    try {
      builder.setTarget(entry, readLink(path))
    } catch (error) {
      builder.setTarget(entry, '' as ByteString)
      if (isGone(path)) return builder.drop(entry)
      this.#notes.unreadable(builder, entry, path, error)
    }
  }

  /** One of the things that `builder` waited for is there; the last one saves it, and so completes its parent. */
  readonly #complete = (builder: DirectoryBuilder): void => {
    builder.pending--
    if (builder.pending > 0) return
    const visit = this.#open.get(builder)
    if (!visit) throw new RangeError('a directory was completed twice')
    this.#open.delete(builder)
    const {parent, picked} = visit
    if (parent && picked && isLeftOut(picked, builder)) {
      parent.visit.builder.drop(parent.entry)
      return this.#complete(parent.visit.builder)
    }
    const {reference, totals} = saveDirectory(builder, this.#options.save)
    this.#options.onSaved(reference, totals)
    if (!parent) {
      this.#walked = {root: reference, totals}
      return
    }
    this.#options.tally.countDirectory(visit.previous, reference)
    parent.visit.builder.setTree(parent.entry, reference, totals)
    if (picked?.stored && isSameChunk(visit.previous[0]?.root, reference)) parent.visit.builder.restat(parent.entry, picked.stored)
    this.#complete(parent.visit.builder)
  }

  #excludesBelow(path: ByteString, selection: Selection): Excluder | undefined {
    return selection === 'all' ? this.#options.excludesOf?.(path) : undefined
  }
}
