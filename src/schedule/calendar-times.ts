/** Triggers as lists of single times, for systems that know no lines of cron. */
import {cronFields} from './cron-fields.js'
import {type CalendarTrigger, expressionOf} from './occurrences.js'

/** A time that comes again; what is undefined may be anything. Where days of both kinds are given, both must match. */
export interface CalendarTime {
  minute: number
  hour: number | undefined
  dayOfMonth: number | undefined
  month: number | undefined
  dayOfWeek: number | undefined
}

/** All times of the trigger; undefined when they would be more than `most`. */
export function calendarTimes(trigger: CalendarTrigger, most: number): CalendarTime[] | undefined {
  const {minutes, hours, daysOfMonth, months, daysOfWeek, isEitherDay} = cronFields(expressionOf(trigger), 'the schedule')
  const anyHour = orAny(hours, 24)
  const [anyDay, anyMonth, anyWeekday] = [orAny(daysOfMonth, 31), orAny(months, 12), orAny(daysOfWeek, 7)]
  const days: [readonly (number | undefined)[], readonly (number | undefined)[]][] = isEitherDay
    ? [
        [anyDay, [undefined]],
        [[undefined], anyWeekday],
      ]
    : [[anyDay, anyWeekday]]
  const count =
    days.reduce((sum, [ofMonth, ofWeek]) => sum + ofMonth.length * ofWeek.length, 0) * minutes.length * anyHour.length * anyMonth.length
  if (count > most) return undefined
  return days.flatMap(([ofMonth, ofWeek]) =>
    anyMonth.flatMap((month) =>
      ofMonth.flatMap((dayOfMonth) =>
        ofWeek.flatMap((dayOfWeek) => anyHour.flatMap((hour) => minutes.map((minute) => ({minute, hour, dayOfMonth, month, dayOfWeek})))),
      ),
    ),
  )
}

function orAny(numbers: readonly number[], count: number): readonly (number | undefined)[] {
  return numbers.length === count ? [undefined] : numbers
}
