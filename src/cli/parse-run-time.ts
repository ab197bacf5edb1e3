/** How long a command may run, as a person writes it. */
import {PocketError} from '../errors.js'

const PATTERN = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/
const MOST_HOURS = 10_000

/** `10m`, `1h30m`, `90s`: hours, minutes and seconds, in ms. Throws `usage` for anything else, and for no time at all. */
export function parseRunTime(text: string, from: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = PATTERN.exec(text.trim()) ?? []
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  if (total > 0 && total <= MOST_HOURS * 3600) return total * 1000
  throw new PocketError('usage', `'${text}' is no time to run, in ${from}`, {
    hint: "write hours, minutes and seconds as '2h', '10m', '1h30m', '90s'",
  })
}
