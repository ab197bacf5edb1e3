/** Restores a snapshot, or a part of one. */
import {resolve} from 'node:path'
import {type RestoreEvent, type RestoreKind, targetWarnings} from '../engine/restore-events.js'
import {countReferences, type ReferenceCount} from '../engine/restore-references.js'
import {restoreTree} from '../engine/restore-run.js'
import {planTarget, type TargetPlan} from '../engine/restore-target.js'
import {displayPath, type RestoreItem, type RestoreRoot, type RestoreSelection, walkRestore} from '../engine/restore-walk.js'
import type {EntryMetadata} from '../filesystem/restore-metadata.js'
import {fromUserPath, joinPath} from '../filesystem/native-path.js'
import {PocketError} from '../errors.js'
import {ENTRY_TYPE} from '../format/entry-type.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import type {ObjectId} from '../id.js'
import {ChunkVerifier} from '../repository/pack-reader.js'
import type {Repository} from '../repository/repository.js'
import {findPath, treeOf} from '../snapshot/entries.js'
import {splitReference} from '../snapshot/find.js'
import {type ReadTree, readTotals} from '../snapshot/read-tables.js'
import {monotonicMs} from '../util/clock.js'
import {type ByteString, displayName} from '../util/bytes.js'
import {findSnapshot} from './find-snapshot.js'
import {type Traffic, trafficOf} from './traffic.js'

export interface RestoreSnapshotOptions {
  /** `ID`, `latest~1`, `ID:path`. */
  reference: string
  /** The folder to restore into; where it came from, unless given. */
  target?: string
  /** Patterns as in .gitignore, relative to what is restored: only these, and what is below them. */
  includes?: readonly string[]
  excludes?: readonly string[]
  /** Replaces files and links that differ. */
  overwrite?: boolean
  dryRun?: boolean
  workers?: number
  signal?: AbortSignal
  onEvent?: (event: RestoreEvent) => void
}

export interface RestoreResult {
  snapshot: ObjectId
  target: string
  files: number
  directories: number
  links: number
  bytes: number
  /** Files and links that were there already, with this content. */
  unchanged: number
  /** What could not be restored; each was told. */
  failed: number
  dryRun: boolean
  elapsedMs: number
  /** What a server was asked since the repository was opened, and where; absent where no server is. */
  traffic?: Traffic
  endpoint?: string
}

/** What is restored, and where to. */
interface Part {
  root: RestoreRoot
  target: ByteString
  rootEntry: EntryMetadata | undefined
}

/**
 * Throws `target-differs` before anything is written when something in the target is not as in the snapshot, unless `overwrite`;
 * `snapshot-missing`, `path-missing` (also when nothing is included), `interrupted`, `no-space`.
 */
export async function restoreSnapshot(repository: Repository, options: RestoreSnapshotOptions): Promise<RestoreResult> {
  if (options.target === '') throw new PocketError('usage', 'the target is empty', {hint: 'name a folder to restore into'})
  const startMs = monotonicMs()
  const {snapshot, path} = splitReference(options.reference)
  const {id, record} = await findSnapshot(repository, snapshot)
  const trees = await repository.trees()
  const read: ReadTree = (chunk) => trees.read(chunk)
  if (path === undefined && !options.includes?.length) trees.expectAll()
  const part = await findPart(read, record, path, options.target)
  const totals = await totalsOf(read, part.root)
  const emit = (event: RestoreEvent): void => options.onEvent?.(event)
  emit({type: 'started', snapshot: id, target: displayName(part.target), totalFiles: totals.files, totalBytes: totals.bytes})
  const selection = await compileSelection(options)
  const items = (): AsyncGenerator<RestoreItem, void> => walkRestore(read, part.root, selection)
  if (selection.includes) await requireMatch(items(), options.reference)
  const content = {read, verifier: new ChunkVerifier(repository.keys.dataChunkKey)}
  const mayOverwrite = options.overwrite ?? false
  const plan = await planTarget({
    target: part.target,
    items: items(),
    mayOverwrite,
    content,
    signal: options.signal,
    paused: async () => repository.backend.paused?.(),
  })
  // A folder that holds other things keeps its own mode and owner, unless it is the one that the snapshot is of and may be overwritten.
  const ownsTarget = !selection.includes && (plan.isVacant || (options.target === undefined && mayOverwrite))
  const write = async (): Promise<Counts> => {
    const references = await referencesOf(repository, {read, root: part.root, selection, plan, signal: options.signal})
    const rootEntry = ownsTarget ? part.rootEntry : undefined
    const request = {target: part.target, items: items(), plan, rootEntry, mayOverwrite, totals, references}
    return restoreTree(repository, request, {read, workers: options.workers, signal: options.signal, emit})
  }
  const counts = await (options.dryRun ? rehearse(items(), plan, emit) : write())
  for (const warning of targetWarnings(plan, mayOverwrite)) emit(warning)
  if (counts.failed > 0) await repository.distrustPacks()
  const elapsedMs = monotonicMs() - startMs
  return {snapshot: id, target: displayName(part.target), ...counts, dryRun: options.dryRun ?? false, elapsedMs, ...trafficOf(repository)}
}

/** How often each frame is needed, where it pays to know. */
async function referencesOf(repository: Repository, count: Omit<ReferenceCount, 'index'>): Promise<Uint32Array | undefined> {
  if (!repository.backend.access.isReadingDear) return undefined
  return countReferences({...count, index: await repository.loadIndex()})
}

async function findPart(read: ReadTree, record: SnapshotRecord, path: string | undefined, target: string | undefined): Promise<Part> {
  const found = await findPath(read, record, path === undefined ? undefined : fromUserPath(path))
  const given = target === undefined ? undefined : fromUserPath(resolve(target))
  if (found.isRoot) return {root: {tree: found.root}, target: given ?? record.base, rootEntry: record.rootEntry}
  const {entry, parents} = found
  const origin = parents.reduce(joinPath, record.base)
  const tree = treeOf(entry)
  if (!tree) return {root: {entry}, target: given ?? origin, rootEntry: undefined}
  return {root: {tree}, target: given ?? joinPath(origin, entry.name), rootEntry: entry}
}

async function totalsOf(read: ReadTree, root: RestoreRoot): Promise<{files: number; bytes: number}> {
  if ('tree' in root) return readTotals(read, root.tree)
  return {files: root.entry.type === ENTRY_TYPE.file ? 1 : 0, bytes: root.entry.sizeBytes}
}

/** The library for patterns is loaded only where there are any. */
async function compileSelection({includes = [], excludes = []}: RestoreSnapshotOptions): Promise<RestoreSelection> {
  if (includes.length + excludes.length === 0) return {includes: undefined, excludes: undefined}
  const {createMatcher} = await import('../filesystem/exclude.js')
  return {
    includes: includes.length > 0 ? createMatcher([...includes]) : undefined,
    excludes: excludes.length > 0 ? createMatcher([...excludes]) : undefined,
  }
}

/** Whoever names what to restore means that it is there. Throws `path-missing`; the damage when it may be in a folder that cannot be read. */
async function requireMatch(items: AsyncGenerator<RestoreItem, void>, reference: string): Promise<void> {
  let damage: PocketError | undefined
  for await (const item of items) {
    if (!item.damage) return
    damage ??= item.damage
  }
  if (damage) throw damage
  throw new PocketError('path-missing', `nothing in '${reference}' is both included and not excluded`, {
    hint: `patterns are relative to what is restored, as in .gitignore; 'pocket ls -R ${reference}' lists what there is`,
  })
}

type Counts = Pick<RestoreResult, 'files' | 'directories' | 'links' | 'bytes' | 'unchanged' | 'failed'>

async function rehearse(items: AsyncIterable<RestoreItem>, plan: TargetPlan, emit: (event: RestoreEvent) => void): Promise<Counts> {
  const counts: Counts = {files: 0, directories: 0, links: 0, bytes: 0, unchanged: 0, failed: 0}
  for await (const item of items) {
    const {path} = item
    const failure = item.damage ?? plan.failed.get(path)
    if (failure) {
      emit({type: 'failed', path: displayPath(path), code: failure.code, message: failure.message, hint: failure.hint})
      counts.failed++
    }
    if (failure || item.damage) continue
    const {entry} = item
    const kind = KINDS.get(entry.type)
    if (!kind) continue
    const action = plan.present.get(path) ?? 'create'
    emit({type: 'would-restore', path: displayName(path), kind, action})
    if (kind === 'directory') counts.directories++
    else if (action === 'keep') counts.unchanged++
    else if (kind === 'link') counts.links++
    else {
      counts.files++
      counts.bytes += entry.sizeBytes
    }
  }
  return counts
}

const KINDS = new Map<number, RestoreKind>([
  [ENTRY_TYPE.file, 'file'],
  [ENTRY_TYPE.directory, 'directory'],
  [ENTRY_TYPE.link, 'link'],
])
