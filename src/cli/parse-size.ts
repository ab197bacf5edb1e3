/** Sizes as a person writes them. */
import {PocketError} from '../errors.js'

const PATTERN = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?b)?|b)?$/i
const POWERS = {k: 1, m: 2, g: 3, t: 4} as const

/**
 * Bytes of `500K`, `10M`, `1.5MiB`, `2GB`, `4096`: as rsync has it, K and KiB are 1,024 bytes and KB is 1,000, and so on for M, G and T. `from`
 * names where the text comes from. Throws `usage` for anything else.
 */
export function parseSize(text: string, from: string): number {
  const match = PATTERN.exec(text.trim())
  const [, digits, unit, suffix] = match ?? []
  const base = suffix?.toLowerCase() === 'b' ? 1000 : 1024
  const power = unit === undefined ? 0 : POWERS[unit.toLowerCase() as keyof typeof POWERS]
  const bytes = Math.round(Number(digits) * base ** power)
  if (match !== null && Number.isSafeInteger(bytes)) return bytes
  throw new PocketError('usage', `'${text}' is not a size, in ${from}`, {hint: "write '500K', '10M' or '1GiB'"})
}

/** The same for bytes a second, with or without `/s` at the end. Throws `usage`, also for 0. */
export function parseRate(text: string, from: string): number {
  const bytes = parseSize(text.trim().replace(/\/s$/i, ''), from)
  if (bytes > 0) return bytes
  throw new PocketError('usage', `${from} is 0, so that nothing would ever be sent`, {hint: 'leave it out for no limit'})
}
