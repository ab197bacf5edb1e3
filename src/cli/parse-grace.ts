/** How long a prune leaves alone what was just stored or forgotten. */
import {PocketError} from '../errors.js'
import {parseDuration} from './parse-duration.js'

const HOUR_MS = 3_600_000

/** Milliseconds of `0`, `36h`, `2d`, `1w`, `1d12h`. Throws `usage` for anything else: no two months are of the same length. */
export function parseGrace(text: string, from: string): number {
  if (text.trim() === '0') return 0
  if (/[ym]/.test(text)) throw refused(text, from)
  try {
    const {days, hours} = parseDuration(text)
    return (days * 24 + hours) * HOUR_MS
  } catch (error) {
    throw refused(text, from, error)
  }
}

function refused(text: string, from: string, cause?: unknown): PocketError {
  return new PocketError('usage', `'${text}' is not a grace period, in ${from}`, {
    hint: "write hours, days and weeks as '36h', '2d' or '1w', or 0 for none",
    cause,
  })
}
