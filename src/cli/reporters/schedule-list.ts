/** Schedules as a table and as JSON. */
import type {ScheduleState} from '../../automation/schedule-state.js'
import type {InstallerKind} from '../../machine/installer.js'
import {describeTrigger} from '../../schedule/describe-trigger.js'
import type {Schedule} from '../../schedule/schedule.js'
import {formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {formatTable} from '../table.js'
import {isoTime, toNs} from './run-list.js'

export interface ListedSchedule {
  schedule: Schedule
  state: ScheduleState | undefined
  /** Whether the last run has ended before it could say how it went. */
  hasDied: boolean
  /** Undefined when none is to come. */
  nextMs: number | undefined
  /** Undefined when nothing starts it by itself. */
  installed: {kind: InstallerKind; title: string} | undefined
}

const COLUMNS = ['Schedule', 'Profile', 'Task', 'When', 'Next run', 'Last run', 'Result', 'Started by'].map((title) => ({title}))

export function scheduleLines(schedules: readonly ListedSchedule[], strays: readonly string[], nowMs: number): string[] {
  const rows = schedules.map((listed) => scheduleRow(listed, nowMs))
  const table = schedules.length === 0 ? ["no schedules; 'pocket schedule add' makes one"] : formatTable(COLUMNS, rows)
  const putOff = schedules.flatMap(({schedule: {name}, state}) =>
    state?.putOff === undefined
      ? []
      : [`${printable(name)} is put off since ${localTime(state.putOff.sinceMs)}: ${printable(state.putOff.reason)}`],
  )
  const unknown = strays.map((key) => `installed, but in no config file that is known here: ${printable(key)}`)
  return [...table, ...(putOff.length + unknown.length > 0 ? [''] : []), ...putOff, ...unknown]
}

function scheduleRow({schedule, state, hasDied, nextMs, installed}: ListedSchedule, nowMs: number): string[] {
  const {name, profile, task, trigger} = schedule
  return [
    printable(name),
    printable(profile),
    task,
    describeTrigger(trigger),
    nextMs === undefined ? 'never' : nextMs <= nowMs ? 'now' : localTime(nextMs),
    state?.lastStartMs === undefined ? 'never' : localTime(state.lastStartMs),
    resultOf(state, hasDied) ?? '',
    installed?.title ?? 'not installed',
  ]
}

export function scheduleJson({schedule, state, hasDied, nextMs, installed}: ListedSchedule): JsonFields {
  const time = (atMs: number | undefined): string | null => (atMs === undefined ? null : isoTime(atMs))
  return {
    name: schedule.name,
    profile: schedule.profile,
    task: schedule.task,
    trigger: describeTrigger(schedule.trigger),
    next_run: time(nextMs),
    last_start: time(state?.lastStartMs),
    last_end: time(state?.lastEndMs),
    last_status: resultOf(state, hasDied) ?? null,
    put_off: state?.putOff === undefined ? null : {reason: state.putOff.reason, since: isoTime(state.putOff.sinceMs)},
    installed_in: installed?.kind ?? null,
  }
}

function resultOf(state: ScheduleState | undefined, hasDied: boolean): string | undefined {
  if (hasDied) return 'killed'
  return state?.process === undefined ? state?.lastStatus : 'running'
}

function localTime(atMs: number): string {
  return formatLocalTime(toNs(atMs))
}
