/** What the machine is told to start by itself: a program for each schedule, and one that looks each hour what was missed. */
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {scheduleKey} from '../../automation/schedule-key.js'
import type {Job} from '../../machine/installer.js'
import type {Schedule} from '../../schedule/schedule.js'

export interface JobPlace {
  configPath: string
  /** As of `keySuffix`. */
  suffix: string
  environment: NodeJS.ProcessEnv
}

/** Variables that say where things are. Whoever starts a job by itself has none of them, and none may be secret. */
const KEPT = [
  'PATH',
  // The system's services have none, and the usual config file is found by it.
  'HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
  'POCKET_STATE_DIRECTORY',
  'POCKET_CACHE_DIRECTORY',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_PROFILE',
  'NODE_EXTRA_CA_CERTS',
] as const

/** Places that may have been given from where the command was run. */
const PATHS: ReadonlySet<string> = new Set(['POCKET_STATE_DIRECTORY', 'POCKET_CACHE_DIRECTORY', 'NODE_EXTRA_CA_CERTS'])

const PACKAGE_FOLDER = fileURLToPath(new URL('../../../../', import.meta.url))

const SCHEDULE_PREFIX = 'schedule-'

/** Once an hour, at another minute than most things are. */
const TICK_EXPRESSION = '17 * * * *'

export function scheduleJob(schedule: Schedule, place: JobPlace): Job {
  const {name, profile, trigger, jitterMs, catchUp, isLowPriority, longestMs} = schedule
  return {
    key: jobKey(name, place.suffix),
    title: name === profile ? `Pocket: profile '${profile}'` : `Pocket: schedule '${name}' of profile '${profile}'`,
    trigger,
    words: programWords(place, ['schedule', 'run', name, '--quiet']),
    environment: environmentOf(place.environment),
    jitterMs,
    catchUp,
    isLowPriority,
    longestMs,
  }
}

export function tickJob(place: JobPlace): Job {
  return {
    key: tickKey(place.suffix),
    title: 'Pocket: what was missed, and alarms',
    trigger: {type: 'cron', expression: TICK_EXPRESSION},
    words: programWords(place, ['schedule', 'tick', '--quiet']),
    environment: environmentOf(place.environment),
    jitterMs: 0,
    catchUp: true,
    // Its runs give way by themselves, as their schedules say.
    isLowPriority: false,
    longestMs: undefined,
  }
}

export function jobKey(name: string, suffix: string): string {
  return `${SCHEDULE_PREFIX}${scheduleKey(name, suffix)}`
}

export function tickKey(suffix: string): string {
  return `tick${suffix}`
}

/** Whether a job is of a schedule of the config file that has this suffix. */
export function isScheduleKey(key: string, suffix: string): boolean {
  return key.startsWith(SCHEDULE_PREFIX) && (suffix === '' ? !key.includes('.') : key.endsWith(suffix))
}

/** The program and its words, as another process of it is started. */
export function programWords({configPath}: Pick<JobPlace, 'configPath'>, words: readonly string[]): string[] {
  return [process.execPath, join(PACKAGE_FOLDER, 'bin', 'pocket.js'), ...words, '--config', resolve(configPath)]
}

function environmentOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of KEPT) {
    const value = environment[name]
    if (value) kept[name] = PATHS.has(name) ? resolve(value) : value
  }
  return kept
}
