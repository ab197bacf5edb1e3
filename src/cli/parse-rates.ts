/** A limit of bytes a second, or a timetable of them, as a person writes it. */
import {PocketError} from '../errors.js'
import type {Rate, RateEntry} from '../util/rate-timetable.js'
import {parseRate} from './parse-size.js'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const ENTRY = /^(?:(sun|mon|tue|wed|thu|fri|sat)\w*-)?(\d{1,2}):(\d{2}),(\S+)$/i
const DAY_MINUTES = 24 * 60

const HINT = "write '2MiB', or times with what holds from then on: '08:00,2MiB 18:00,off', 'Mon-08:00,512K Sat-00:00,off'"

/**
 * `10M`, `off`, or `08:00,2MiB 18:00,off`: from each time on, local and every day unless a day stands before it, what follows it holds. Undefined
 * for no limit at any time. Throws `usage` for anything else, and for a time that is there twice.
 */
export function parseRates(text: string, from: string): Rate | undefined {
  const words = text.trim().split(/[\s;]+/)
  if (!text.includes(',')) return isOff(text.trim()) ? undefined : parseRate(text, from)
  const entries = new Map<number, RateEntry>()
  const add = (fromMinute: number, bytesPerSecond: number | undefined, word: string): void => {
    if (entries.has(fromMinute)) throw refused(`'${word}' says what another says of the same time`, from)
    entries.set(fromMinute, {fromMinute, bytesPerSecond})
  }
  for (const word of words) {
    const {day, minute, bytesPerSecond} = parseEntry(word, from)
    const days = day === undefined ? DAYS.map((_, index) => index) : [day]
    for (const each of days) add(each * DAY_MINUTES + minute, bytesPerSecond, word)
  }
  return {entries: [...entries.values()].sort((a, b) => a.fromMinute - b.fromMinute)}
}

function parseEntry(word: string, from: string): {day: number | undefined; minute: number; bytesPerSecond: number | undefined} {
  const [, day, hours, minutes, rate] = ENTRY.exec(word) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  if (rate === undefined || Number(minutes) > 59 || minute >= DAY_MINUTES) throw refused(`'${word}' is no time with a limit`, from)
  return {
    day: day === undefined ? undefined : DAYS.indexOf(day.toLowerCase() as (typeof DAYS)[number]),
    minute,
    bytesPerSecond: isOff(rate) ? undefined : parseRate(rate, from),
  }
}

function isOff(text: string): boolean {
  return text.toLowerCase() === 'off'
}

function refused(problem: string, from: string): PocketError {
  return new PocketError('usage', `${problem}, in ${from}`, {hint: HINT})
}
