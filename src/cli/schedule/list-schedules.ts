import {hasDied, historyOf, peekState} from '../../automation/schedule-book.js'
import {reckon, settleHistory} from '../../schedule/reckon.js'
import type {ListedSchedule} from '../reporters/schedule-list.js'
import {installedJobs} from './install.js'
import {isScheduleKey, jobKey} from './jobs.js'
import {bookPlace, type KnownSchedule} from './known-schedules.js'

export interface ListedSchedules {
  schedules: ListedSchedule[]
  /** Keys of jobs that belong to this config file, and to none of its schedules. */
  strays: string[]
}

/** How schedules stand; nothing is changed. */
export async function listSchedules(
  known: readonly KnownSchedule[],
  configPath: string,
  flags: {json: boolean; quiet: boolean},
): Promise<ListedSchedules> {
  const place = bookPlace(configPath, flags)
  const jobs = await installedJobs()
  const schedules: ListedSchedule[] = []
  for (const {schedule} of known) {
    const nowMs = place.nowMs()
    const state = await peekState(place, schedule)
    const history = await settleHistory(
      schedule,
      state === undefined ? {firstKnownMs: nowMs, lastStartMs: undefined} : historyOf(state),
      nowMs,
    )
    const {nextMs} = await reckon(schedule, history, {nowMs, seed: place.seed})
    const installer = jobs.get(jobKey(schedule.name, place.suffix))
    schedules.push({schedule, state, hasDied: state !== undefined && hasDied(state), nextMs, installed: installer})
  }
  const own = new Set(known.map(({schedule}) => jobKey(schedule.name, place.suffix)))
  return {schedules, strays: straysOf([...jobs.keys()], own, place.suffix)}
}

function straysOf(keys: readonly string[], own: ReadonlySet<string>, suffix: string): string[] {
  return keys.filter((key) => isScheduleKey(key, suffix) && !own.has(key))
}
