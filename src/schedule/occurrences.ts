/**
 * The times that a trigger names, in the local time zone of the process. Where a clock is put forward, a fixed time that is skipped is the first
 * moment after the gap; where it is put back, a fixed time is its first occurrence only. Lines of cron with `*` in the minute or hour go by
 * what the clock shows: they have nothing in the gap and both of what is doubled.
 */
import type {Cron} from 'croner'
import {cronFields, tidyCron} from './cron-fields.js'
import type {Trigger} from './schedule.js'

/** A trigger of the calendar. Intervals have no times of their own: they count from the last run. */
export type CalendarTrigger = Exclude<Trigger, {type: 'every'}>

/** Whether any day of the years to come matches. */
export async function hasOccurrence(expression: string): Promise<boolean> {
  return (await cronOf(expression)).nextRun(new Date(0)) !== null
}

/** The first time that lies after `afterMs`. */
export async function occurrenceAfter(trigger: CalendarTrigger, afterMs: number): Promise<number | undefined> {
  const cron = await cronOf(expressionOf(trigger))
  return cron.nextRun(new Date(afterMs))?.getTime()
}

/** The last time that is not after `atMs`. */
export async function occurrenceUntil(trigger: CalendarTrigger, atMs: number): Promise<number | undefined> {
  const cron = await cronOf(expressionOf(trigger))
  // croner gives what lies before a time of whole seconds.
  const [last] = cron.previousRuns(1, new Date(Math.floor(atMs / 1000) * 1000 + 1000))
  return last?.getTime()
}

/** The five fields of cron that say the same. */
export function expressionOf(trigger: CalendarTrigger): string {
  if (trigger.type === 'cron') return tidyCron(trigger.expression)
  return `${trigger.atMinute % 60} ${Math.floor(trigger.atMinute / 60)} * * *`
}

const crons = new Map<string, Cron>()

async function cronOf(expression: string): Promise<Cron> {
  const known = crons.get(expression)
  if (known !== undefined) return known
  const {Cron: CronClass} = await import('croner')
  const domAndDow = !cronFields(expression, 'the schedule').isEitherDay
  const cron = new CronClass(expression, {paused: true, mode: '5-part', fixedTimeRule: 'no-wildcard', domAndDow})
  crons.set(expression, cron)
  return cron
}
