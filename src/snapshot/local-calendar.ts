/** Nanoseconds since 1970 in the calendar of this machine's time zone. */
import type {Duration} from '../util/duration.js'

export const PERIODS = ['minutely', 'hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly'] as const
export type Period = (typeof PERIODS)[number]

const NS_PER_MS = 1_000_000n
const MS_PER_DAY = 86_400_000
const MS_PER_HOUR = 3_600_000

/**
 * The minute, hour, day, ISO week and so on that `timeNs` falls in: `2026-11-21 14:05`, `2026-11-21 14`, `2026-11-21`, `2026-W47`, `2026-11`,
 * `2026-Q4`, `2026`. The hour that comes twice when summer time ends has one name.
 */
export function bucketOf(timeNs: bigint, period: Period): string {
  const date = new Date(wholeMs(timeNs))
  const year = padded(date.getFullYear(), 4)
  const month = `${year}-${padded(date.getMonth() + 1)}`
  const day = `${month}-${padded(date.getDate())}`
  switch (period) {
    case 'minutely':
      return `${day} ${padded(date.getHours())}:${padded(date.getMinutes())}`
    case 'hourly':
      return `${day} ${padded(date.getHours())}`
    case 'daily':
      return day
    case 'weekly':
      return isoWeek(date)
    case 'monthly':
      return month
    case 'quarterly':
      return `${year}-Q${Math.floor(date.getMonth() / 3) + 1}`
    case 'yearly':
      return year
  }
}

/**
 * The time of day of `timeNs` so many years, months and days earlier, less the hours. A day that its month does not have is counted on into the next:
 * a month before the 31st of March is the 3rd of March, or the 2nd in a leap year.
 */
export function subtractDuration(timeNs: bigint, {years, months, days, hours}: Duration): bigint {
  const ms = wholeMs(timeNs)
  const date = new Date(ms)
  // Setting a date, even the same, would take an hour that comes twice for the first of the two.
  if (years !== 0 || months !== 0 || days !== 0) {
    date.setFullYear(date.getFullYear() - years, date.getMonth() - months, date.getDate() - days)
  }
  return timeNs + BigInt(date.getTime() - hours * MS_PER_HOUR - ms) * NS_PER_MS
}

/** The week of ISO 8601: it begins on Monday and is of the year that its Thursday is in. */
function isoWeek(date: Date): string {
  const daysSinceMonday = (date.getDay() + 6) % 7
  // Of UTC, where every day has 24 hours.
  const thursday = new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate() - daysSinceMonday + 3))
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / MS_PER_DAY / 7) + 1
  return `${padded(year, 4)}-W${padded(week)}`
}

/** Rounded down, also before 1970. */
function wholeMs(timeNs: bigint): number {
  const rest = ((timeNs % NS_PER_MS) + NS_PER_MS) % NS_PER_MS
  return Number((timeNs - rest) / NS_PER_MS)
}

function padded(value: number, digits = 2): string {
  return String(value).padStart(digits, '0')
}
