/** Tells what differs between two snapshots, or between a snapshot and a live folder. */
import {resolve} from 'node:path'
import {hasStoredContent} from '../engine/live-content.js'
import {Pacer} from '../engine/pacer.js'
import type {Excluder} from '../engine/visit.js'
import {fileError, PocketError, systemCode} from '../errors.js'
import {fromUserPath} from '../filesystem/native-path.js'
import {statTarget, typeOfMode} from '../filesystem/scan.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {ChunkReference} from '../format/reference.js'
import {ChunkVerifier} from '../repository/pack-reader.js'
import type {Repository} from '../repository/repository.js'
import {
  type ChangeType,
  type ComparedChange,
  type ComparedEntry,
  compareTrees,
  type Comparison,
  type SameContent,
} from '../snapshot/compare.js'
import {findPath, treeOf} from '../snapshot/entries.js'
import {splitReference} from '../snapshot/find.js'
import type {ReadTree} from '../snapshot/read-tables.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {type LiveEntry, liveSide, whyUnreadable, storedSide, type StoredEntry} from './compared-sides.js'
import {type EntryKind, kindOf} from './entry-info.js'
import {findSnapshot} from './find-snapshot.js'

export interface DiffOptions {
  /** `ID` or `ID:path`. */
  from: string
  to: string | {directory: string}
  /** Patterns as in .gitignore for a live folder; those of the snapshot when not given. */
  excludes?: readonly string[]
  /** Told what of a live folder cannot be read; nothing is said of it in the changes. */
  onUnreadable?: (error: PocketError) => void
}

export interface Change {
  path: string
  pathBytes: Uint8Array
  kind: EntryKind
  change: ChangeType
  sizeBefore?: number
  sizeAfter?: number
}

export interface DiffCounts {
  files: number
  directories: number
  links: number
  others: number
  bytes: number
}

export interface DiffTotals {
  added: DiffCounts
  removed: DiffCounts
  /** Files with other bytes, and links with another target, which count no bytes. */
  content: {files: number; bytesBefore: number; bytesAfter: number}
  metadata: {entries: number}
  type: {entries: number}
  /** Entries of which nothing is said, since one of the sides could not read them. */
  unknown: {entries: number}
}

/** Yields each change, in the order of names; returns the totals. Throws `snapshot-missing`, `path-missing`, `not-a-directory`. */
export async function* diffSnapshots(repository: Repository, options: DiffOptions): AsyncGenerator<Change, DiffTotals, void> {
  const {from, to} = options
  const trees = await repository.trees()
  const read: ReadTree = (chunk) => trees.read(chunk)
  const source = await findTree(repository, read, from)
  const before = storedSide(read, source.tree)
  const totals = createTotals()
  const onUnknown = (): void => void totals.unknown.entries++
  const comparison =
    typeof to === 'string'
      ? {before, onUnknown, after: storedSide(read, (await findTree(repository, read, to)).tree), sameContent: sameStored}
      : {
          before,
          onUnknown,
          ...(await compareLive(repository, read, to.directory, {...options, excludes: options.excludes ?? source.excludes})),
        }
  for await (const change of compareTrees(comparison)) {
    count(totals, change)
    yield describe(change)
  }
  return totals
}

async function findTree(
  repository: Repository,
  read: ReadTree,
  reference: string,
): Promise<{tree: ChunkReference | undefined; excludes: readonly string[]}> {
  const {snapshot, path} = splitReference(reference)
  const {record} = await findSnapshot(repository, snapshot)
  const found = await findPath(read, record, path === undefined ? undefined : fromUserPath(path))
  if (found.isRoot) return {tree: found.root, excludes: record.excludes}
  if (found.entry.type !== ENTRY_TYPE.directory) throw new PocketError('not-a-directory', `'${reference}' is not a folder`)
  return {tree: treeOf(found.entry), excludes: record.excludes}
}

async function compareLive(
  repository: Repository,
  read: ReadTree,
  directory: string,
  {excludes = [], onUnreadable = () => undefined}: Pick<DiffOptions, 'excludes' | 'onUnreadable'>,
): Promise<Pick<Comparison, 'after' | 'sameContent'>> {
  const path = liveFolder(directory)
  const after = liveSide({path, relative: '' as ByteString, excludes: await compile(excludes, path), onUnreadable})
  return {after, sameContent: sameAsLive(repository, read, onUnreadable)}
}

function liveFolder(directory: string): ByteString {
  const path = fromUserPath(resolve(directory))
  try {
    if (typeOfMode(Number(statTarget(path).mode)) === ENTRY_TYPE.directory) return path
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fileError(error, `cannot look at '${directory}'`)
    throw new PocketError('path-missing', `there is nothing at '${directory}'`, {hint: 'check the path', cause: error})
  }
  throw new PocketError('not-a-directory', `'${directory}' is not a folder`)
}

async function compile(patterns: readonly string[], folder: ByteString): Promise<Excluder | undefined> {
  if (patterns.length === 0) return undefined
  const {createExcluder} = await import('../filesystem/exclude.js')
  return createExcluder(patterns, folder)
}

const sameStored: SameContent = (before, after) => {
  const a = (before as StoredEntry).stored
  const b = (after as StoredEntry).stored
  return Promise.resolve(a.depth === b.depth && Buffer.compare(a.references.ids, b.references.ids) === 0)
}

/** Equal times, also that of the last change of metadata, are taken for equal content, as a snapshot takes them; otherwise the live file is read. */
function sameAsLive(repository: Repository, read: ReadTree, onUnreadable: (error: PocketError) => void): SameContent {
  const verifier = new ChunkVerifier(repository.keys.dataChunkKey)
  const paused = async (): Promise<void> => repository.backend.paused?.()
  const pacer = new Pacer({signal: undefined, backpressure: () => Promise.resolve(), paused})
  const onRead = (): Promise<void> | undefined => (pacer.isDue() ? pacer.turn() : undefined)
  return async (before, after) => {
    const {stored} = before as StoredEntry
    const {livePath, ctimeNs} = after as LiveEntry
    if (before.mtimeNs === after.mtimeNs && stored.ctimeNs === ctimeNs) return true
    const obstacle = whyUnreadable(livePath)
    if (!obstacle) return hasStoredContent(livePath, stored, {read, verifier, onRead})
    onUnreadable(obstacle)
    return undefined
  }
}

function createTotals(): DiffTotals {
  const none = (): DiffCounts => ({files: 0, directories: 0, links: 0, others: 0, bytes: 0})
  return {
    added: none(),
    removed: none(),
    content: {files: 0, bytesBefore: 0, bytesAfter: 0},
    metadata: {entries: 0},
    type: {entries: 0},
    unknown: {entries: 0},
  }
}

function count(totals: DiffTotals, {change, before, after}: ComparedChange): void {
  if (change === 'added' && after) countEntry(totals.added, after)
  else if (change === 'removed' && before) countEntry(totals.removed, before)
  else if (change === 'content') {
    totals.content.files++
    totals.content.bytesBefore += sizeOf(before) ?? 0
    totals.content.bytesAfter += sizeOf(after) ?? 0
  } else if (change === 'metadata') totals.metadata.entries++
  else totals.type.entries++
}

function countEntry(counts: DiffCounts, {type, sizeBytes}: ComparedEntry): void {
  if (type === ENTRY_TYPE.file) {
    counts.files++
    counts.bytes += sizeBytes
  } else if (type === ENTRY_TYPE.directory) counts.directories++
  else if (type === ENTRY_TYPE.link) counts.links++
  else counts.others++
}

function describe({path, change, before, after}: ComparedChange): Change {
  const shown = (after ?? before) as ComparedEntry
  return {
    path: displayName(path),
    pathBytes: Buffer.from(path, 'latin1'),
    kind: kindOf(shown.type),
    change,
    sizeBefore: sizeOf(before),
    sizeAfter: sizeOf(after),
  }
}

function sizeOf(entry: ComparedEntry | undefined): number | undefined {
  return entry?.type === ENTRY_TYPE.file ? entry.sizeBytes : undefined
}
