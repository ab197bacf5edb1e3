/** The steps of a run in their order, and what follows when one of them fails. */
import {setMaxListeners} from 'node:events'
import {isPocketError, isUnreachable, PocketError} from '../errors.js'
import type {Redactor} from '../journal/redact.js'
import type {RunJournal} from '../journal/run-journal.js'
import type {RunError, RunStepEnd} from '../journal/run-record.js'
import type {Repository} from '../operations/open-repository.js'
import type {SnapshotEvent, SnapshotResult} from '../operations/take-snapshot.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {describeSnapshotResult} from './describe-snapshot.js'
import {dueAtMs, type DueStep, noteDoneStep, readDoneSteps} from './due-steps.js'
import {checkStep, forgetStep, pruneStep, type StepResult} from './maintenance.js'
import type {HookMoment} from './profile.js'
import {runHooks} from './run-hooks.js'
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
  readonly #startMs = monotonicMs()
  readonly #steps: RunStepEnd[] = []
  #snapshot: SnapshotResult | undefined
  /** The first thing that went wrong. */
  #failure: {error: Error; step?: RunStep} | undefined
  #isDamaged = false
  #hasRunOnFailure = false
  #isAroundDone = false

  constructor({request, journal, redactor}: ProfileRunParts) {
    this.#request = request
    this.#journal = journal
    this.#redactor = redactor
    // Hooks and steps each listen to it.
    if (request.signal) setMaxListeners(0, request.signal)
  }

  async run(): Promise<RunOutcome> {
    await this.#guard(undefined, () => this.#runSteps())
    if (!this.#isAroundDone) await this.#runAround()
    return this.#end()
  }

  async #runSteps(): Promise<void> {
    const {steps, withRepository, signal} = this.#request
    if (steps.has('snapshot')) await this.#runHooks('before')
    await withRepository(
      async (repository) => {
        if (steps.has('snapshot')) await this.#guard('snapshot', () => this.#takeSnapshot(repository))
        await this.#runAround()
        for (const step of ['forget', 'prune', 'check', 'drill'] as const) if (steps.has(step)) await this.#maintain(step, repository)
      },
      {isWriting: true, signal, onWarning: (warning) => this.warn(warning)},
    )
  }

  async #takeSnapshot(repository: Repository): Promise<void> {
    await this.#step('snapshot', async () => {
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
      const {id: _id, parent: _parent, ...counts} = describeSnapshotResult(this.#snapshot)
      return {isDamaged: false, counts}
    })
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
    if (takesSnapshot && this.#failure === undefined) await this.#guard(undefined, () => this.#runHooks('after'))
    await this.#tellFailure()
    if (!takesSnapshot) return
    await this.#guard(undefined, () => this.#runHooks('finally'))
    await this.#tellFailure()
  }

  async #maintain(step: Exclude<RunStep, 'snapshot'>, repository: Repository): Promise<void> {
    const work = this.#workOf(step)
    if (work === undefined) return
    const reason = await this.#reasonAgainst(step)
    if (reason !== undefined) {
      this.#steps.push({step, outcome: reason, elapsedMs: 0})
      return
    }
    await this.#guard(step, () => this.#step(step, () => work(repository)))
    await this.#tellFailure()
  }

  #workOf(step: Exclude<RunStep, 'snapshot'>): ((repository: Repository) => Promise<StepResult>) | undefined {
    const {profile, signal, drill} = this.#request
    const {retention, prune, check} = profile
    const context = {profile, signal, onWarning: (warning: PocketError) => this.warn(warning, step)}
    if (step === 'forget') return retention && ((repository) => forgetStep(repository, retention, context))
    if (step === 'prune') return prune && ((repository) => pruneStep(repository, prune, context))
    if (step === 'check') return check && ((repository) => checkStep(repository, check, context))
    return drill && (async (repository) => drillResult(await drill(repository, signal)))
  }

  /** What keeps a step from being done: that it is not its time, or that something went wrong that it would meet, too. */
  async #reasonAgainst(step: RunStep): Promise<'not-due' | 'skipped' | undefined> {
    const {profile, stateDirectory, signal, steps} = this.#request
    const failure = this.#failure
    const isSnapshotLost = steps.has('snapshot') && this.#snapshot === undefined
    if (signal?.aborted || isSnapshotLost || (failure && isUnreachable(failure.error))) return 'skipped'
    if (step !== 'prune' && step !== 'check') return undefined
    const everyMs = profile[step]?.everyMs ?? 0
    const done = await readDoneSteps(stateDirectory, profile.name)
    const now = nowMs()
    return dueAtMs(done[step], everyMs, now) > now ? 'not-due' : undefined
  }

  async #step(step: RunStep, work: () => Promise<StepResult>): Promise<void> {
    this.#journal.add({type: 'step-begun', step})
    const beganMs = nowMs()
    const startMs = monotonicMs()
    const end = (outcome: RunStepEnd['outcome'], counts?: StepResult['counts']): void => {
      const ended = {step, outcome, elapsedMs: Math.round(monotonicMs() - startMs)}
      this.#steps.push(ended)
      this.#journal.add({type: 'step-ended', ...ended, ...(counts && {counts})})
    }
    try {
      const {isDamaged, counts} = await work()
      if (isDamaged) this.#isDamaged = true
      end(isDamaged ? 'damaged' : 'done', counts)
      if (!isDamaged && isDueStep(step)) await this.#noteDone(step, beganMs)
    } catch (error) {
      end('failed')
      throw error
    }
  }

  /** It is only done once more than needed where that cannot be noted. */
  async #noteDone(step: DueStep, beganMs: number): Promise<void> {
    const {stateDirectory, profile} = this.#request
    try {
      await noteDoneStep(stateDirectory, profile.name, step, beganMs)
    } catch (error) {
      this.warn(
        new PocketError('io-failed', `cannot note in '${stateDirectory}' when '${step}' was done: ${textOf(error)}`, {cause: error}),
      )
    }
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
      POCKET_PROFILE: profile.name,
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
    await this.#guard(undefined, () => this.#runHooks('onFailure'))
  }

  /** What goes wrong in `work` is what went wrong in the run, and keeps nothing else from being done. */
  async #guard(step: RunStep | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      this.#failure ??= {error, ...(step && {step})}
      const {code, message, hint} = describeError(error)
      this.#journal.add({type: 'error', ...(step && {step}), code, message, ...(hint !== undefined && {hint})})
    }
  }

  /** Told to whoever asked for the run, and journalled. */
  warn(warning: PocketError, step?: RunStep): void {
    const {code, message, hint} = warning
    this.#journal.add({type: 'warning', ...(step && {step}), code, message, ...(hint !== undefined && {hint})})
    this.#request.onWarning?.(warning)
  }

  #status(): RunStatus {
    const {signal} = this.#request
    const failure = this.#failure?.error
    if (failure !== undefined && signal?.aborted && isBrokenOff(failure)) return isTimeout(signal) ? 'timed-out' : 'interrupted'
    if (failure !== undefined) return 'failed'
    if (this.#isDamaged) return 'damaged'
    return (this.#snapshot?.unreadable ?? 0) > 0 ? 'incomplete' : 'succeeded'
  }

  async #end(): Promise<RunOutcome> {
    const journal = this.#journal
    const status = this.#status()
    const failure = this.#failure?.error
    await journal.finish({
      status,
      endedMs: nowMs(),
      elapsedMs: Math.round(monotonicMs() - this.#startMs),
      steps: this.#steps,
      errors: journal.errors,
      warnings: journal.warnings,
      ...(this.#snapshot && {snapshot: describeSnapshotResult(this.#snapshot)}),
      ...(failure !== undefined && {error: describeError(failure)}),
    })
    // A mistake of ours is shown as one.
    if (failure !== undefined && !isPocketError(failure)) throw failure
    return {id: journal.start.id, status, ...(this.#snapshot && {snapshot: this.#snapshot}), ...(failure && {error: failure})}
  }
}

function drillResult({files, bytes, failed}: {files: number; bytes: number; failed: number}): StepResult {
  return {isDamaged: failed > 0, counts: {files, bytes, failed}}
}

function isDueStep(step: RunStep): step is DueStep {
  return step === 'prune' || step === 'check' || step === 'drill'
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
