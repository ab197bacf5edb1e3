import {expressionOf} from './occurrences.js'
import type {Trigger} from './schedule.js'

const UNITS = [
  ['week', 7 * 24 * 3_600_000],
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** `daily at 02:00`, `every 15 minutes`, `cron 0 2 * * 1-5`. */
export function describeTrigger(trigger: Trigger): string {
  if (trigger.type === 'cron') return `cron ${expressionOf(trigger)}`
  if (trigger.type === 'every') return `every ${describeInterval(trigger.everyMs)}`
  return `daily at ${twoDigits(Math.floor(trigger.atMinute / 60))}:${twoDigits(trigger.atMinute % 60)}`
}

/** `15 minutes`, `1 hour 30 minutes`; of one of a unit alone, `hour`. */
function describeInterval(milliseconds: number): string {
  const parts: [count: number, unit: string][] = []
  let rest = milliseconds
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count > 0) parts.push([count, unit])
  }
  if (parts.length === 1 && parts[0][0] === 1) return parts[0][1]
  return parts.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' ')
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
