/** Events of a run as lines for people. */
import {firstLine} from '../util/first-line.js'
import type {RunEvent, TimedRunEvent} from './run-record.js'

/** With the time of day, in the local time zone. */
export function describeEvent(event: TimedRunEvent): string {
  const at = new Date(event.atMs)
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
  return `${time} ${textOf(event)}`
}

function textOf(event: RunEvent): string {
  switch (event.type) {
    case 'step-begun':
      return `${event.step}: begun`
    case 'step-ended':
      return `${event.step}: ${event.outcome} in ${seconds(event.elapsedMs)}${countsOf(event.counts)}`
    case 'hook-begun':
      return `hook ${event.hook}: ${firstLine(event.command)}`
    case 'hook-ended':
      return `hook ${event.hook}: ${howItEnded(event)} after ${seconds(event.elapsedMs)}`
    case 'output':
      return `hook ${event.hook}| ${event.line}`
    case 'unreadable':
      return `cannot read '${event.path}': ${event.code}`
    case 'warning':
    case 'error':
      return `${event.type}: ${event.message}${event.hint === undefined ? '' : ` (${event.hint})`}`
    case 'odd':
      return `odd: ${event.message}`
    case 'alarm':
      return `alarm by ${event.channel} (${event.occasion}): ${event.isDelivered ? `told ${event.place}` : `not delivered: ${event.message ?? ''}`}`
    case 'note':
      return event.message
  }
}

function howItEnded({exitCode, isTimedOut}: Extract<RunEvent, {type: 'hook-ended'}>): string {
  if (isTimedOut) return 'ended, because it took too long,'
  return exitCode === undefined ? 'ended by a signal' : `ended with ${exitCode}`
}

function countsOf(counts: Record<string, number | string | boolean> | undefined): string {
  const shown = Object.entries(counts ?? {}).filter(([, value]) => value !== 0)
  return shown.length === 0 ? '' : `: ${shown.map(([name, value]) => `${name} ${value}`).join(', ')}`
}

function seconds(elapsedMs: number): string {
  return `${(elapsedMs / 1000).toFixed(1)} s`
}
