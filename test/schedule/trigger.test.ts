import test from 'ava'
import {Cron} from 'croner'
import fc from 'fast-check'
import {calendarTimes} from '../../src/schedule/calendar-times.js'
import {cronFields} from '../../src/schedule/cron-fields.js'
import {describeTrigger} from '../../src/schedule/describe-trigger.js'
import {gridOf} from '../../src/schedule/interval-grid.js'
import {occurrenceAfter} from '../../src/schedule/occurrences.js'
import type {Trigger} from '../../src/schedule/schedule.js'
import {triggerOf, type TriggerTexts} from '../../src/schedule/trigger.js'

const READ: [texts: TriggerTexts, trigger: Trigger, words: string][] = [
  [{cron: '0 2 * * *'}, {type: 'cron', expression: '0 2 * * *'}, 'cron 0 2 * * *'],
  [{cron: '  */15  8-18 * * mon-FRI '}, {type: 'cron', expression: '*/15 8-18 * * mon-FRI'}, 'cron */15 8-18 * * mon-FRI'],
  [{cron: '@daily'}, {type: 'cron', expression: '0 0 * * *'}, 'cron 0 0 * * *'],
  [{cron: '0 2 29 2 *'}, {type: 'cron', expression: '0 2 29 2 *'}, 'cron 0 2 29 2 *'],
  [{every: '15m'}, {type: 'every', everyMs: 900_000}, 'every 15 minutes'],
  [{every: '1h30m'}, {type: 'every', everyMs: 5_400_000}, 'every 1 hour 30 minutes'],
  [{every: '1d'}, {type: 'every', everyMs: 86_400_000}, 'every day'],
  [{daily_at: '02:00'}, {type: 'daily', atMinute: 120}, 'daily at 02:00'],
  [{daily_at: '23:59'}, {type: 'daily', atMinute: 1439}, 'daily at 23:59'],
]

for (const [texts, trigger, words] of READ) {
  test(`trigger: ${JSON.stringify(texts)} is ${words}`, async (t) => {
    t.deepEqual(await triggerOf(texts, 'a test'), trigger)
    t.is(describeTrigger(trigger), words)
  })
}

const REFUSED: [texts: TriggerTexts, message: string][] = [
  [{}, 'nothing says when to run, in a test'],
  [{cron: '0 2 * * *', every: '1h'}, 'several settings say when to run, in a test'],
  [{cron: '0 2 * *'}, "'0 2 * *' has 4 fields and not five, in a test"],
  [{cron: '0 0 2 * * *'}, "'0 0 2 * * *' has 6 fields and not five, in a test"],
  [{cron: '60 2 * * *'}, "'60' is no minute, in a test"],
  [{cron: '0 24 * * *'}, "'24' is no hour, in a test"],
  [{cron: '0 2 L * *'}, "'L' is no day of the month, in a test"],
  [{cron: '0 2 * * 1#2'}, "'1#2' is no day of the week, in a test"],
  [{cron: '5-1 * * * *'}, "'5-1' ends before it begins, in a test"],
  [{cron: '*/0 * * * *'}, "'*/0' has a step that cannot be, in a test"],
  [{cron: '5/10 * * * *'}, "'5/10' has a step but no range, in a test"],
  [{cron: '@reboot'}, "'@reboot' has 1 fields and not five, in a test"],
  [{cron: '0 2 30 2 *'}, "'0 2 30 2 *' is never, in a test"],
  [{every: ''}, "'' is no interval, in a test"],
  [{every: '15'}, "'15' is no interval, in a test"],
  [{every: '5m1h'}, "'5m1h' is no interval, in a test"],
  [{every: '0m'}, "'0m' is too short, in a test"],
  [{every: '4s'}, "'4s' is too short, in a test"],
  [{every: '53w'}, "'53w' is too long, in a test"],
  [{daily_at: '24:00'}, "'24:00' is no time of day, in a test"],
  [{daily_at: '2'}, "'2' is no time of day, in a test"],
]

for (const [texts, message] of REFUSED) {
  test(`trigger: ${JSON.stringify(texts)} is refused`, async (t) => {
    const error = await t.throwsAsync(() => triggerOf(texts, 'a test'), {message})
    t.like(error, {code: 'usage'})
  })
}

const field = (least: number, most: number): fc.Arbitrary<string> => {
  const number = fc.integer({min: least, max: most})
  const range = fc.tuple(number, number).map(([left, right]) => `${Math.min(left, right)}-${Math.max(left, right)}`)
  const step = fc.integer({min: 1, max: most}).map((count) => `*/${count}`)
  const item = fc.oneof(fc.constant('*'), number.map(String), range, step)
  return fc.oneof(
    item,
    fc.array(fc.oneof(number.map(String), range), {minLength: 1, maxLength: 3}).map((items) => items.join(',')),
  )
}

const line = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7)).map((fields) => fields.join(' '))

test('trigger: the fields of a line of cron say what the line says, by another reader of cron', (t) => {
  fc.assert(
    fc.property(line, (expression) => {
      const fields = cronFields(expression, 'a test')
      const cron = new Cron(expression, {paused: true, mode: '5-part', utcOffset: 0, domAndDow: !fields.isEitherDay})
      let at = new Date('2026-01-01T00:00:00Z')
      for (let count = 0; count < 5; count++) {
        const next = cron.nextRun(at)
        if (next === null) return
        t.true(matches(fields, next), `${expression}: ${next.toISOString()}`)
        // Nothing lies between that matches.
        for (let minute = at.getTime() + 60_000; minute < Math.min(next.getTime(), at.getTime() + 86_400_000); minute += 60_000) {
          if (matches(fields, new Date(minute))) t.fail(`${expression} matches ${new Date(minute).toISOString()}`)
        }
        at = next
      }
    }),
    {numRuns: 60},
  )
})

function matches({minutes, hours, daysOfMonth, months, daysOfWeek, isEitherDay}: ReturnType<typeof cronFields>, time: Date): boolean {
  const [ofMonth, ofWeek] = [daysOfMonth.includes(time.getUTCDate()), daysOfWeek.includes(time.getUTCDay())]
  const isDay = isEitherDay ? ofMonth || ofWeek : ofMonth && ofWeek
  return isDay && minutes.includes(time.getUTCMinutes()) && hours.includes(time.getUTCHours()) && months.includes(time.getUTCMonth() + 1)
}

test('trigger: a line of cron as single times has each of its times, or says that they are too many', (t) => {
  t.deepEqual(calendarTimes({type: 'cron', expression: '0,30 2 13 * 5'}, 10), [
    {minute: 0, hour: 2, dayOfMonth: 13, month: undefined, dayOfWeek: undefined},
    {minute: 30, hour: 2, dayOfMonth: 13, month: undefined, dayOfWeek: undefined},
    {minute: 0, hour: 2, dayOfMonth: undefined, month: undefined, dayOfWeek: 5},
    {minute: 30, hour: 2, dayOfMonth: undefined, month: undefined, dayOfWeek: 5},
  ])
  t.is(calendarTimes({type: 'cron', expression: '* * * * 1-5'}, 299), undefined)
  t.is(calendarTimes({type: 'cron', expression: '* * * * 1-5'}, 300)?.length, 300)
})

test('trigger: a day of the month with a step goes with the day of the week, as cron has it', async (t) => {
  const next = await occurrenceAfter({type: 'cron', expression: '0 2 */2 * 1'}, new Date('2026-11-01T12:00').getTime())
  // Monday the 9th is odd; the 2nd is a Monday, but even.
  t.is(new Date(next ?? 0).getDate(), 9)
})

const GRIDS: [every: string, step: string, isExact: boolean][] = [
  ['15s', '15s', true],
  ['15m', '15m', true],
  ['1h', '1h', true],
  ['6h', '6h', true],
  ['90m', '30m', false],
  ['7m', '1m', false],
  ['5h', '1h', false],
  ['1d', '1h', false],
  ['36h', '1h', false],
  ['90s', '30s', false],
  ['7s', '5s', false],
]

for (const [every, step, isExact] of GRIDS) {
  test(`trigger: every ${every} is a clock's every ${step}, ${isExact ? 'exactly' : 'looking whether a run is due'}`, async (t) => {
    const [{everyMs}, stepTrigger] = (await Promise.all([triggerOf({every}, ''), triggerOf({every: step}, '')])) as {everyMs: number}[]
    t.deepEqual(gridOf(everyMs), {stepMs: stepTrigger.everyMs, isExact})
  })
}
