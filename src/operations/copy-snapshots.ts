/** Copies snapshots from one repository to another, which may have other keys, or none. The first is only read. */
import {compressionLevel} from '../compression/levels.js'
import {CopyRun} from '../engine/copy-run.js'
import {CopyMap} from '../engine/copy-map.js'
import {CopyPairs} from '../engine/copy-pairs.js'
import {CopySource} from '../engine/copy-source.js'
import {lackedPaths} from '../engine/copy-lacks.js'
import {Pacer} from '../engine/pacer.js'
import {isPocketError, PocketError} from '../errors.js'
import type {SnapshotRecord} from '../format/snapshot-record.js'
import {type ObjectId, shortId} from '../id.js'
import {haveSameIds} from '../repository/key-schedule.js'
import {isIndexCurrent} from '../repository/index-store.js'
import {snapshotName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'
import {compareNs, loadSnapshots} from '../repository/snapshot-store.js'
import {tidyIndexes, writeChunks, type WriteSession} from '../repository/write-session.js'
import {mayBeStored} from '../snapshot/announcement.js'
import {type FoundSnapshot, sourceKey} from '../snapshot/find.js'
import {displayName} from '../util/bytes.js'
import {monotonicMs} from '../util/clock.js'
import {commitSnapshot} from './commit-snapshot.js'
import type {CopyOptions, CopyResult} from './copy-events.js'
import {findChosen} from './find-snapshot.js'
import {keepProtected} from './keep-protected.js'
import {refuseSamePlace} from './same-place.js'
import {trafficOf} from './traffic.js'

/** How often a snapshot is written again, because a prune of the target has removed meanwhile what it counted on. */
const MAX_ATTEMPTS = 8
const LACKS = {hint: "'pocket check' of the repository that is copied from tells what is lost, and 'pocket repair' brings back what can be"}

/**
 * Throws `usage` when both are the same, `snapshot-missing` for references that name none, `interrupted`, and what the backends throw. What was
 * copied by then stays.
 */
export async function copySnapshots(from: Repository, to: Repository, options: CopyOptions = {}): Promise<CopyResult> {
  await refuseSamePlace(from, to)
  const copy = new Copy(from, to, options)
  return copy.run()
}

class Copy {
  readonly #from: Repository
  readonly #to: Repository
  readonly #options: CopyOptions
  readonly #startMs = monotonicMs()
  readonly #totals = {copied: 0, skipped: 0, failed: 0, chunksNew: 0, bytesNew: 0, bytesStored: 0}
  #readBytes = 0
  #total = 0
  /** All snapshots of the source that can be read, oldest first. */
  #all: FoundSnapshot[] = []
  /** Complete snapshots of the target, by what they are copies of. */
  readonly #copies = new Map<string, FoundSnapshot>()
  /** Incomplete ones: what runs that were cut off have announced, and copies of incomplete ones. */
  readonly #incomplete: FoundSnapshot[] = []

  constructor(from: Repository, to: Repository, options: CopyOptions) {
    this.#from = from
    this.#to = to
    this.#options = options
  }

  async run(): Promise<CopyResult> {
    const {references = [], dryRun = false} = this.#options
    const found = await findChosen(this.#from, references, this.#options)
    const chosen = found.sort((one, other) => compareNs(one.record.timeNs, other.record.timeNs))
    this.#total = chosen.length
    this.#all = await loadSnapshots(this.#from, () => undefined)
    await this.#listCopies()
    const wanted: FoundSnapshot[] = []
    for (const snapshot of chosen) {
      if (!this.#isThere(snapshot)) wanted.push(snapshot)
      else if (!dryRun) await this.#removeIncomplete(snapshot)
    }
    if (wanted.length > 0) await this.#copyAll(wanted)
    if (!dryRun && this.#totals.copied > 0) await keepProtected(this.#to)
    return {
      dryRun,
      ...this.#totals,
      elapsedMs: monotonicMs() - this.#startMs,
      ...trafficOf(this.#to),
      source: trafficOf(this.#from),
    }
  }

  async #listCopies(): Promise<void> {
    for (const snapshot of await loadSnapshots(this.#to, this.#to.onWarning)) {
      if (snapshot.record.isIncomplete) this.#incomplete.push(snapshot)
      else this.#copies.set(originOf(snapshot), snapshot)
    }
  }

  #isThere(snapshot: FoundSnapshot): boolean {
    // Of an incomplete one it cannot be told whether it is a copy, or announced one only: it is copied again, and takes the place of that.
    const there = snapshot.record.isIncomplete ? undefined : this.#copies.get(originOf(snapshot))
    if (!there) return false
    this.#totals.skipped++
    this.#options.onEvent?.({type: 'skipped', id: snapshot.id, copy: there.id})
    return true
  }

  async #copyAll(wanted: readonly FoundSnapshot[]): Promise<void> {
    const remaining = [...wanted]
    let work = await this.#begin(remaining)
    const {dryRun = false, compression = 'auto'} = this.#options
    let attempts = 0
    let hasIndexed = false
    while (remaining.length > 0) {
      const left = remaining.length
      const session = await writeChunks(this.#to, {treeLevel: compressionLevel(compression), isDryRun: dryRun}, async (open) => {
        await this.#copyWith(open, work)
        return open
      })
      hasIndexed ||= session.hasIndexed
      this.#totals.bytesStored += session.storedBytes
      attempts = remaining.length < left || work.isStale ? 1 : attempts + 1
      if (work.isStale) work = await this.#begin(remaining)
      if (remaining.length > 0 && attempts === MAX_ATTEMPTS) throw removedEachTime()
    }
    if (hasIndexed) await tidyIndexes(this.#to)
  }

  async #begin(remaining: FoundSnapshot[]): Promise<Work> {
    const source = await CopySource.open(this.#from)
    const map = haveSameIds(this.#from.keys, this.#to.keys) ? undefined : new CopyMap(source.index)
    if (map) await this.#learnIds(source, map, remaining)
    return {source, map, remaining, isStale: false}
  }

  /** Copies until nothing remains, or a prune has removed what the session counts on, or moved what was to be read. */
  async #copyWith(session: WriteSession, work: Work): Promise<void> {
    const {source, map, remaining} = work
    const {dryRun = false, compression, signal} = this.#options
    const run = new CopyRun({
      source,
      session,
      map,
      isDryRun: dryRun,
      level: compressionLevel(compression ?? 'auto'),
      isCompressedAnew: compression !== undefined,
      signal,
      onRead: (bytes) => {
        this.#readBytes += bytes
        this.#tellProgress()
      },
    })
    try {
      for (let next = remaining.at(0); next; next = remaining.at(0)) {
        this.#tellProgress()
        const outcome = await run.copy(next.record.root)
        // Others rewrite the index of the source: what is not found may only have moved.
        work.isStale = outcome.failure !== undefined && !(await isIndexCurrent(this.#from.backend, source.index))
        if (work.isStale) return
        if (outcome.failure) await this.#tellFailure(source, next, outcome.failure)
        else {
          const {chunks, bytes} = outcome
          const copy = dryRun ? undefined : await this.#commit(session, next, outcome.root)
          if (!dryRun && copy === undefined) return
          this.#totals.copied++
          this.#totals.chunksNew += chunks
          this.#totals.bytesNew += bytes
          this.#options.onEvent?.({type: 'copied', id: next.id, ...(copy !== undefined && {copy}), chunks, bytes})
        }
        remaining.shift()
      }
      this.#tellProgress()
    } finally {
      // Also after a failure: what was read need not be read and stored again.
      run.finish()
    }
  }

  async #commit(session: WriteSession, snapshot: FoundSnapshot, root: SnapshotRecord['root']): Promise<ObjectId | undefined> {
    await session.secure()
    const record = this.#recordOf(snapshot, root)
    const copy = await commitSnapshot(this.#to, record, session.grounds)
    if (copy === undefined) return undefined
    if (!record.isIncomplete) this.#copies.set(originOf(snapshot), {id: copy, record})
    await this.#removeIncomplete(snapshot)
    return copy
  }

  #recordOf({id, record}: FoundSnapshot, root: SnapshotRecord['root']): SnapshotRecord {
    const {parent, ...rest} = record
    const before = this.#all.find((snapshot) => snapshot.id === parent)
    const copy = parent === undefined ? undefined : this.#copies.get(before ? originOf(before) : parent)
    return {...rest, root, ...(copy && {parent: copy.id}), original: record.original ?? id}
  }

  /** What a run has announced of this snapshot that was cut off has done its work: the snapshot is there. What stays of it is told. */
  async #removeIncomplete(snapshot: FoundSnapshot): Promise<void> {
    const origin = snapshot.record.original ?? snapshot.id
    for (const {id, record} of this.#incomplete) {
      if (record.original !== origin || mayBeStored(record)) continue
      try {
        await this.#to.backend.remove(snapshotName(id))
      } catch (error) {
        if (!isPocketError(error)) throw error
        this.#to.onWarning(error)
      }
    }
  }

  /** Reads of what was copied before which ids chunks have in the target: of the parents, and of the latest of each host and paths. */
  async #learnIds(source: CopySource, map: CopyMap, wanted: readonly FoundSnapshot[]): Promise<void> {
    const pacer = this.#pacer(() => Promise.resolve())
    const trees = await this.#to.trees()
    trees.expectAll()
    const pairs = new CopyPairs({source, readCopy: (chunk) => trees.read(chunk), map, pacer})
    const parents = new Set(wanted.map(({record}) => record.parent))
    const groups = new Set(wanted.map(({record}) => sourceKey(record)))
    for (const snapshot of this.#all.toReversed()) {
      const copy = this.#copies.get(originOf(snapshot))
      // Put together by a repair, each by itself: they may differ in more than their ids.
      if (!copy || snapshot.record.isRepaired || copy.record.isRepaired) continue
      const isLatest = groups.delete(sourceKey(snapshot.record))
      if (isLatest || parents.has(snapshot.id)) await pairs.learn(snapshot.record.root, copy.record.root)
    }
  }

  async #tellFailure(source: CopySource, {id, record}: FoundSnapshot, failure: PocketError): Promise<void> {
    this.#totals.failed++
    const {onEvent} = this.#options
    const pacer = this.#pacer(() => Promise.resolve())
    for await (const {path, error} of lackedPaths({source, pacer}, record.root)) {
      onEvent?.({type: 'damaged-path', id, path: displayName(path), code: error.code, message: error.message})
    }
    const {code, message} = failure
    onEvent?.({type: 'failed', id, code, message: `snapshot '${shortId(id)}' lacks something: ${message}`, ...LACKS})
  }

  #pacer(backpressure: () => Promise<void>): Pacer {
    return new Pacer({signal: this.#options.signal, backpressure})
  }

  #tellProgress(): void {
    const {copied, skipped, failed} = this.#totals
    this.#options.onEvent?.({
      type: 'progress',
      done: copied + skipped + failed,
      total: this.#total,
      bytes: this.#readBytes,
      elapsedMs: monotonicMs() - this.#startMs,
    })
  }
}

interface Work {
  source: CopySource
  map: CopyMap | undefined
  /** Those that are done are taken out. */
  remaining: FoundSnapshot[]
  /** The index of the source is another by now. */
  isStale: boolean
}

/** What two snapshots have in common that are one: its first id, wherever it is now. A repaired one is another. */
function originOf({id, record}: FoundSnapshot): string {
  return `${record.original ?? id}${record.isRepaired ? ' repaired' : ''}`
}

function removedEachTime(): PocketError {
  return new PocketError('chunk-missing', 'what the snapshot needs was removed by prunes each time that it was stored', {
    hint: 'run the same command again, and let no prune with a short --grace run beside it',
    retryable: true,
  })
}
