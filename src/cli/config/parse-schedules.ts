/** `[profiles.NAME.schedule]`, named as the profile, and `[profiles.NAME.schedules.OTHER]`. */
import {type Schedule, TASKS} from '../../schedule/schedule.js'
import {triggerOf} from '../../schedule/trigger.js'
import {parseSpan, parseSpanOrNone} from '../parse-span.js'
import type {TableReader} from './table-reader.js'

/** Throws `usage`. */
export async function parseSchedules(profile: TableReader): Promise<Schedule[]> {
  const own = profile.table('schedule')
  const named = profile.tables('schedules')
  const schedules: Schedule[] = []
  if (own !== undefined) schedules.push(await parseSchedule(own, profile.name, profile.name))
  for (const one of named) schedules.push(await parseSchedule(one, one.name, profile.name))
  return schedules
}

async function parseSchedule(reader: TableReader, name: string, profile: string): Promise<Schedule> {
  const when = {cron: reader.text('cron'), every: reader.text('every'), daily_at: reader.text('daily_at')}
  const schedule = {
    name,
    profile,
    task: reader.choice('task', TASKS) ?? 'snapshot',
    trigger: await triggerOf(when, `[profiles.${profile}.${name === profile ? 'schedule' : `schedules.${name}`}] of ${reader.path}`),
    jitterMs: reader.parsed('jitter', parseSpanOrNone) ?? 0,
    catchUp: reader.boolean('catch_up') ?? true,
    onlyOnAc: reader.boolean('only_on_ac') ?? false,
    onlyOnNetworks: reader.texts('only_on_networks') ?? [],
    isLowPriority: reader.boolean('low_priority') ?? true,
    longestMs: reader.parsed('longest', parseSpan),
  }
  reader.finish()
  return schedule
}
