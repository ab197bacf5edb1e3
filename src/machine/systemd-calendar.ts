/** Triggers in the words of `OnCalendar=`: see systemd.time(7). */
import {cronFields} from '../schedule/cron-fields.js'
import {gridOf} from '../schedule/interval-grid.js'
import {expressionOf} from '../schedule/occurrences.js'
import type {Trigger} from '../schedule/schedule.js'

export interface Calendar {
  /** A value of `OnCalendar=` each; it runs at the times of all. */
  lines: string[]
  /** Each time is a run; otherwise one is looked for. */
  isExact: boolean
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

export function calendarOf(trigger: Trigger): Calendar {
  if (trigger.type !== 'every') return {lines: linesOf(expressionOf(trigger)), isExact: true}
  const {stepMs, isExact} = gridOf(trigger.everyMs)
  return {lines: [stepLine(stepMs / 1000)], isExact}
}

function stepLine(seconds: number): string {
  if (seconds < 60) return `*-*-* *:*:0/${seconds}`
  if (seconds < 3600) return `*-*-* *:0/${seconds / 60}:00`
  return seconds === 3600 ? '*-*-* *:00:00' : `*-*-* 0/${seconds / 3600}:00:00`
}

function linesOf(expression: string): string[] {
  const {minutes, hours, daysOfMonth, months, daysOfWeek, isEitherDay} = cronFields(expression, 'the schedule')
  const time = `${field(hours, 0, 24)}:${field(minutes, 0, 60)}:00`
  const month = field(months, 1, 12)
  const days = field(daysOfMonth, 1, 31)
  const weekdays = daysOfWeek.length === 7 ? '' : `${daysOfWeek.map((day) => WEEKDAYS[day]).join(',')} `
  const line = (weekday: string, day: string): string => `${weekday}*-${month}-${day} ${time}`
  return isEitherDay ? [line('', days), line(weekdays, '*')] : [line(weekdays, days)]
}

/** `*`, `0/15`, `08,12`. */
function field(numbers: readonly number[], least: number, count: number): string {
  if (numbers.length === count) return '*'
  const step = numbers.length > 2 ? numbers[1] - numbers[0] : 0
  const isStepped =
    step > 0 && numbers.every((number, index) => number === least + index * step) && numbers.length === Math.ceil(count / step)
  return isStepped ? `${least}/${step}` : numbers.map((number) => String(number).padStart(2, '0')).join(',')
}
