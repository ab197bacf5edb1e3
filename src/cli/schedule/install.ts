/** Puts schedules into what the machine has to start programs by itself, and takes them out. */
import {openState} from '../../automation/schedule-book.js'
import {allInstallers, detectInstaller, type Installer} from '../../machine/installer.js'
import {thisMachine} from '../../machine/machine.js'
import {isScheduleKey, jobKey, type JobPlace, scheduleJob, tickJob, tickKey} from './jobs.js'
import {bookPlace, type KnownSchedule} from './known-schedules.js'

export interface Installed {
  /** Undefined when the machine has nothing. */
  installer: Installer | undefined
  /** What a person should know, each once. */
  notices: string[]
}

export const NO_INSTALLER = "nothing on this machine starts programs by itself; 'pocket agent' runs schedules as long as it runs"

/** From now on, what is missed of them is missed. Throws what `Installer.install` throws. */
export async function installSchedules(
  schedules: readonly KnownSchedule[],
  place: JobPlace,
  flags: {json: boolean; quiet: boolean},
): Promise<Installed> {
  for (const {schedule} of schedules) await openState(bookPlace(place.configPath, flags), schedule)
  const machine = thisMachine()
  const installer = await detectInstaller(machine)
  if (installer === undefined) return {installer, notices: [NO_INSTALLER]}
  const jobs = [...schedules.map(({schedule}) => scheduleJob(schedule, place)), tickJob(place)]
  const others = (await allInstallers(machine)).filter(({kind}) => kind !== installer.kind)
  const notices = new Set<string>()
  for (const job of jobs) {
    for (const notice of await installer.install(job)) notices.add(notice)
    // Lest it runs twice.
    for (const other of others) await other.remove(job.key)
  }
  return {installer, notices: [...notices]}
}

/** Whether the schedule was there. What looks each hour goes with the last one. */
export async function uninstallSchedule(name: string, {suffix}: Pick<JobPlace, 'suffix'>): Promise<boolean> {
  let wasThere = false
  for (const installer of await allInstallers(thisMachine())) {
    wasThere = (await installer.remove(jobKey(name, suffix))) || wasThere
    const others = (await installer.list()).filter((key) => isScheduleKey(key, suffix))
    if (others.length === 0) await installer.remove(tickKey(suffix))
  }
  return wasThere
}

/** What starts each job, by the job's key. */
export async function installedJobs(): Promise<Map<string, Installer>> {
  const jobs = new Map<string, Installer>()
  for (const installer of await allInstallers(thisMachine())) for (const key of await installer.list()) jobs.set(key, installer)
  return jobs
}
