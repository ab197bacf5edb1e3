/** A task of the Windows Task Scheduler as XML, of its schema 1.2. */
import {calendarTimes, type CalendarTime} from '../schedule/calendar-times.js'
import {IF_DUE, type Job, LAST_GRACE_MS} from './installer.js'
import {xmlText} from './xml-text.js'

/** As many triggers as a task can have. */
const MOST_TIMES = 48

/** The scheduler repeats no more often. */
const SHORTEST_MS = 60_000

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** Repetitions count from here on, in local time. */
const BEGIN_DAY = '2024-01-01'

export function taskXml(job: Job): string {
  const {triggers, added} = triggersOf(job)
  const {command, argumentsText} = commandOf(job, added)
  const longest = job.longestMs === undefined ? 'PT0S' : `PT${Math.ceil((job.longestMs + LAST_GRACE_MS) / 1000)}S`
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    `<RegistrationInfo><Description>${xmlText(job.title)}</Description></RegistrationInfo>`,
    `<Triggers>${triggers.join('')}</Triggers>`,
    '<Principals><Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>',
    '<Settings>',
    '<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    // What only runs on mains asks for itself, so that it is made up for.
    '<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    `<StartWhenAvailable>${job.catchUp}</StartWhenAvailable>`,
    `<ExecutionTimeLimit>${longest}</ExecutionTimeLimit>`,
    `<Priority>${job.isLowPriority ? 7 : 5}</Priority>`,
    '</Settings>',
    `<Actions Context="Author"><Exec><Command>${xmlText(command)}</Command><Arguments>${xmlText(argumentsText)}</Arguments></Exec></Actions>`,
    '</Task>',
  ].join('\r\n')
}

function triggersOf({trigger, jitterMs}: Job): {triggers: string[]; added: string[]} {
  const delay = jitterMs > 0 ? `<RandomDelay>PT${Math.ceil(jitterMs / 1000)}S</RandomDelay>` : ''
  if (trigger.type === 'every') {
    const isExact = trigger.everyMs % SHORTEST_MS === 0
    return {triggers: [repetition(isExact ? trigger.everyMs : SHORTEST_MS, isExact ? delay : '')], added: isExact ? [] : [IF_DUE]}
  }
  const times = calendarTimes(trigger, MOST_TIMES)
  const isSaid = times?.every(
    ({hour, dayOfMonth, dayOfWeek}) => hour !== undefined && (dayOfMonth === undefined || dayOfWeek === undefined),
  )
  if (times === undefined || isSaid !== true) return {triggers: [repetition(SHORTEST_MS, '')], added: [IF_DUE]}
  return {triggers: times.map((time) => calendarTrigger(time, delay)), added: []}
}

function repetition(everyMs: number, delay: string): string {
  const every = `<Repetition><Interval>PT${everyMs / 60_000}M</Interval></Repetition>`
  return `<TimeTrigger>${every}<StartBoundary>${BEGIN_DAY}T00:00:00</StartBoundary>${delay}</TimeTrigger>`
}

function calendarTrigger(time: CalendarTime, delay: string): string {
  const at = `${String(time.hour).padStart(2, '0')}:${String(time.minute).padStart(2, '0')}:00`
  return `<CalendarTrigger><StartBoundary>${BEGIN_DAY}T${at}</StartBoundary>${delay}${daysOf(time)}</CalendarTrigger>`
}

function daysOf({dayOfMonth, month, dayOfWeek}: CalendarTime): string {
  const months = `<Months>${(month === undefined ? MONTHS : [MONTHS[month - 1]]).map((name) => `<${name} />`).join('')}</Months>`
  const weekdays = (dayOfWeek === undefined ? WEEKDAYS : [WEEKDAYS[dayOfWeek]]).map((name) => `<${name} />`).join('')
  if (dayOfMonth !== undefined) {
    return `<ScheduleByMonth><DaysOfMonth><Day>${dayOfMonth}</Day></DaysOfMonth>${months}</ScheduleByMonth>`
  }
  if (month === undefined && dayOfWeek === undefined) return '<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>'
  if (month === undefined) return `<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek>${weekdays}</DaysOfWeek></ScheduleByWeek>`
  const weeks = [1, 2, 3, 4, 'Last'].map((week) => `<Week>${week}</Week>`).join('')
  return `<ScheduleByMonthDayOfWeek><Weeks>${weeks}</Weeks><DaysOfWeek>${weekdays}</DaysOfWeek>${months}</ScheduleByMonthDayOfWeek>`
}

/** A task has no variables of its own, so that a shell sets them where there are any. */
function commandOf({words, environment}: Job, added: readonly string[]): {command: string; argumentsText: string} {
  const [program, ...rest] = [...words, ...added]
  const settings = Object.entries(environment).map(([name, value]) => `set "${name}=${value}"`)
  if (settings.length === 0) return {command: program, argumentsText: rest.map(windowsWord).join(' ')}
  const line = [...settings, [program, ...rest].map(windowsWord).join(' ')].join(' && ')
  return {command: 'cmd.exe', argumentsText: `/d /s /c "${line}"`}
}

/** As programs of Windows take their command line apart. */
export function windowsWord(word: string): string {
  if (/^[\w@+=:,./\\-]+$/.test(word)) return word
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}
