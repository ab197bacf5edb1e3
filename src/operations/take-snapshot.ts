/** Takes a snapshot. */
import type {CompressionName} from '../compression/levels.js'
import {compressionLevel} from '../compression/levels.js'
import {saveTree, type SavedTree} from '../engine/snapshot-run.js'
import {picksOf} from '../engine/picked-changes.js'
import type {SnapshotEvent} from '../engine/snapshot-events.js'
import {resolveSources, type Sources} from '../engine/sources.js'
import type {Excluder} from '../engine/visit.js'
import {PocketError} from '../errors.js'
import type {SnapshotRecord, SnapshotSummary} from '../format/snapshot-record.js'
import type {Totals} from '../format/totals.js'
import type {ObjectId} from '../id.js'
import type {Repository} from '../repository/repository.js'
import {writeChunks, type WriteSession} from '../repository/write-session.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {type ByteString, bytesToByteString, displayName} from '../util/bytes.js'
import {type Touched, touchedUnder} from '../engine/touched.js'
import {startEstimate} from '../engine/estimate.js'
import {forbiddenFolders, refuseForbidden} from './forbidden-folders.js'
import {Checkpoint} from './checkpoint.js'
import {chooseParents, type Parents, previousTree} from './choose-parent.js'
import {storeSnapshot} from './commit-snapshot.js'
import {compileExcludes} from './compile-excludes.js'
import {FinishingProgress} from './finishing-progress.js'
import {keepProtected} from './keep-protected.js'
import {type Draft, draftRecord, isThere, keptOfParent, summarize} from './snapshot-draft.js'
import {SnapshotMemory} from './snapshot-memory.js'
import {type Traffic, trafficOf} from './traffic.js'

export {SnapshotMemory}
export type {SnapshotEvent}

export interface SnapshotOptions {
  /** Folders and files; relative to the working directory, or absolute. */
  paths: readonly string[]
  tags?: readonly string[]
  host?: string
  user?: string
  /** The time that the snapshot is to stand for, in ns since 1970; now, unless given. */
  timeNs?: bigint
  /** A snapshot to compare with; found by host and paths unless given; false for none. */
  parent?: string | false
  /** Reads every file again. */
  force?: boolean
  /** Patterns as in .gitignore, relative to each path; or absolute ones that begin with it. */
  excludes?: readonly string[]
  /** Stores nothing. */
  dryRun?: boolean
  /**
   * The only changes to take in, as `reviewSnapshot` tells them; `parent` must be the parent that it told. Everything else stays as the parent
   * has it, also what has changed only after the review. What was picked is taken as the run finds it.
   */
  picked?: Iterable<{pathBytes: Uint8Array}>
  /** Of the snapshots that this program has taken before of the same paths; what this one learns is added to it. */
  memory?: SnapshotMemory
  /**
   * All that may have changed since the run of the last snapshot in `memory` began, by absolute paths: nothing else is looked at. What
   * `isDeep` says holds for everything below. Everything is looked at when `memory` knows no snapshot of the same host, paths and excludes, when
   * it is gone, or when the repository may have lost something that it needs.
   */
  touched?: Iterable<{pathBytes: Uint8Array; isDeep: boolean}>
  /** Stores no snapshot when it would be of the same as its parent. */
  skipUnchanged?: boolean
  compression?: CompressionName
  /** Worker threads; one a core unless given. */
  workers?: number
  /** How often what has been read by then is stored as an incomplete snapshot, for when the run is cut off; every five minutes unless given. */
  checkpointMs?: number
  /** Counts the sources beside the run, for the time left. */
  estimate?: boolean
  /** Ends the run with `interrupted`; what has been read by then is stored as an incomplete snapshot, with which the next run goes on. */
  signal?: AbortSignal
  onEvent?: (event: SnapshotEvent) => void
}

export interface SnapshotResult {
  /** Absent in a dry run, and where nothing has changed and `skipUnchanged` was given. */
  id?: ObjectId
  dryRun: boolean
  /** No snapshot was stored, since it would be of the same as its parent. */
  isUnchanged?: boolean
  /** Only what was touched has been looked at. */
  isPartialWalk?: boolean
  parent?: ObjectId
  /** Of the parent. */
  parentTotal?: Totals
  summary: SnapshotSummary
  /** Of the bytes added, those in frames that compression could not make smaller: already compressed, or encrypted. 0 where nothing is compressed. */
  bytesHighEntropy?: number
  /** What could not be read: when not 0, the snapshot lacks something. */
  unreadable: number
  elapsedMs: number
  /** What a server was asked since the repository was opened, and where; absent where no server is. */
  traffic?: Traffic
  endpoint?: string
}

const CHECKPOINT_MS = 5 * 60_000

/** What can be said of a request before there is a repository. Throws `path-missing`, `source-unreadable`, `usage`. */
export function checkSnapshot(options: SnapshotOptions): void {
  checkOptions(options)
  resolveSources(options.paths)
}

/** Throws `path-missing`, `source-unreadable`, `interrupted`, `no-space`, and what the backend throws. */
export async function takeSnapshot(repository: Repository, options: SnapshotOptions): Promise<SnapshotResult> {
  checkOptions(options)
  const startedNs = nowNs()
  const startedMs = monotonicMs()
  const sources = resolveSources(options.paths)
  const excludesOf = await compileExcludes(options.excludes)
  const draft = draftRecord(options, sources, startedNs)
  const {memory} = options
  const known = options.touched && !options.force ? await memory?.parentFor(repository, sources, draft) : undefined
  const {parent, checkpoints} = known ? {parent: known, checkpoints: []} : await chooseParents(repository, options.parent, draft)
  options.onEvent?.({type: 'started', paths: sources.paths.map(displayName), parent: parent?.id})
  const session = {treeLevel: compressionLevel(options.compression ?? 'auto'), isDryRun: options.dryRun, checksPacks: options.force}
  // Of what is taken over unseen the last walk of everything tells when it was read.
  const checkpoint = new Checkpoint(repository, {...draft, parent: parent?.id, ...(known && memory && {startedNs: memory.walkedNs})})
  const request = {options, sources, parents: {parent, checkpoints}, excludesOf, draft, checkpoint}
  // What was taken over unseen is gone when there is a second attempt.
  const write = (open: WriteSession, attempt: number): Promise<Written> =>
    writeTree(open, request, known && attempt === 1 ? memory : undefined)
  const {id, record, unreadable, bytesHighEntropy, isStored, isPartialWalk, packs} = options.dryRun
    ? {id: undefined, packs: undefined, ...(await writeChunks(repository, session, (open) => write(open, 1)))}
    : await storeSnapshot(repository, session, write)
  if (id !== undefined) {
    await checkpoint.supersede(checkpoints)
    await keepProtected(repository)
  }
  const snapshot = isStored ? parent : id && {id, record}
  if (snapshot && packs && !options.picked) memory?.remember(snapshot, isPartialWalk ? memory.walkedNs : startedNs, packs())
  return {
    ...(id !== undefined && {id}),
    dryRun: options.dryRun ?? false,
    isUnchanged: isStored,
    isPartialWalk,
    ...(parent && {parent: parent.id, parentTotal: parent.record.summary.total}),
    summary: record.summary,
    unreadable,
    bytesHighEntropy,
    elapsedMs: monotonicMs() - startedMs,
    ...trafficOf(repository),
  }
}

/** Saves the tree; only what was touched is looked at where `memory` vouches for everything else. */
async function writeTree(open: WriteSession, request: WriteRequest, memory: SnapshotMemory | undefined): Promise<Written> {
  const {options, sources, parents, draft} = request
  const {repository} = open
  const progress = new FinishingProgress(repository, (event) => options.onEvent?.(event))
  const firm = memory?.isFirmIn(open.index) ? memory : undefined
  try {
    const touched = firm && touchedUnder(sources.base, options.touched ?? [])
    const saved = await save(open, {...request, touched, compression: options.compression ?? 'auto', emit: progress.emit})
    await open.finish()
    const record = {
      ...draft,
      root: saved.root,
      parent: parents.parent?.id,
      durationNs: nowNs() - draft.startedNs,
      summary: summarize(saved, open.totals.storedBytes),
      ...(options.picked && {isPicked: true as const, ...keptOfParent(saved, draft, parents.parent, sources)}),
      ...(firm && {startedNs: firm.walkedNs}),
    }
    return {
      record,
      isStored: options.skipUnchanged === true && (await isThere(repository, record, parents.parent)),
      isPartialWalk: firm !== undefined,
      unreadable: saved.totals.unreadable + saved.tally.unrecorded,
      bytesHighEntropy: saved.bytesHighEntropy,
    }
  } finally {
    progress.stop()
  }
}

interface Written {
  record: SnapshotRecord
  isStored: boolean
  isPartialWalk: boolean
  unreadable: number
  bytesHighEntropy: number
}

function checkOptions({timeNs, tags = []}: SnapshotOptions): void {
  if (timeNs !== undefined && BigInt.asIntN(64, timeNs) !== timeNs) {
    throw new PocketError('usage', 'the time is beyond what can be stored', {hint: 'give one between the years 1678 and 2262'})
  }
  const odd = tags.find((tag) => tag === '' || tag.includes(','))
  if (odd !== undefined)
    throw new PocketError('usage', `'${odd}' cannot be a tag`, {hint: 'a tag has no comma and is not empty; give --tag once for each'})
}

interface WriteRequest {
  options: SnapshotOptions
  sources: Sources
  parents: Parents
  draft: Draft
  checkpoint: Checkpoint
  excludesOf: ((source: ByteString) => Excluder) | undefined
}

interface SaveRequest extends WriteRequest {
  touched: Touched | undefined
  compression: CompressionName
  emit: (event: SnapshotEvent) => void
}

async function save(
  session: WriteSession,
  {options, sources, parents, touched, excludesOf, compression, emit, checkpoint}: SaveRequest,
): Promise<SavedTree> {
  const {repository} = session
  const {parent, checkpoints} = parents
  const isPicking = options.picked !== undefined
  // What a run has read that was cut off is as good as read; where it has not been, its parent tells.
  const compared = isPicking ? [parent] : [...checkpoints.slice(0, 1), parent]
  const previous = compared.flatMap((snapshot) => previousTree(snapshot, sources) ?? [])
  const picks = options.picked && picksOf(pathsOf(options.picked))
  const forbidden = await forbiddenFolders(repository)
  refuseForbidden(sources.paths, forbidden)
  for (const path of sources.behindLinks) emit({type: 'skipped', path: displayName(path), reason: 'behind-link'})
  const estimate =
    options.estimate && !touched
      ? startEstimate({paths: sources.paths, excludes: options.excludes ?? [], forbidden: [...forbidden.keys()]}, async () =>
          repository.backend.paused?.(),
        )
      : undefined
  try {
    const source = {
      sources,
      previous,
      readsAll: options.force ?? false,
      excludesOf,
      forbidden,
      memory: options.memory?.trees,
      picks,
      touched,
    }
    const saved = await saveTree(session, source, {
      compression,
      workers: options.workers,
      expectsLittle: touched !== undefined,
      estimate: () => estimate?.totals,
      signal: options.signal,
      emit,
      checkpointMs: options.checkpointMs ?? CHECKPOINT_MS,
      ...(!options.dryRun &&
        !isPicking && {onCheckpoint: (tree: SavedTree) => checkpoint.save(tree.root, summarize(tree, session.storedBytes))}),
    })
    emit({type: 'finishing'})
    return saved
  } finally {
    await estimate?.stop()
  }
}

function* pathsOf(changes: Iterable<{pathBytes: Uint8Array}>): Generator<ByteString> {
  for (const {pathBytes} of changes) yield bytesToByteString(pathBytes)
}
