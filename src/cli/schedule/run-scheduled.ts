/** `pocket schedule run`: the run that a schedule is for, if it is to be. */
import {type Call, callSchedule, type ScheduleCallOutcome} from '../../automation/run-schedule.js'
import type {RunOutcome, RunStep} from '../../automation/run-types.js'
import type {Task} from '../../schedule/schedule.js'
import type {PocketError} from '../../errors.js'
import {thisMachine} from '../../machine/machine.js'
import {interruptible} from '../interrupt.js'
import {standardError} from '../output.js'
import {stateDirectory} from '../places.js'
import {reportWarning} from '../report-error.js'
import {bookPlace, type KnownSchedule, type ScheduleFlags} from './known-schedules.js'
import {sleep} from './sleep.js'

const STEPS: Readonly<Record<Task, readonly RunStep[]>> = {snapshot: ['snapshot', 'forget', 'prune', 'check'], drill: ['drill']}

const INTERRUPTED = {
  state: 'what was stored until now is kept',
  hint: 'the next run goes on from there',
}

/** Throws `interrupted`, and what goes wrong before the run begins. */
export async function runScheduled(
  known: KnownSchedule,
  call: Call,
  flags: ScheduleFlags,
  onNotice: (text: string) => void,
): Promise<ScheduleCallOutcome> {
  const work = (signal: AbortSignal): Promise<ScheduleCallOutcome> =>
    callSchedule({
      schedule: known.schedule,
      call,
      place: bookPlace(known.configPath, flags),
      machine: thisMachine(),
      sleep,
      signal,
      onNotice,
      run: (limited) => runTask(known, flags, limited),
    })
  return interruptible(work, () => onNotice('interrupted: putting the repository in order (once more to leave at once)'), INTERRUPTED)
}

async function runTask({schedule, profile}: KnownSchedule, flags: ScheduleFlags, signal: AbortSignal): Promise<RunOutcome> {
  const {runOfProfile} = await import('../run-of-profile.js')
  const {drillStep} = await import('../../automation/drill-step.js')
  const onWarning = (warning: PocketError): void => standardError.line(reportWarning(warning, flags))
  const drill = drillStep({profile, stateDirectory: stateDirectory(), onWarning})
  return runOfProfile(
    {profile, trigger: 'schedule', schedule: schedule.name, steps: new Set(STEPS[schedule.task]), drill, signal},
    {flags: {...flags, 'use-profile': profile.name, 'no-cache': false}, onWarning},
  )
}
