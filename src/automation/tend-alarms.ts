/** What has to be told between runs: by `pocket schedule tick`, and by the agent. */
import type {Delivery} from '../alarm/deliver.js'
import type {SendOptions} from '../alarm/send.js'
import type {PocketError} from '../errors.js'
import {readRuns} from '../journal/read-runs.js'
import type {RunRecord} from '../journal/run-record.js'
import {nowNs} from '../util/clock.js'
import {Redactor} from '../util/redact.js'
import {knownSecrets} from './known-secrets.js'
import type {Profile} from './profile.js'
import {alarmDesk, tellUntold} from './run-alarms.js'

export interface TendOptions {
  stateDirectory: string
  sending?: Omit<SendOptions, 'redactor'>
  onDelivery?: (delivery: Delivery) => void
  onWarning?: (warning: PocketError) => void
}

const DAY_MS = 24 * 60 * 60_000
const HOUR_MS = 60 * 60_000

/** Delivers alarms of `profiles` that could not be delivered before. Never throws for what goes wrong with one of them. */
export async function deliverPending(profiles: readonly Profile[], options: TendOptions): Promise<void> {
  for (const profile of profiles) {
    const redactor = new Redactor(knownSecrets(profile, []))
    await alarmDesk({...options, profile, redactor}).deliverPending()
  }
}

/** Tells of profiles of which nothing has succeeded for too long, and of runs that were killed. Once for each trouble, and again as the profile says. */
export async function checkSilence(profiles: readonly Profile[], options: TendOptions): Promise<void> {
  const nowMs = Number(nowNs() / 1_000_000n)
  for (const profile of profiles) {
    const redactor = new Redactor(knownSecrets(profile, []))
    const desk = alarmDesk({...options, profile, redactor})
    await desk.noteSeen()
    await tellUntold(desk, profile.name, options)
    const lastMs = lastSuccess(options.stateDirectory, profile.name)?.end?.endedMs
    if (!isSilent(profile, lastMs ?? desk.read().firstSeenMs, nowMs)) continue
    const age = lastMs === undefined ? 'ever' : `for ${describeAge(nowMs - lastMs)}`
    const message = `nothing has succeeded ${age}`
    await desk.tell({found: [{occasion: 'silence', code: 'silence', message, hint: "'pocket status' tells more"}], hasEnded: () => false})
  }
}

/** From now on a profile that never runs becomes silent. Throws what keeping that throws. */
export async function noteProfiles(profiles: readonly Profile[], options: TendOptions): Promise<void> {
  for (const profile of profiles) {
    await alarmDesk({...options, profile, redactor: new Redactor(knownSecrets(profile, []))}).noteSeen()
  }
}

/** The last run that stored a snapshot, or found that nothing had changed since the last one, whatever came of the steps after it. */
export function lastSuccess(stateDirectory: string, profile: string): RunRecord | undefined {
  for (const run of readRuns(stateDirectory, profile)) if (isSaved(run)) return run
  return undefined
}

/** Whether all that there was is in a snapshot since. */
export function isSaved({end}: Pick<RunRecord, 'end'>): boolean {
  return end?.snapshot?.id !== undefined || end?.snapshot?.isUnchanged === true
}

/** Whether a profile has been without a snapshot for longer than it is to be, since `sinceMs`. */
export function isSilent({alarms: {silenceMs}}: Pick<Profile, 'alarms'>, sinceMs: number | undefined, nowMs: number): boolean {
  return silenceMs !== undefined && sinceMs !== undefined && nowMs - sinceMs > silenceMs
}

function describeAge(ageMs: number): string {
  const days = Math.floor(ageMs / DAY_MS)
  if (days > 1) return `${days} days`
  const hours = Math.floor(ageMs / HOUR_MS)
  return hours > 1 ? `${hours} hours` : `${Math.floor(ageMs / 60_000)} minutes`
}
