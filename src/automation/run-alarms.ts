/** What the alarms of a profile are told of its runs. */
import {AlarmDesk, type AlarmReport} from '../alarm/alarm-desk.js'
import type {Delivery} from '../alarm/deliver.js'
import type {SendOptions} from '../alarm/send.js'
import type {FoundTrouble} from '../alarm/troubles.js'
import {PocketError} from '../errors.js'
import {readRuns} from '../journal/read-runs.js'
import {fileNameOf, type RunRecord} from '../journal/run-record.js'
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

/** Tells of the last run of the profile, other than `ownRun`, if it was killed and nobody was told. */
export async function tellKilled(
  desk: AlarmDesk,
  profile: string,
  {stateDirectory, ownRun}: {stateDirectory: string; ownRun?: string},
): Promise<void> {
  const last = lastRun(stateDirectory, profile, ownRun)
  if (last?.state !== 'killed' || desk.read().killedRun === last.id) return
  const {id, trigger, startedMs} = last
  const found: FoundTrouble = {
    occasion: 'failure',
    step: 'run',
    code: 'killed',
    message: `the run that began at ${new Date(startedMs).toISOString()} (${trigger}) was killed, or the machine went down`,
    hint: 'the next run goes on from there',
  }
  await desk.tell({found: [found], hasEnded: () => false, about: {runId: id, status: 'killed'}, killedRun: id} satisfies AlarmReport)
}

/** The one that was at it, whatever was turned away meanwhile. */
function lastRun(stateDirectory: string, profile: string, ownRun: string | undefined): RunRecord | undefined {
  for (const run of readRuns(stateDirectory, profile)) if (run.id !== ownRun && run.state !== 'busy') return run
  return undefined
}
