/** The steps of a run in their order, and what follows when one of them fails. */
import {setMaxListeners} from 'node:events'
import type {AlarmDesk} from '../alarm/alarm-desk.js'
import {fileError, isPocketError, isUnreachable, PocketError} from '../errors.js'
import type {Redactor} from '../util/redact.js'
import type {RunJournal} from '../journal/run-journal.js'
import type {RunError, RunPart, RunSnapshot} from '../journal/run-record.js'
import type {Repository} from '../operations/open-repository.js'
import type {SnapshotEvent, SnapshotResult} from '../operations/take-snapshot.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {inAdvance} from '../util/concurrency.js'
import {describeSnapshotResult} from './describe-snapshot.js'
import {checkStep, forgetStep, pruneStep, type StepResult} from './maintenance.js'
import type {HookMoment} from './profile.js'
import {type FoundOddity, lookForOddities} from './look-for-oddities.js'
import {alarmDesk, tellUntold} from './run-alarms.js'
import {runHooks} from './run-hooks.js'
import {reportOf} from './run-report.js'
import {StepLog} from './step-log.js'
import type {RunOutcome, RunRequest, RunStatus, RunStep} from './run-types.js'

export interface ProfileRunParts {
  request: RunRequest
  journal: RunJournal
  redactor: Redactor
}

export class ProfileRun {
  readonly #request: RunRequest
  readonly #journal: RunJournal
  readonly #redactor: Redactor
  readonly #desk: AlarmDesk
  readonly #startMs = monotonicMs()
  readonly #steps: StepLog
  #snapshot: SnapshotResult | undefined
  /** What went wrong, in its order. */
  readonly #failures: {error: Error; part: RunPart}[] = []
  #oddity: FoundOddity | undefined
  #hasRunOnFailure = false
  #isAroundDone = false

  constructor({request, journal, redactor}: ProfileRunParts) {
    this.#request = request
    this.#journal = journal
    this.#redactor = redactor
    const onWarning = (warning: PocketError): void => this.warn(warning)
    this.#steps = new StepLog({...request, journal, onWarning})
    this.#desk = alarmDesk({
      ...request,
      redactor,
      onWarning,
      onDelivery: (delivery) => journal.add({type: 'alarm', ...delivery}),
    })
    // Hooks and steps each listen to it.
    if (request.signal) setMaxListeners(0, request.signal)
  }

  async run(): Promise<RunOutcome> {
    // Nobody is kept from a snapshot by a server that does not answer.
    const begun = inAdvance(this.#tellBeginning())
    await this.#guard('repository', () => this.#runSteps())
    if (!this.#isAroundDone) await this.#runAround()
    await begun
    return this.#end()
  }

  async #tellBeginning(): Promise<void> {
    const {profile, stateDirectory} = this.#request
    const {id} = this.#journal.start
    const killed = this.#despiteState(() => tellUntold(this.#desk, profile.name, {stateDirectory, ownRun: id}))
    await Promise.all([this.#desk.tellStart(id), killed])
  }

  /** A state folder that cannot be read is a warning: the snapshot is what counts. */
  async #despiteState<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const warning = fileError(error, `cannot read in '${this.#request.stateDirectory}'`)
      if (!(warning instanceof PocketError)) throw error
      this.warn(warning)
      return undefined
    }
  }

  async #runSteps(): Promise<void> {
    const {steps, withRepository, signal} = this.#request
    if (steps.has('snapshot')) await this.#guarded('hooks', () => this.#runHooks('before'))
    await withRepository(
      async (repository) => {
        if (steps.has('snapshot')) await this.#guard('snapshot', () => this.#takeSnapshot(repository))
        await this.#runAround()
        for (const step of ['forget', 'prune', 'check', 'drill'] as const) if (steps.has(step)) await this.#maintain(step, repository)
      },
      {isWriting: true, signal, onWarning: (warning) => this.#note(warning)},
    )
  }

  async #takeSnapshot(repository: Repository): Promise<void> {
    await this.#steps.record('snapshot', async () => {
      const {profile, signal, onSnapshotEvent} = this.#request
      const {takeSnapshot} = await import('../operations/take-snapshot.js')
      const take = this.#request.snapshot ?? takeSnapshot
      const {paths, excludes, tags, host, compression, workers} = profile
      this.#snapshot = await take(repository, {
        paths,
        excludes,
        tags,
        host,
        compression,
        workers,
        signal,
        onEvent: (event) => {
          this.#journalEvent(event)
          onSnapshotEvent?.(event)
        },
      })
      const {id: _id, parent: _parent, isUnchanged: _isUnchanged, ...counts} = describeSnapshotResult(this.#snapshot)
      return {isDamaged: false, counts}
    })
    await this.#lookForOddities(repository)
  }

  async #lookForOddities(repository: Repository): Promise<void> {
    const {profile, stateDirectory} = this.#request
    if (this.#snapshot?.id === undefined) return
    const {id: runId, startedMs} = this.#journal.start
    const snapshot = describeSnapshotResult(this.#snapshot)
    const request = {stateDirectory, profile: profile.name, runId, startedMs, snapshot}
    const found = await this.#despiteState(() => lookForOddities(repository, request))
    if (found === undefined) return
    this.#oddity = found
    const {message, pinned, problem} = found
    this.#journal.add({type: 'odd', message, ...(pinned !== undefined && {pinned})})
    if (problem) this.warn(problem)
  }

  #journalEvent(event: SnapshotEvent): void {
    if (event.type !== 'unreadable') return
    const {path, code, message} = event
    this.#journal.add({type: 'unreadable', path, code, message})
  }

  /** The hooks that belong to the snapshot, once; and those of `onFailure` for a run that takes none. */
  async #runAround(): Promise<void> {
    this.#isAroundDone = true
    const takesSnapshot = this.#request.steps.has('snapshot')
    if (takesSnapshot && this.#failure === undefined) await this.#guard('hooks', () => this.#runHooks('after'))
    await this.#tellFailure()
    if (!takesSnapshot) return
    await this.#guard('hooks', () => this.#runHooks('finally'))
    await this.#tellFailure()
  }

  async #maintain(step: Exclude<RunStep, 'snapshot'>, repository: Repository): Promise<void> {
    const work = this.#workOf(step)
    if (work === undefined) return
    const reason = await this.#reasonAgainst(step)
    if (reason !== undefined) {
      this.#steps.leaveOut(step, reason)
      return
    }
    await this.#guard(step, () => this.#steps.record(step, () => work(repository)))
    await this.#tellFailure()
  }

  #workOf(step: Exclude<RunStep, 'snapshot'>): ((repository: Repository) => Promise<StepResult>) | undefined {
    const {profile, signal, drill} = this.#request
    const {retention, prune, check} = profile
    const context = {profile, signal, onWarning: (warning: PocketError) => this.warn(warning, step)}
    if (step === 'forget') return retention && ((repository) => forgetStep(repository, retention, context))
    if (step === 'prune') return prune && ((repository) => pruneStep(repository, prune, context))
    if (step === 'check') return check && ((repository) => checkStep(repository, check, context))
    return drill && (async (repository) => drillResult(await drill(repository, signal, (warning) => this.#note(warning, step))))
  }

  /** What keeps a step from being done: that it is not its time, or that something went wrong that it would meet, too. */
  async #reasonAgainst(step: RunStep): Promise<'not-due' | 'skipped' | undefined> {
    const {signal, steps} = this.#request
    const failure = this.#failure
    const isSnapshotLost = steps.has('snapshot') && this.#snapshot === undefined
    if (signal?.aborted || isSnapshotLost || (failure && isUnreachable(failure.error))) return 'skipped'
    // The snapshot that was to be pinned may be the last one that is good.
    if (this.#oddity?.problem && (step === 'forget' || step === 'prune')) return 'skipped'
    return (await this.#steps.isDue(step)) ? undefined : 'not-due'
  }

  async #runHooks(moment: HookMoment): Promise<void> {
    const {profile, signal} = this.#request
    if (profile.hooks[moment].length === 0) return
    const isUnconditional = moment === 'onFailure' || moment === 'finally'
    await runHooks(profile.hooks[moment], moment, {
      journal: this.#journal,
      redactor: this.#redactor,
      variables: this.#hookVariables(),
      ...(signal && !isUnconditional && {signal}),
    })
  }

  #hookVariables(): Record<string, string> {
    const {profile} = this.#request
    const error = this.#failure && describeError(this.#failure.error)
    const id = this.#snapshot?.id
    return {
      POCKET_PROFILE_NAME: profile.name,
      POCKET_RUN_ID: this.#journal.start.id,
      POCKET_STATUS: this.#snapshot || this.#failure ? this.#status() : 'running',
      ...(id !== undefined && {POCKET_SNAPSHOT_ID: id}),
      ...(error && {POCKET_ERROR: this.#redactor.redact(error.message), POCKET_ERROR_CODE: error.code}),
    }
  }

  /** Runs the hooks of `onFailure`, once a run; not when somebody has ended it. */
  async #tellFailure(): Promise<void> {
    if (this.#failure === undefined || this.#hasRunOnFailure || this.#status() === 'interrupted') return
    this.#hasRunOnFailure = true
    await this.#guard('hooks', () => this.#runHooks('onFailure'))
  }

  /** What goes wrong in `work` is what went wrong in the run, and keeps nothing else from being done. */
  async #guard(part: RunPart, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      if (this.#failures.some((failure) => failure.error === error)) return
      this.#failures.push({error, part})
      const {code, message, hint} = describeError(error)
      this.#journal.add({type: 'error', part, code, message, ...(hint !== undefined && {hint})})
    }
  }

  /** As `#guard`, for what is the end of everything that was to follow. */
  async #guarded(part: RunPart, work: () => Promise<void>): Promise<void> {
    await this.#guard(part, work)
    const last = this.#failures.at(-1)
    if (last) throw last.error
  }

  get #failure(): {error: Error; part: RunPart} | undefined {
    return this.#failures[0]
  }

  /** Told to whoever asked for the run, and journalled. */
  warn(warning: PocketError, part?: RunPart): void {
    this.#note(warning, part)
    this.#request.onWarning?.(warning)
  }

  /** Journalled only: whoever opens the repository tells of its warnings. */
  #note({code, message, hint}: PocketError, part?: RunPart): void {
    this.#journal.add({type: 'warning', ...(part && {part}), code, message, ...(hint !== undefined && {hint})})
  }

  #status(): RunStatus {
    const {signal} = this.#request
    const failure = this.#failure?.error
    if (isPocketError(failure, 'interrupted') && !signal?.aborted) return 'interrupted'
    if (failure !== undefined && signal?.aborted && isBrokenOff(failure)) return isTimeout(signal) ? 'timed-out' : 'interrupted'
    if (failure !== undefined) return 'failed'
    if (this.#steps.isDamaged) return 'damaged'
    return (this.#snapshot?.unreadable ?? 0) > 0 ? 'incomplete' : 'succeeded'
  }

  async #end(): Promise<RunOutcome> {
    const journal = this.#journal
    const status = this.#status()
    const failure = this.#failure?.error
    const snapshot = this.#snapshot && describeSnapshotResult(this.#snapshot)
    await journal.finish({
      status,
      endedMs: nowMs(),
      elapsedMs: Math.round(monotonicMs() - this.#startMs),
      steps: this.#steps.ends,
      errors: journal.errors,
      warnings: journal.warnings,
      ...(snapshot && {snapshot}),
      ...(failure !== undefined && {error: describeError(failure)}),
    })
    await this.#tellEnd(status, snapshot)
    // A mistake of ours is shown as one.
    if (failure !== undefined && !isPocketError(failure)) throw failure
    return {id: journal.start.id, status, ...(this.#snapshot && {snapshot: this.#snapshot}), ...(failure && {error: failure})}
  }

  async #tellEnd(status: RunStatus, snapshot: RunSnapshot | undefined): Promise<void> {
    const journal = this.#journal
    const report = reportOf({
      status,
      runId: journal.start.id,
      steps: this.#steps.ends,
      failures: this.#failures.map(({part, error}) => ({part, ...describeError(error)})),
      takesSnapshot: this.#request.steps.has('snapshot'),
      ...(snapshot && {snapshot}),
      ...(this.#oddity && {oddity: this.#oddity}),
      ...(journal.trouble && {journalTrouble: journal.trouble}),
      log: journal.tail,
    })
    try {
      await this.#desk.tell(report)
    } finally {
      journal.close()
    }
  }
}

function drillResult({files, bytes, failed}: {files: number; bytes: number; failed: number}): StepResult {
  return {isDamaged: failed > 0, counts: {files, bytes, failed}}
}

function describeError(error: unknown): RunError {
  if (!isPocketError(error)) return {code: 'bug', message: textOf(error)}
  return {code: error.code, message: error.message, ...(error.hint !== undefined && {hint: error.hint})}
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What would have been tried again was not, since the run was to end. */
function isBrokenOff(error: unknown): boolean {
  return isPocketError(error) && (error.code === 'interrupted' || error.retryable)
}

function isTimeout({reason}: AbortSignal): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}

function nowMs(): number {
  return Number(nowNs() / 1_000_000n)
}
