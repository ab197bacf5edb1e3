/** The property list of an agent or daemon of launchd: see launchd.plist(5). */
import {calendarTimes, type CalendarTime} from '../schedule/calendar-times.js'
import {DELAYED, IF_DUE, type Job} from './installer.js'
import {xmlText} from './xml-text.js'

/** A list that is longer is looked through every few minutes instead. */
const MOST_TIMES = 400

/** A time of the clock is met to the minute. */
const POLL_SECONDS = 60

export function plistOf(label: string, job: Job): string {
  const {lines, added} = timesOf(job)
  const environment = Object.entries(job.environment).flatMap(([name, value]) => [key(name), string(value)])
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    ...[key('Label'), string(label)],
    ...[key('ProgramArguments'), '<array>', ...[...job.words, ...added].map(string), '</array>'],
    ...(environment.length > 0 ? [key('EnvironmentVariables'), '<dict>', ...environment, '</dict>'] : []),
    ...lines,
    ...(job.isLowPriority ? [key('ProcessType'), string('Background'), key('LowPriorityIO'), '<true/>', key('Nice'), integer(19)] : []),
    // Between the signal that asks it to end and the one that ends it.
    ...[key('ExitTimeOut'), integer(300)],
    '</dict>',
    '</plist>',
  ].join('\n')}\n`
}

function timesOf({trigger, jitterMs}: Job): {lines: string[]; added: string[]} {
  const delayed = jitterMs > 0 ? [DELAYED] : []
  if (trigger.type === 'every') return {lines: interval(trigger.everyMs / 1000), added: delayed}
  const times = calendarTimes(trigger, MOST_TIMES)
  if (times === undefined) return {lines: interval(POLL_SECONDS), added: [IF_DUE]}
  return {lines: [key('StartCalendarInterval'), '<array>', ...times.flatMap(timeDict), '</array>'], added: delayed}
}

function interval(seconds: number): string[] {
  return [key('StartInterval'), integer(Math.ceil(seconds))]
}

function timeDict({minute, hour, dayOfMonth, month, dayOfWeek}: CalendarTime): string[] {
  const fields = {Month: month, Day: dayOfMonth, Weekday: dayOfWeek, Hour: hour, Minute: minute}
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [key(name), integer(value)]))
  return ['<dict>', ...lines, '</dict>']
}

function key(name: string): string {
  return `<key>${xmlText(name)}</key>`
}

function string(text: string): string {
  return `<string>${xmlText(text)}</string>`
}

function integer(value: number): string {
  return `<integer>${value}</integer>`
}
