/** Times as text and back. Pocket's times are whole nanoseconds since 1970-01-01 UTC. */
import {PocketError} from '../errors.js'

const NS_PER_SECOND = 1_000_000_000n
const NS_PER_MS = 1_000_000n

/** `2026-03-01T12:00:00.123456789Z`: what `--json` gives, nothing lost. */
export function formatExactTime(timeNs: bigint): string {
  const {milliseconds, nanoseconds} = splitTime(timeNs)
  return `${new Date(milliseconds).toISOString().slice(0, -5)}.${String(nanoseconds).padStart(9, '0')}Z`
}

/** `2026-03-01 13:00:00` in the local time zone. */
export function formatLocalTime(timeNs: bigint): string {
  const date = new Date(splitTime(timeNs).milliseconds)
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()]
  return `${day.map(twoDigits).join('-')} ${time.map(twoDigits).join(':')}`
}

/**
 * A time as a person writes it: `2026-03-01`, `2026-03-01 12:00`, `2026-03-01T12:00:00.5`, local unless it ends with `Z` or an
 * offset such as `+01:00`. Throws `usage` for anything else, days that do not exist included.
 */
export function parseTime(text: string): bigint {
  const match = TIME.exec(text.trim())
  if (match === null) throw badTime(text)
  const [, day, hours = '00', minutes = '00', seconds = '00', fraction = '', zone = ''] = match
  const date = new Date(`${day}T${hours}:${minutes}:${seconds}${zone}`)
  if (Number.isNaN(date.getTime()) || !isDay(day)) throw badTime(text)
  return BigInt(date.getTime()) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'))
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** JavaScript takes `2026-02-30` for the 2nd of March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

function badTime(text: string): PocketError {
  return new PocketError('usage', `'${text}' is not a time`, {
    hint: "write it as '2026-03-01 12:00:00' (local) or '2026-03-01T12:00:00Z'",
  })
}

function splitTime(timeNs: bigint): {milliseconds: number; nanoseconds: bigint} {
  const nanoseconds = ((timeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND
  return {milliseconds: Number((timeNs - nanoseconds) / NS_PER_MS), nanoseconds}
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
