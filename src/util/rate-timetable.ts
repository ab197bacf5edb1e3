/** How fast bytes may flow, at all times alike or by the time of the week. */

/** Bytes a second. */
export type Rate = number | RateTimetable

export interface RateTimetable {
  /** By `fromMinute`, each of which is there once; the last one of the week holds until the first. */
  entries: readonly RateEntry[]
}

export interface RateEntry {
  /** Minutes of local time since the beginning of Sunday. */
  fromMinute: number
  /** Undefined for no limit. */
  bytesPerSecond: number | undefined
}

const DAY_MINUTES = 24 * 60

/** What holds at this time, in ms since 1970; the clock on the wall tells, so that a change to daylight saving time moves nothing. */
export function rateAt(rate: Rate, timeMs: number): number | undefined {
  if (typeof rate === 'number') return rate
  const time = new Date(timeMs)
  const minute = time.getDay() * DAY_MINUTES + time.getHours() * 60 + time.getMinutes()
  const {entries} = rate
  return (entries.findLast(({fromMinute}) => fromMinute <= minute) ?? entries.at(-1))?.bytesPerSecond
}

/** The lowest rate that ever holds; undefined when there is always none. */
export function lowestRate(rate: Rate): number | undefined {
  if (typeof rate === 'number') return rate
  const rates = rate.entries.flatMap(({bytesPerSecond}) => bytesPerSecond ?? [])
  return rates.length === 0 ? undefined : Math.min(...rates)
}
