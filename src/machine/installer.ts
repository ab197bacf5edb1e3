/** What starts programs by itself, of which each kind of system has one. */
import {PocketError} from '../errors.js'
import type {Trigger} from '../schedule/schedule.js'
import type {Machine} from './machine.js'

/** One thing that is to be started by itself. */
export interface Job {
  /** Letters, digits, `-`, `_`, `.`; the system's own name for it is made of it. */
  key: string
  /** For people who look into the system's lists; one line. */
  title: string
  trigger: Trigger
  /** Program and words, both absolute where they are paths. */
  words: readonly string[]
  /** Nothing in it is secret. */
  environment: Readonly<Record<string, string>>
  jitterMs: number
  /** What was missed while the machine was off is made up for, where the system can. */
  catchUp: boolean
  isLowPriority: boolean
  /** The program ends itself after so many ms; the system ends it some minutes later. */
  longestMs: number | undefined
}

/** Added to a job's words where the system cannot say its trigger, and looks more often: it runs only if it is due. */
export const IF_DUE = '--if-due'

/** Added where the system knows no random delay: the program waits by itself. */
export const DELAYED = '--delayed'

/** How long after `longestMs` the system ends what should have ended itself. */
export const LAST_GRACE_MS = 5 * 60_000

export const INSTALLER_KINDS = ['systemd-user', 'systemd-system', 'launchd', 'task-scheduler', 'cron'] as const
export type InstallerKind = (typeof INSTALLER_KINDS)[number]

/** What goes wrong is thrown as `io-failed`, `permission-denied`, `no-space` or `read-only`, and a job is then as it was before, or not there. */
export interface Installer {
  kind: InstallerKind
  /** `systemd (timers of your user)` */
  title: string
  /** Puts it in, in place of one of the same key. Resolves with what a person should know. */
  install(job: Job): Promise<string[]>
  /** Whether there was one. */
  remove(key: string): Promise<boolean>
  /** Keys of jobs that are there. */
  list(): Promise<string[]>
}

/** The variable that says which is to be used, where the machine has several; `none` leaves it to `pocket agent`. */
export const SCHEDULER_VARIABLE = 'POCKET_SCHEDULER'
const SCHEDULERS = ['systemd', 'cron', 'none'] as const

function namedScheduler({environment}: Machine): (typeof SCHEDULERS)[number] | undefined {
  const named = environment[SCHEDULER_VARIABLE]
  const known = SCHEDULERS.find((name) => name === named)
  if (!named || known !== undefined) return known
  throw new PocketError('usage', `${SCHEDULER_VARIABLE} is '${named}'`, {hint: `write one of ${SCHEDULERS.join(', ')}, or leave it out`})
}

/** What this machine has; undefined when nothing would start anything, as in most containers. Throws `usage` for a variable that names nothing. */
export async function detectInstaller(machine: Machine): Promise<Installer | undefined> {
  const named = namedScheduler(machine)
  if (named === 'none') return undefined
  if (machine.platform === 'darwin') return (await import('./launchd.js')).launchd(machine)
  if (machine.platform === 'win32') return (await import('./task-scheduler.js')).taskScheduler(machine)
  const {answersSystemd, systemd} = await import('./systemd.js')
  if (named !== 'cron' && (await answersSystemd(machine))) return systemd(machine)
  if (named === 'systemd') return undefined
  const {crontab, hasCrontab, isCronAlive} = await import('./crontab.js')
  return (await isCronAlive(machine)) && (await hasCrontab(machine)) ? crontab(machine) : undefined
}

/** All in which jobs may lie: what is detected today may not be what was there when they were installed. */
export async function allInstallers(machine: Machine): Promise<Installer[]> {
  if (namedScheduler(machine) === 'none') return []
  const best = await detectInstaller(machine)
  if (machine.platform === 'darwin' || machine.platform === 'win32' || best?.kind === 'cron') return best === undefined ? [] : [best]
  const {crontab, hasCrontab} = await import('./crontab.js')
  return [...(best === undefined ? [] : [best]), ...((await hasCrontab(machine)) ? [crontab(machine)] : [])]
}
