/** What the alarms of a profile are told of its runs. */
import {AlarmDesk, type AlarmReport} from '../alarm/alarm-desk.js'
import type {Delivery} from '../alarm/deliver.js'
import type {SendOptions} from '../alarm/send.js'
import type {FoundTrouble} from '../alarm/troubles.js'
import {PocketError} from '../errors.js'
import {readRuns} from '../journal/read-runs.js'
import {fileNameOf, type RunRecord} from '../journal/run-record.js'
import {nowNs} from '../util/clock.js'
import type {Redactor} from '../util/redact.js'
import type {Profile} from './profile.js'

export interface DeskOptions {
  profile: Profile
  stateDirectory: string
  redactor: Redactor
  sending?: Omit<SendOptions, 'redactor'>
  onDelivery?: (delivery: Delivery) => void
  onWarning?: (warning: PocketError) => void
}

/** What was not delivered is a warning, too. */
export function alarmDesk({profile, stateDirectory, redactor, sending, onDelivery, onWarning}: DeskOptions): AlarmDesk {
  return new AlarmDesk({
    profile: profile.name,
    fileName: fileNameOf(profile.name),
    stateDirectory,
    settings: profile.alarms,
    sending: {...sending, redactor},
    onDelivery: (delivery) => {
      onDelivery?.(delivery)
      if (!delivery.isDelivered) {
        onWarning?.(
          new PocketError('alarm-failed', `an alarm was not delivered: ${delivery.message ?? delivery.place}`, {hint: 'it is tried again'}),
        )
      }
    },
    onTrouble: (trouble) => onWarning?.(trouble),
  })
}

/**
 * Tells of the last run of the profile, other than `ownRun`, if it was killed, or failed and was killed before it could tell, and nobody was told
 * since.
 */
export async function tellUntold(
  desk: AlarmDesk,
  profile: string,
  {stateDirectory, ownRun}: {stateDirectory: string; ownRun?: string},
): Promise<void> {
  const last = lastRun(stateDirectory, profile, ownRun)
  const {killedRun, reportedRun} = desk.read()
  if (last === undefined || reportedRun === last.id) return
  const {id, state} = last
  const told = {hasEnded: () => false, about: {runId: id, status: state}}
  if (state === 'killed' && killedRun !== id) await desk.tell({found: [killedTrouble(last)], killedRun: id, ...told} satisfies AlarmReport)
  else if (isFailed(last) && (ownRun !== undefined || isLongOver(last))) await desk.tell({found: [failedTrouble(last)], ...told})
}

/** A run that has just ended is about to tell by itself, which may take it as long as its channels take. */
const TELLING_MS = 10 * 60_000

function isLongOver({end}: RunRecord): boolean {
  return end !== undefined && Number(nowNs() / 1_000_000n) - end.endedMs > TELLING_MS
}

function isFailed({state}: RunRecord): boolean {
  return state === 'failed' || state === 'damaged' || state === 'timed-out'
}

function failedTrouble({id, state, startedMs, trigger, end}: RunRecord): FoundTrouble {
  return {
    occasion: 'failure',
    step: 'run',
    code: end?.error?.code ?? state,
    message: end?.error?.message ?? `the run that began at ${new Date(startedMs).toISOString()} (${trigger}) ended as ${state}`,
    hint: `'pocket runs ${id.slice(0, 8)}' tells more`,
  }
}

function killedTrouble({trigger, startedMs}: RunRecord): FoundTrouble {
  return {
    occasion: 'failure',
    step: 'run',
    code: 'killed',
    message: `the run that began at ${new Date(startedMs).toISOString()} (${trigger}) was killed, or the machine went down`,
    hint: 'the next run goes on from there',
  }
}

/** The one that was at it, whatever was turned away meanwhile. */
function lastRun(stateDirectory: string, profile: string, ownRun: string | undefined): RunRecord | undefined {
  for (const run of readRuns(stateDirectory, profile)) if (run.id !== ownRun && run.state !== 'busy') return run
  return undefined
}
