/** Durations as a person writes them. */
import {PocketError} from '../errors.js'
import {type Duration, isZeroDuration} from '../util/duration.js'

const PATTERN = /^(?:\d+[ymwdh])+$/
const HINT = "write years, months, weeks, days and hours as '1y6m', '2w', '3d12h'"

/** More than times in 64 bits of nanoseconds span, so that no policy needs it, and little enough for every `Date`. */
const MAX_YEARS = 10_000

/**
 * `1y6m3d5h`, `2w`: years, months, weeks of 7 days, days and hours, in any order, each at most once. `m` is months, as nothing here is as short as
 * minutes. Throws `usage`, which names `flag`, for anything else, no time at all and more than 10,000 years included.
 */
export function parseDuration(text: string, flag?: string): Duration {
  const refused = (problem: string): PocketError =>
    new PocketError('usage', `'${text}' ${problem}${flag === undefined ? '' : `, in ${flag}`}`, {hint: HINT})
  const trimmed = text.trim()
  if (!PATTERN.test(trimmed)) throw refused('is not a duration')
  const numbers = new Map<string, number>()
  for (const [, digits, unit] of trimmed.matchAll(/(\d+)(.)/g)) {
    if (numbers.has(unit)) throw refused(`has '${unit}' twice`)
    numbers.set(unit, Number(digits))
  }
  const count = (unit: string): number => numbers.get(unit) ?? 0
  const duration = {years: count('y'), months: count('m'), days: count('w') * 7 + count('d'), hours: count('h')}
  if (isZeroDuration(duration)) throw refused('is no time at all')
  if (roughYears(duration) > MAX_YEARS) throw refused('is longer than 10,000 years')
  return duration
}

function roughYears({years, months, days, hours}: Duration): number {
  return years + months / 12 + days / 365 + hours / (365 * 24)
}
