/** The five fields of cron as sets of numbers, for whoever has to say the same in another system's words. */
import {PocketError} from '../errors.js'

export interface CronFields {
  minutes: readonly number[]
  hours: readonly number[]
  daysOfMonth: readonly number[]
  months: readonly number[]
  /** 0 is Sunday. */
  daysOfWeek: readonly number[]
  /** As of cron: where both fields of days begin with something other than `*`, a day needs to match one of them only. */
  isEitherDay: boolean
}

interface Field {
  name: string
  least: number
  most: number
  /** Names of the numbers from `least` on. */
  names?: readonly string[]
}

const FIELDS: readonly Field[] = [
  {name: 'minute', least: 0, most: 59},
  {name: 'hour', least: 0, most: 23},
  {name: 'day of the month', least: 1, most: 31},
  {
    name: 'month',
    least: 1,
    most: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // Sunday is 0 and 7.
  {name: 'day of the week', least: 0, most: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']},
]

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

const ITEM = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/

/** `text` with single spaces, and five fields in place of `@daily` and the like. */
export function tidyCron(text: string): string {
  const tidy = text.trim().replaceAll(/\s+/g, ' ')
  return NICKNAMES[tidy.toLowerCase()] ?? tidy
}

/** Throws `usage`, which names `from`, for what is not five fields that every cron understands. */
export function cronFields(expression: string, from: string): CronFields {
  const texts = tidyCron(expression).split(' ')
  if (texts.length !== FIELDS.length) throw refused(`'${expression}' has ${texts.length} fields and not five`, from)
  const [minutes, hours, daysOfMonth, months, days] = FIELDS.map((field, index) => readField(texts[index], field, from))
  const daysOfWeek = [...new Set(days.map((day) => day % 7))].toSorted(ascending)
  return {minutes, hours, daysOfMonth, months, daysOfWeek, isEitherDay: !texts[2].startsWith('*') && !texts[4].startsWith('*')}
}

function readField(text: string, field: Field, from: string): number[] {
  const numbers = text.split(',').flatMap((item) => readItem(item, field, from))
  return [...new Set(numbers)].toSorted(ascending)
}

function readItem(item: string, field: Field, from: string): number[] {
  const [whole, first, last, step] = ITEM.exec(item) ?? []
  if (whole === undefined) throw refused(`'${item}' is no ${field.name}`, from)
  if (first !== undefined && last === undefined && step !== undefined) throw refused(`'${item}' has a step but no range`, from)
  const begin = first === undefined ? field.least : readNumber(first, field, from)
  // 7 is Sunday a second time, and so no day of its own.
  const most = field.most === 7 ? 6 : field.most
  const end = first === undefined ? most : last === undefined ? begin : readNumber(last, field, from)
  const stride = step === undefined ? 1 : Number(step)
  if (begin > end) throw refused(`'${item}' ends before it begins`, from)
  if (stride < 1 || stride > field.most + 1) throw refused(`'${item}' has a step that cannot be`, from)
  return Array.from({length: Math.floor((end - begin) / stride) + 1}, (_, index) => begin + index * stride)
}

function readNumber(text: string, {name, least, most, names}: Field, from: string): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1
  const value = named >= 0 ? named + least : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw refused(`'${text}' is no ${name}`, from)
}

function ascending(left: number, right: number): number {
  return left - right
}

function refused(problem: string, from: string): PocketError {
  return new PocketError('usage', `${problem}, in ${from}`, {
    hint: "write minute, hour, day of the month, month and day of the week as cron does: '0 2 * * *', '*/15 8-18 * * 1-5'",
  })
}
