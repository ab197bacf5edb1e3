/** What is known of schedules, as it may be believed at a given time. */
import {isPocketError, type PocketError} from '../errors.js'
import {type History, settleHistory} from '../schedule/reckon.js'
import type {Schedule} from '../schedule/schedule.js'
import {livenessOf} from '../util/process-identity.js'
import {scheduleKey} from './schedule-key.js'
import {loadScheduleState, saveScheduleState, type ScheduleState} from './schedule-state.js'

export interface BookPlace {
  stateDirectory: string
  /** As of `keySuffix`. */
  suffix: string
  /** What sets this machine apart from others, for the jitter. */
  seed: string
  nowMs: () => number
  onWarning: (warning: PocketError) => void
  /** Told of a state that could not be read or kept; without it, that is thrown. */
  onUnkept?: (error: PocketError) => void
}

/** A run that was ended from outside is tried again, but not for ever: it may be what has brought the machine down. */
const MOST_DEATHS = 3

/** What is known; from now on, if nothing was. What is settled of it is kept. */
export async function openState(place: BookPlace, schedule: Schedule): Promise<ScheduleState> {
  const known = await peekState(place, schedule)
  const nowMs = place.nowMs()
  const settled = await settleHistory(schedule, known ?? {firstKnownMs: nowMs, lastStartMs: undefined}, nowMs)
  return settled === known ? known : keep(place, schedule, settled)
}

/** Without changing anything. */
export async function peekState(place: BookPlace, schedule: Schedule): Promise<ScheduleState | undefined> {
  const {stateDirectory, suffix, onWarning, onUnkept} = place
  try {
    return await loadScheduleState(stateDirectory, scheduleKey(schedule.name, suffix), onWarning)
  } catch (error) {
    if (!isPocketError(error) || onUnkept === undefined) throw error
    onUnkept(error)
    return undefined
  }
}

export async function keep(place: BookPlace, schedule: Schedule, state: ScheduleState): Promise<ScheduleState> {
  try {
    await saveScheduleState(place.stateDirectory, scheduleKey(schedule.name, place.suffix), state)
  } catch (error) {
    if (!isPocketError(error) || place.onUnkept === undefined) throw error
    place.onUnkept(error)
  }
  return state
}

/** Whether the last run has ended before it could say how it went. Of one of another container nobody can tell. */
export function hasDied({lastStartMs, lastEndMs, process}: ScheduleState): boolean {
  return lastStartMs !== undefined && lastEndMs === undefined && process !== undefined && livenessOf(process) === 'dead'
}

/** Whether the last run was ended from outside, as by whoever shuts down the machine. */
export function isUnfinished(state: ScheduleState): boolean {
  return state.lastStatus === 'interrupted' || hasDied(state)
}

/** What a schedule is reckoned by: a run that was ended from outside does not count. */
export function historyOf(state: ScheduleState): History {
  const {firstKnownMs, lastStartMs, startBeforeMs, deaths = 0} = state
  if (isUnfinished(state) && deaths + 1 < MOST_DEATHS) return {firstKnownMs, lastStartMs: startBeforeMs}
  return {firstKnownMs, lastStartMs}
}
