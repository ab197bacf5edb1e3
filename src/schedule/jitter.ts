import {createHash} from 'node:crypto'

/**
 * How many ms after `occurrenceMs` a run begins, below `mostMs`. The same for everyone on this machine who asks about the same occurrence; `seed` is
 * what sets this machine apart from others that have the same schedule.
 */
export function jitterOf({seed, name, occurrenceMs, mostMs}: {seed: string; name: string; occurrenceMs: number; mostMs: number}): number {
  if (mostMs <= 0) return 0
  const digest = createHash('sha256').update(`${seed}\0${name}\0${occurrenceMs}`).digest()
  return Math.floor((digest.readUIntBE(0, 6) / 2 ** 48) * mostMs)
}
