/**
 * Takes snapshots of a profile whenever something has changed: of what was touched, as the system tells it, and of everything where that is not
 * known, and now and then to see that nothing was missed. What was touched is kept until a snapshot of it is stored.
 */
import {resolve} from 'node:path'
import {isPocketError, PocketError} from '../errors.js'
import type {Repository} from '../operations/open-repository.js'
import {checkSnapshot, SnapshotMemory, type SnapshotOptions, type SnapshotResult, takeSnapshot} from '../operations/take-snapshot.js'
import {toByteString} from '../util/bytes.js'
import {Signal} from '../util/concurrency.js'
import {remoteFileSystem} from '../watch/remote-folder.js'
import {startWatching, type Watcher} from '../watch/watcher.js'
import {KeptRepository} from './kept-repository.js'
import {PendingChanges, type TakenChanges} from './pending-changes.js'
import type {RunOutcome, RunRequest, RunStep} from './run-types.js'
import {findUntold} from './untold-changes.js'
import {REAL_CLOCK, type WatchClock} from './watch-clock.js'
import {watchExcludes} from './watch-excludes.js'
import type {WatchReason, WatchRequest} from './watch-types.js'

const FIRST_RETRY_MS = 10_000
const LAST_RETRY_MS = 10 * 60_000
/** How often the other steps of a run are done: those that are not due leave themselves out. */
const MAINTENANCE_MS = 60 * 60_000
/** A watch that has lost something is begun anew after so long, and each time that it does so again after twice as long. */
const RESTART_MS = 1000
const LONGEST_RESTART_MS = 60_000
/** The least time between two walks where nothing tells of changes. */
const LEAST_WALK_MS = 60_000
/** How often everything is walked at least where other machines change files, too. */
const REMOTE_WALK_MS = 60 * 60_000

/**
 * Resolves when `request.signal` has ended it, with the outcome of the last snapshot that was tried. Throws what is wrong with the profile or with
 * how its repository is opened when it begins, and mistakes of ours: everything else is tried again.
 */
export async function watchProfile(request: WatchRequest): Promise<RunOutcome | undefined> {
  checkSnapshot(request.profile)
  const watch = new ProfileWatch(request)
  try {
    return await watch.run()
  } finally {
    await watch.close()
  }
}

class ProfileWatch {
  readonly #request: WatchRequest
  readonly #clock: WatchClock
  readonly #kept: KeptRepository
  readonly #memory = new SnapshotMemory()
  readonly #pending: PendingChanges
  readonly #woken = new Signal()
  #watcher: Watcher | undefined
  #hasToldRemote = false
  #fullWalkMs: number
  /** Set where nothing can be watched with, or not all: how often everything is walked instead. */
  #walkEveryMs: number | undefined
  #restartAtMs = 0
  #restarts = 0
  #retryAtMs = 0
  #retries = 0
  #lastOutcome: RunOutcome | undefined
  #walkedAtMs: number | undefined
  #maintainedAtMs: number | undefined
  /** What happens while hooks tidy up calls for no snapshot: it would never end. */
  #isTidying = false

  constructor(request: WatchRequest) {
    this.#request = request
    this.#clock = request.clock ?? REAL_CLOCK
    this.#kept = new KeptRepository(request.withRepository, (warning) => request.onWarning?.(warning))
    this.#pending = new PendingChanges(request.profile.watch)
    this.#fullWalkMs = request.profile.watch.fullWalkMs
    request.signal.addEventListener('abort', () => this.#woken.wake(), {once: true})
  }

  async run(): Promise<RunOutcome | undefined> {
    const {signal} = this.#request
    await this.#tryRepository()
    while (!signal.aborted) {
      const now = this.#clock.nowMs()
      if (!this.#watcher && this.#restartAtMs <= now) await this.#watch()
      const {atMs, reason} = this.#next()
      if (signal.aborted) break
      if (atMs > this.#clock.nowMs()) await this.#clock.wait(atMs - this.#clock.nowMs(), this.#woken.wait())
      else if (reason) await this.#take(reason)
    }
    await this.#watcher?.settle()
    // What came beside the hooks of the last one counts, too.
    if (this.#memory.isFilled && (this.#pending.isCalling || !this.#pending.paths.isEmpty)) await this.#take('end')
    return this.#lastOutcome
  }

  /** Throws what trying again does not help against. */
  async #tryRepository(): Promise<void> {
    try {
      await this.#kept.withRepository(() => Promise.resolve(), {isWriting: true})
    } catch (error) {
      if (!isPocketError(error) || !error.retryable) throw error
      this.#request.onWarning?.(error)
    }
  }

  async close(): Promise<void> {
    await this.#watcher?.close()
    this.#watcher = undefined
    await this.#kept.close()
  }

  /** What is to be done next, and when; without a reason only the watch is begun anew. */
  #next(): {atMs: number; reason: WatchReason | undefined} {
    const now = this.#clock.nowMs()
    const due: {atMs: number; reason: WatchReason | undefined}[] = []
    if (!this.#watcher) due.push({atMs: this.#restartAtMs, reason: undefined})
    const calling = this.#pending.due()
    // Without a watch a walk may miss what changes while it goes on.
    const canTake = this.#watcher !== undefined || this.#walkEveryMs !== undefined
    if (!this.#memory.isFilled && canTake) due.push({atMs: this.#retryAtMs, reason: 'start'})
    else if (calling && canTake) {
      due.push({atMs: Math.max(calling.atMs, this.#retryAtMs), reason: this.#pending.isLost ? 'lost' : calling.reason})
    }
    if (this.#walkedAtMs !== undefined && canTake) {
      const everyMs = Math.min(this.#fullWalkMs, this.#walkEveryMs ?? this.#fullWalkMs)
      const passedMs = this.#clock.wallMs() - this.#walkedAtMs
      // A clock that was set back does not put it off.
      const leftMs = passedMs < 0 ? 0 : Math.max(0, everyMs - passedMs)
      due.push({atMs: Math.max(now + leftMs, this.#retryAtMs), reason: 'full-walk'})
    }
    return due.reduce((first, other) => (other.atMs < first.atMs ? other : first))
  }

  /** Begins to watch, or to walk every so often where that cannot be. */
  async #watch(): Promise<void> {
    const {profile, onEvent, clock: _clock, ...request} = this.#request
    const paths = profile.paths.map((path) => toByteString(resolve(path)))
    const own = [...(request.ownFolders ?? []), request.stateDirectory, ...(await this.#ownFolders())]
    this.#tellRemote(profile.paths)
    const isExcluded = await watchExcludes(paths, profile.excludes, own)
    let hasLost = false
    try {
      this.#watcher = await (request.startWatching ?? startWatching)(
        {paths, isExcluded},
        {
          touch: (path, isDeep) => {
            if (this.#watcher?.isExact === false) this.#pending.lose(this.#clock.nowMs())
            else this.#pending.touch(path, isDeep, this.#isTidying ? undefined : this.#clock.nowMs())
            this.#woken.wake()
          },
          lose: (loss) => {
            onEvent?.({type: 'lost', loss})
            this.#pending.lose(this.#clock.nowMs())
            hasLost = true
            void this.#unwatch()
          },
        },
      )
      this.#walkEveryMs = undefined
      // What happened while nothing was watched is told by nobody.
      if (this.#memory.isFilled && !this.#pending.isLost) this.#pending.lose(this.#clock.nowMs())
      if (hasLost) return await this.#unwatch()
      onEvent?.({type: 'watching', paths: profile.paths, isExact: this.#watcher.isExact})
    } catch (error) {
      if (!isPocketError(error)) throw error
      this.#walkEveryMs = Math.max(profile.watch.longestWaitMs, LEAST_WALK_MS)
      this.#restartAtMs = this.#clock.nowMs() + this.#fullWalkMs
      onEvent?.({type: 'not-watching', error, everyMs: Math.min(this.#walkEveryMs, this.#fullWalkMs)})
    }
  }

  /** It is begun anew before everything is walked. */
  async #unwatch(): Promise<void> {
    const watcher = this.#watcher
    if (!watcher) return
    this.#watcher = undefined
    this.#restartAtMs = this.#clock.nowMs() + Math.min(RESTART_MS * 2 ** this.#restarts, LONGEST_RESTART_MS)
    this.#restarts++
    this.#woken.wake()
    await watcher.close()
  }

  /** The repository and the cache, if they are folders of this machine; those that cannot be opened now have nothing written to them either. */
  async #ownFolders(): Promise<string[]> {
    try {
      return await this.#kept.withRepository(
        ({location, cacheDirectory}) => Promise.resolve([location, ...(cacheDirectory === undefined ? [] : [cacheDirectory])]),
        {isWriting: true},
      )
    } catch (error) {
      if (!isPocketError(error)) throw error
      return []
    }
  }

  #tellRemote(paths: readonly string[]): void {
    if (this.#hasToldRemote) return
    this.#hasToldRemote = true
    for (const path of paths) {
      const fileSystem = remoteFileSystem(toByteString(resolve(path)))
      if (fileSystem === undefined) continue
      this.#fullWalkMs = Math.min(this.#fullWalkMs, REMOTE_WALK_MS)
      this.#request.onEvent?.({type: 'remote', path, fileSystem, everyMs: this.#fullWalkMs})
    }
  }

  async #take(reason: WatchReason): Promise<void> {
    const {onEvent, onSnapshotEvent} = this.#request
    onEvent?.({type: 'taking', reason})
    const attempt: Attempt = {reason, taken: undefined, isStored: false}
    let outcome: RunOutcome
    try {
      outcome = await this.#run(['snapshot'], {
        snapshot: (repository, options) => this.#snapshot(repository, options, attempt),
        onSnapshotEvent,
      })
    } finally {
      this.#isTidying = false
      if (attempt.taken && !attempt.isStored) this.#pending.giveBack(attempt.taken, this.#clock.nowMs())
    }
    this.#lastOutcome = outcome
    onEvent?.({type: 'snapshot', reason, outcome})
    if (!attempt.isStored) return this.#retryLater()
    this.#retries = 0
    if (reason !== 'end' && this.#isMaintenanceDue()) await this.#maintain()
  }

  /** In a run of its own, so that a snapshot need not wait for it to be told. */
  async #maintain(): Promise<void> {
    this.#maintainedAtMs = this.#clock.nowMs()
    const {retention, prune, check} = this.#request.profile
    if (retention || prune || check) await this.#run(['forget', 'prune', 'check'])
  }

  #run(steps: readonly RunStep[], more: Pick<RunRequest, 'snapshot' | 'onSnapshotEvent'> = {}): Promise<RunOutcome> {
    const {profile, stateDirectory, run, onWarning} = this.#request
    const {withRepository} = this.#kept
    return run({profile, trigger: 'watch', steps: new Set(steps), stateDirectory, withRepository, onWarning, ...more})
  }

  #isMaintenanceDue(): boolean {
    return this.#maintainedAtMs === undefined || this.#clock.nowMs() - this.#maintainedAtMs >= MAINTENANCE_MS
  }

  /** In place of `takeSnapshot`, when hooks have run that may have changed something. */
  async #snapshot(repository: Repository, options: SnapshotOptions, attempt: Attempt): Promise<SnapshotResult> {
    // It may find that something was lost.
    await this.#watcher?.settle()
    const taken = this.#pending.take()
    attempt.taken = taken
    const isWhole = attempt.reason === 'start' || attempt.reason === 'full-walk' || taken.isLost || taken.paths.isEverything
    const touched = [...taken.paths].map(({path, isDeep}) => ({pathBytes: Buffer.from(path, 'latin1'), isDeep}))
    const walkedAtMs = this.#clock.wallMs()
    const memory = this.#memory
    const result = await takeSnapshot(repository, {...options, memory, skipUnchanged: true, ...(!isWhole && {touched})})
    attempt.isStored = true
    this.#isTidying = true
    if (!result.isPartialWalk) this.#walkedAtMs = walkedAtMs
    this.#restarts = 0
    if (attempt.reason === 'full-walk' && this.#watcher && !taken.isLost) await this.#compare(repository, result, taken)
    return result
  }

  async #compare(repository: Repository, result: SnapshotResult, taken: TakenChanges): Promise<void> {
    await this.#watcher?.settle()
    const {base} = this.#memory
    if (base === undefined || this.#pending.isLost) return
    const untold = await findUntold(repository, result, {base, told: [taken.paths, this.#pending.paths]})
    if (untold.count === 0) return
    this.#request.onEvent?.({type: 'untold', ...untold})
    repository.onWarning(
      new PocketError('io-failed', `nothing had told of ${untold.count} changes that a walk has found, such as '${untold.paths[0]}'`, {
        hint: "they are in the snapshot; if it happens again, let 'full_walk' be shorter: docs/watching.md says what is never told",
      }),
    )
  }

  #retryLater(): void {
    const afterMs = Math.min(FIRST_RETRY_MS * 2 ** this.#retries, LAST_RETRY_MS)
    this.#retries++
    this.#retryAtMs = this.#clock.nowMs() + afterMs
    this.#request.onEvent?.({type: 'retry', afterMs})
  }
}

interface Attempt {
  reason: WatchReason
  /** What the snapshot was to take in. */
  taken: TakenChanges | undefined
  /** It was stored, or nothing had changed. */
  isStored: boolean
}
