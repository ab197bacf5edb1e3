/** What became of the steps of a run. */
import {fileError, PocketError} from '../errors.js'
import type {RunJournal} from '../journal/run-journal.js'
import type {RunStepEnd} from '../journal/run-record.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {dueAtMs, type DueStep, noteDoneStep, readDoneSteps} from './due-steps.js'
import type {StepResult} from './maintenance.js'
import type {Profile} from './profile.js'
import type {RunStep} from './run-types.js'

export interface StepLogOptions {
  profile: Profile
  stateDirectory: string
  journal: RunJournal
  onWarning: (warning: PocketError) => void
}

export class StepLog {
  readonly ends: RunStepEnd[] = []
  readonly #options: StepLogOptions

  constructor(options: StepLogOptions) {
    this.#options = options
  }

  get isDamaged(): boolean {
    return this.ends.some(({outcome}) => outcome === 'damaged')
  }

  leaveOut(step: RunStep, outcome: 'not-due' | 'skipped'): void {
    this.ends.push({step, outcome, elapsedMs: 0})
  }

  /** Whether it is time for `step` again; it is, where that cannot be told. */
  async isDue(step: RunStep): Promise<boolean> {
    if (step !== 'prune' && step !== 'check') return true
    const {profile, stateDirectory, onWarning} = this.#options
    const now = nowMs()
    try {
      const done = await readDoneSteps(stateDirectory, profile.name)
      return dueAtMs(done[step], profile[step]?.everyMs ?? 0, now) <= now
    } catch (error) {
      onWarning(asWarning(error, `cannot look in '${stateDirectory}' when '${step}' was done`))
      return true
    }
  }

  /** Does `step`, and records what became of it. Throws what `work` throws. */
  async record(step: RunStep, work: () => Promise<StepResult>): Promise<void> {
    const {journal} = this.#options
    journal.add({type: 'step-begun', step})
    const beganMs = nowMs()
    const startMs = monotonicMs()
    const end = (outcome: RunStepEnd['outcome'], counts?: StepResult['counts']): void => {
      const ended = {step, outcome, elapsedMs: Math.round(monotonicMs() - startMs)}
      this.ends.push(ended)
      journal.add({type: 'step-ended', ...ended, ...(counts && {counts})})
    }
    try {
      const {isDamaged, counts} = await work()
      end(isDamaged ? 'damaged' : 'done', counts)
      if (!isDamaged && isDueStep(step)) await this.#noteDone(step, beganMs)
    } catch (error) {
      end('failed')
      throw error
    }
  }

  /** Where that cannot be noted, it is only done once more than needed. */
  async #noteDone(step: DueStep, beganMs: number): Promise<void> {
    const {stateDirectory, profile, onWarning} = this.#options
    try {
      await noteDoneStep(stateDirectory, profile.name, step, beganMs)
    } catch (error) {
      onWarning(asWarning(error, `cannot note in '${stateDirectory}' when '${step}' was done`))
    }
  }
}

function asWarning(error: unknown, what: string): PocketError {
  const warning = fileError(error, what)
  if (warning instanceof PocketError) return warning
  throw error
}

function isDueStep(step: RunStep): step is DueStep {
  return step === 'prune' || step === 'check' || step === 'drill'
}

function nowMs(): number {
  return Number(nowNs() / 1_000_000n)
}
