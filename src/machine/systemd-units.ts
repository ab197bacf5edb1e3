/** The text of a timer of systemd and of the service that it starts. */
import {PocketError} from '../errors.js'
import {IF_DUE, type Job, LAST_GRACE_MS} from './installer.js'
import {calendarOf} from './systemd-calendar.js'

export interface Units {
  service: string
  timer: string
}

export function unitsOf(job: Job, {isSystem}: {isSystem: boolean}): Units {
  const calendar = calendarOf(job.trigger)
  const words = calendar.isExact ? job.words : [...job.words, IF_DUE]
  return {service: serviceText(job, words, isSystem), timer: timerText(job, calendar)}
}

/** Without any sandboxing: a snapshot is to see the files that its user sees. */
function serviceText(job: Job, words: readonly string[], isSystem: boolean): string {
  const longest = job.longestMs === undefined ? 'infinity' : `${Math.ceil((job.longestMs + LAST_GRACE_MS) / 1000)}s`
  return lines([
    '[Unit]',
    `Description=${plain(job.title)}`,
    // The manager of a user knows no such target.
    ...(isSystem ? ['Wants=network-online.target', 'After=network-online.target'] : []),
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${words.map(commandWord).join(' ')}`,
    ...Object.entries(job.environment).map(([name, value]) => `Environment=${assignment(name, value)}`),
    ...(job.isLowPriority ? ['Nice=19', 'IOSchedulingClass=idle'] : []),
    '# Pocket ends by itself before that.',
    `TimeoutStartSec=${longest}`,
    '# What was stored until then is noted, so that the next run goes on from there.',
    'TimeoutStopSec=5min',
    'KillMode=mixed',
    '# 3: done, but some files could not be read.',
    'SuccessExitStatus=3',
  ])
}

function timerText(job: Job, calendar: {lines: string[]; isExact: boolean}): string {
  return lines([
    '[Unit]',
    `Description=${plain(job.title)}`,
    '',
    '[Timer]',
    ...calendar.lines.map((line) => `OnCalendar=${line}`),
    `Persistent=${job.catchUp}`,
    'AccuracySec=1s',
    ...(job.jitterMs > 0 && calendar.isExact ? [`RandomizedDelaySec=${Math.ceil(job.jitterMs / 1000)}s`, 'FixedRandomDelay=true'] : []),
    '',
    '[Install]',
    'WantedBy=timers.target',
  ])
}

function lines(of: readonly string[]): string {
  return `# Written by 'pocket schedule'; changes are lost when the schedule is added again.\n${of.join('\n')}\n`
}

/** `%` and `$` mean something to systemd. */
function commandWord(word: string): string {
  return quoted(word).replaceAll('$', '$$$$')
}

function assignment(name: string, value: string): string {
  return quoted(`${name}=${value}`)
}

/** Throws `usage` for what no line of a unit can hold. */
function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001F\u007F]/.test(text)) {
    throw new PocketError('usage', `${JSON.stringify(text)} has a control character, which no unit of systemd can hold`, {
      hint: 'give the file a plainer name',
    })
  }
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
}

function plain(text: string): string {
  return text.replaceAll('%', '%%').replaceAll(/\s+/g, ' ')
}
