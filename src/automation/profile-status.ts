/** How a profile stands, by what this machine knows of it. */
import {alarmStatePath, loadAlarmState} from '../alarm/alarm-state.js'
import type {Trouble} from '../alarm/troubles.js'
import {readRuns} from '../journal/read-runs.js'
import {fileNameOf, type RunRecord} from '../journal/run-record.js'
import {dueAtMs, readDoneSteps} from './due-steps.js'
import type {Profile} from './profile.js'
import {isSaved, isSilent} from './tend-alarms.js'

export interface ProfileStatus {
  profile: string
  /** Nothing has failed last, nothing is damaged, and it is not silent. */
  isWell: boolean
  /** The last run that has ended, or was killed, whatever was turned away since. */
  last?: RunRecord
  /** The last run that stored a snapshot. */
  lastSuccess?: RunRecord
  running?: RunRecord
  isSilent: boolean
  /** When steps are due next, in ms since 1970; those that the profile has. */
  due: {prune?: number; check?: number}
  /** When the first of its schedules is to run next, in ms since 1970. */
  nextRunMs?: number
  /** What is wrong and was not mended so far. */
  troubles: Trouble[]
  /** Alarms that are still to be delivered. */
  pendingAlarms: number
  /** Runs that the journal has, and those of them that failed, found damage, took too long or were killed. */
  runs: number
  failures: number
}

/** For so long a status tells of what was odd. */
const ODD_MS = 24 * 3_600_000

const FAILED: ReadonlySet<string> = new Set(['failed', 'damaged', 'timed-out', 'killed'])

/** Throws system errors. */
export async function profileStatus(
  profile: Profile,
  {stateDirectory, nowMs}: {stateDirectory: string; nowMs: number},
): Promise<ProfileStatus> {
  const runs = [...readRuns(stateDirectory, profile.name)].filter(({state}) => state !== 'busy')
  const last = runs.find(({state}) => state !== 'running')
  const lastSuccess = runs.find(isSaved)
  const running = runs.find(({state}) => state === 'running')
  const alarms = loadAlarmState(alarmStatePath(stateDirectory, fileNameOf(profile.name)))
  const silent = isSilent(profile, lastSuccess?.end?.endedMs ?? alarms.firstSeenMs, nowMs)
  // What is odd is over at once, and to be looked at by somebody all the same.
  const isFreshOddity = ({occasion, sinceMs}: Trouble): boolean => occasion === 'odd' && nowMs - sinceMs < ODD_MS
  const troubles = alarms.troubles.filter((trouble) => trouble.endedMs === undefined || isFreshOddity(trouble))
  const hasFailed = last !== undefined && FAILED.has(last.state)
  const isTroubled = troubles.some(({code}) => code !== 'source-unreadable')
  const nextRunMs = await nextRun(profile, runs, nowMs)
  return {
    profile: profile.name,
    // One that has not run yet is not ill; that it never does is silence, one day.
    isWell: (lastSuccess !== undefined || last === undefined) && !hasFailed && !silent && !isTroubled,
    ...(last && {last}),
    ...(lastSuccess && {lastSuccess}),
    ...(running && {running}),
    isSilent: silent,
    due: await dueSteps(profile, stateDirectory, nowMs),
    ...(nextRunMs !== undefined && {nextRunMs}),
    troubles,
    pendingAlarms: alarms.pending.length + alarms.pings.length,
    runs: runs.length,
    failures: runs.filter(({state}) => FAILED.has(state)).length,
  }
}

/** Without what keeps a schedule waiting: jitter, a battery, a network. */
async function nextRun({schedules}: Profile, runs: readonly RunRecord[], nowMs: number): Promise<number | undefined> {
  const {occurrenceAfter} = await import('../schedule/occurrences.js')
  const times = await Promise.all(
    schedules.map(async ({name, trigger}) => {
      if (trigger.type !== 'every') return occurrenceAfter(trigger, nowMs)
      const last = runs.find(({schedule}) => schedule === name)
      return last === undefined ? nowMs : Math.max(nowMs, last.startedMs + trigger.everyMs)
    }),
  )
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

async function dueSteps({name, prune, check}: Profile, stateDirectory: string, nowMs: number): Promise<ProfileStatus['due']> {
  const done = await readDoneSteps(stateDirectory, name)
  return {
    ...(prune && {prune: dueAtMs(done.prune, prune.everyMs, nowMs)}),
    ...(check && {check: dueAtMs(done.check, check.everyMs, nowMs)}),
  }
}
