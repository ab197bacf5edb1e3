/** Spans of time that are the same every day, as a person writes them. */
import {PocketError} from '../errors.js'

const PATTERN = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/
const [SECOND, MINUTE, HOUR, DAY, WEEK] = [1000, 60_000, 3_600_000, 86_400_000, 604_800_000]
const MOST_MS = 100 * 366 * DAY

/** Milliseconds of `90s`, `15m`, `6h`, `1d12h`, `2w`: weeks, days, hours, minutes, seconds. Throws `usage` for anything else, and for no time at all. */
export function parseSpan(text: string, from: string): number {
  const [, ...counts] = PATTERN.exec(text.trim()) ?? []
  const units = [WEEK, DAY, HOUR, MINUTE, SECOND]
  const total = counts.reduce((sum, count, index) => sum + Number(count ?? 0) * units[index], 0)
  if (total > 0 && total <= MOST_MS) return total
  throw new PocketError('usage', `'${text}' is no span of time, in ${from}`, {
    hint: "write weeks, days, hours, minutes and seconds as '2w', '1d12h', '15m' or '90s'",
  })
}

/** The same, with 0 for none. */
export function parseSpanOrNone(text: string, from: string): number {
  return text.trim() === '0' ? 0 : parseSpan(text, from)
}
