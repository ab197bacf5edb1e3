/** When a schedule runs, as a person writes it: a line of cron, an interval, or a time of day. */
import {PocketError} from '../errors.js'
import {cronFields, tidyCron} from './cron-fields.js'
import {hasOccurrence} from './occurrences.js'
import type {Trigger} from './schedule.js'

const INTERVAL = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/
const UNIT_MS = [7 * 24 * 3_600_000, 24 * 3_600_000, 3_600_000, 60_000, 1000]
const TIME_OF_DAY = /^(\d{1,2}):(\d{2})$/

/** To begin a run takes about a second. */
const SHORTEST_MS = 5000
const LONGEST_MS = 366 * 24 * 3_600_000

/** Exactly one of the three is to be given. */
export interface TriggerTexts {
  /** `0 2 * * *`, `@daily` */
  cron?: string
  /** `15m`, `6h`, `1d`, `1h30m` */
  every?: string
  /** `02:00` */
  daily_at?: string
}

/** Throws `usage`, which names `from`, for none or several, for what cannot be read, and for a line of cron that no day ever matches. */
export async function triggerOf({cron, every, daily_at}: TriggerTexts, from: string): Promise<Trigger> {
  const given = [cron, every, daily_at].filter((text) => text !== undefined)
  if (given.length !== 1) {
    throw new PocketError('usage', `${given.length === 0 ? 'nothing says' : 'several settings say'} when to run, in ${from}`, {
      hint: "give one of cron = '0 2 * * *', every = '15m', daily_at = '02:00'",
    })
  }
  if (cron !== undefined) return cronTrigger(cron, from)
  if (every !== undefined) return {type: 'every', everyMs: parseInterval(every, from)}
  return {type: 'daily', atMinute: parseTimeOfDay(daily_at ?? '', from)}
}

async function cronTrigger(text: string, from: string): Promise<Trigger> {
  const expression = tidyCron(text)
  cronFields(expression, from)
  if (await hasOccurrence(expression)) return {type: 'cron', expression}
  throw new PocketError('usage', `'${text}' is never, in ${from}`, {hint: 'name a day that the month has'})
}

/** `15m`, `6h`, `1d`, `1h30m`, in ms. Throws `usage`, which names `from`; for less than 5 seconds and more than 366 days, too. */
export function parseInterval(text: string, from: string): number {
  const [whole, ...counts] = INTERVAL.exec(text.trim()) ?? []
  const total = counts.reduce((sum, count, index) => sum + Number(count ?? 0) * UNIT_MS[index], 0)
  const problem = !whole ? 'is no interval' : total < SHORTEST_MS ? 'is too short' : total > LONGEST_MS ? 'is too long' : undefined
  if (problem === undefined) return total
  throw new PocketError('usage', `'${text}' ${problem}, in ${from}`, {
    hint: "write weeks, days, hours, minutes and seconds as '15m', '6h', '1d', '1h30m', from 5s to 366d",
  })
}

/** `02:00` as minutes after midnight. Throws `usage`, which names `from`. */
export function parseTimeOfDay(text: string, from: string): number {
  const [whole, hours, minutes] = TIME_OF_DAY.exec(text.trim()) ?? []
  if (whole !== undefined && Number(hours) < 24 && Number(minutes) < 60) return Number(hours) * 60 + Number(minutes)
  throw new PocketError('usage', `'${text}' is no time of day, in ${from}`, {hint: "write hours and minutes as '02:00', '14:30'"})
}
