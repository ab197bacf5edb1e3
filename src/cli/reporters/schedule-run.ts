/** What came of a call of a schedule, for people and as JSON. */
import type {ScheduleCallOutcome} from '../../automation/run-schedule.js'
import type {RunStatus} from '../../automation/run-types.js'
import type {Schedule} from '../../schedule/schedule.js'
import {type ExitCode, exitCodes} from '../exit-codes.js'
import {formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {isoTime, toNs} from './run-list.js'

const EXIT_CODES: Readonly<Record<RunStatus, ExitCode>> = {
  succeeded: exitCodes.done,
  // Nothing was to be done that is not being done.
  busy: exitCodes.done,
  incomplete: exitCodes.sourceUnreadable,
  damaged: exitCodes.damageFound,
  failed: exitCodes.failed,
  'timed-out': exitCodes.failed,
  interrupted: exitCodes.interrupted,
}

const STATUS_TEXTS: Readonly<Record<RunStatus, string>> = {
  succeeded: 'done',
  busy: 'left out: another run of the profile is under way',
  incomplete: 'done, but something could not be read',
  damaged: 'done, but the repository is damaged',
  failed: 'failed',
  'timed-out': 'ended, because it took too long',
  interrupted: 'interrupted',
}

export function exitCodeOfCall(outcome: ScheduleCallOutcome): ExitCode {
  return outcome.type === 'ran' ? EXIT_CODES[outcome.outcome.status] : exitCodes.done
}

export function callLine({name, profile}: Schedule, outcome: ScheduleCallOutcome): string {
  const what = `schedule '${printable(name)}' of profile '${printable(profile)}'`
  if (outcome.type === 'put-off') return `${what}: put off, because ${printable(outcome.reason)}`
  if (outcome.type === 'ran') return `${what}: ${STATUS_TEXTS[outcome.outcome.status]}`
  return `${what}: not due${outcome.nextMs === undefined ? '' : ` before ${formatLocalTime(toNs(outcome.nextMs))}`}`
}

export function callJson({name, profile, task}: Schedule, call: ScheduleCallOutcome): JsonFields {
  const outcome = call.type === 'ran' ? call.outcome : undefined
  return {
    name,
    profile,
    task,
    outcome: call.type,
    reason: call.type === 'put-off' ? call.reason : null,
    next_run: call.type === 'not-due' && call.nextMs !== undefined ? isoTime(call.nextMs) : null,
    run_id: outcome?.id ?? null,
    status: outcome?.status ?? null,
    snapshot_id: outcome?.snapshot?.id ?? null,
  }
}
