/** What an agent tells, a line an event. */
import type {AgentEvent} from '../../automation/agent-types.js'
import {PocketError} from '../../errors.js'
import {describeTrigger} from '../../schedule/describe-trigger.js'
import type {Schedule} from '../../schedule/schedule.js'
import {formatDuration} from '../format-quantity.js'
import {formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {isoTime, toNs} from './run-list.js'

export function agentLine(event: AgentEvent, nowMs: number): string {
  return `${formatLocalTime(toNs(nowMs))}  ${textOf(event)}`
}

function textOf(event: AgentEvent): string {
  switch (event.type) {
    case 'began':
      return `agent began with ${schedulesText(event.schedules)}`
    case 'reloaded':
      return `the config file has changed: ${schedulesText(event.schedules)}`
    case 'trouble':
      return `error: ${printable(messageOf(event.error))}; what was known before goes on`
    case 'run-began':
      return `${whatOf(event)} began${event.isLate ? ', to make up for what was missed' : ''}`
    case 'run-waits':
      return `${whatOf(event)} waits for another run of its profile`
    case 'run-ended':
      return `${whatOf(event)} ended with ${event.code ?? 'a signal'} after ${formatDuration(event.durationMs)}`
    case 'run-too-long':
      return `${whatOf(event)} did not end when it should have, and is killed`
    case 'ending':
      return event.running.length === 0 ? 'agent ends' : `agent ends when these have: ${event.running.map(printable).join(', ')}`
  }
}

export function agentJson(event: AgentEvent, nowMs: number): JsonFields {
  return {event: event.type, time: isoTime(nowMs), ...fieldsOf(event)}
}

function fieldsOf(event: AgentEvent): JsonFields {
  switch (event.type) {
    case 'began':
    case 'reloaded':
      return {schedules: event.schedules.map(({name}) => name)}
    case 'trouble':
      return {code: event.error instanceof PocketError ? event.error.code : 'bug', message: messageOf(event.error)}
    case 'run-began':
      return {schedule: event.schedule, profile: event.profile, is_late: event.isLate}
    case 'run-waits':
    case 'run-too-long':
      return {schedule: event.schedule, profile: event.profile}
    case 'run-ended':
      return {schedule: event.schedule, profile: event.profile, exit_code: event.code, duration_ms: Math.round(event.durationMs)}
    case 'ending':
      return {running: [...event.running]}
  }
}

function schedulesText(schedules: readonly Schedule[]): string {
  if (schedules.length === 0) return 'no schedules'
  return schedules.map(({name, trigger}) => `${printable(name)} (${describeTrigger(trigger)})`).join(', ')
}

function whatOf({schedule, profile}: {schedule: string; profile: string}): string {
  return schedule === profile ? printable(schedule) : `${printable(schedule)} (profile ${printable(profile)})`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
