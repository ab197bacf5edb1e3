/** `pocket schedule tick`: what is looked after once an hour. */
import {spawn} from 'node:child_process'
import {historyOf, openState} from '../../automation/schedule-book.js'
import {checkSilence, deliverPending} from '../../automation/tend-alarms.js'
import {isPocketError, type PocketError} from '../../errors.js'
import {reckon} from '../../schedule/reckon.js'
import {allProfiles, type ConfiguredProfile} from '../chosen-profile.js'
import {standardError} from '../output.js'
import {stateDirectory} from '../places.js'
import {reportWarning} from '../report-error.js'
import {programWords} from './jobs.js'
import {allSchedules, bookPlace, configPathOf, type KnownSchedule, type ScheduleFlags} from './known-schedules.js'

export interface TickedRun {
  name: string
  /** Null when a signal has ended it. */
  exitCode: number | null
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Each is called once a tick, before the runs, which may take hours. What one throws is told, and the others are called all the same. */
const ON_TICK: readonly ((profiles: readonly ConfiguredProfile[], onWarning: (warning: PocketError) => void) => Promise<void>)[] = [
  (profiles, onWarning) => deliverPending(profilesOf(profiles), {stateDirectory: stateDirectory(), onWarning}),
  (profiles, onWarning) => checkSilence(profilesOf(profiles), {stateDirectory: stateDirectory(), onWarning}),
]

/** Alarms, then what was missed, one run after the other, each in a process of its own. Throws `usage` for what is wrong in the config file. */
export async function tick(flags: ScheduleFlags & {runs: boolean}): Promise<TickedRun[]> {
  const profiles = await allProfiles(flags)
  await tend(profiles, (warning) => standardError.line(reportWarning(warning, flags)))
  const runs: TickedRun[] = []
  if (!flags.runs) return runs
  for (const known of await allSchedules(flags)) {
    const {name} = known.schedule
    if (await isMissed(known, flags)) runs.push({name, exitCode: await runMissed(name, flags)})
  }
  return runs
}

async function tend(profiles: readonly ConfiguredProfile[], onWarning: (warning: PocketError) => void): Promise<void> {
  for (const work of ON_TICK) {
    try {
      await work(profiles, onWarning)
    } catch (error) {
      if (!isPocketError(error)) throw error
      onWarning(error)
    }
  }
}

async function isMissed({schedule, configPath}: KnownSchedule, flags: ScheduleFlags): Promise<boolean> {
  const place = bookPlace(configPath, flags)
  const history = historyOf(await openState(place, schedule))
  const {isMissed: missed} = await reckon(schedule, history, {nowMs: place.nowMs(), seed: place.seed})
  return missed && schedule.catchUp
}

/** Its errors are ours. Asked to end, we ask it to, and wait; Ctrl-C reaches it by itself. */
async function runMissed(name: string, flags: ScheduleFlags): Promise<number | null> {
  const words = ['schedule', 'run', name, '--if-missed', '--quiet', ...(flags.json ? ['--json'] : [])]
  const [program, ...rest] = programWords({configPath: configPathOf(flags)}, words)
  const child = spawn(program, rest, {stdio: ['ignore', 'ignore', 'inherit'], windowsHide: true})
  const passOn = (signal: NodeJS.Signals): unknown => signal === 'SIGTERM' && child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, passOn)
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
  } finally {
    for (const signal of SIGNALS) process.off(signal, passOn)
  }
}

function profilesOf(configured: readonly ConfiguredProfile[]): ConfiguredProfile['profile'][] {
  return configured.map(({profile}) => profile)
}
