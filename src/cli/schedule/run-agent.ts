/** `pocket agent`: the agent with real processes, files and clocks. */
import {spawn} from 'node:child_process'
import {stat} from 'node:fs/promises'
import {runAgent} from '../../automation/agent.js'
import type {AgentEvent, Launch, Launched} from '../../automation/agent-types.js'
import {historyOf, openState} from '../../automation/schedule-book.js'
import {fileError} from '../../errors.js'
import type {Schedule} from '../../schedule/schedule.js'
import {monotonicMs, nowNs} from '../../util/clock.js'
import {programWords} from './jobs.js'
import {allSchedules, bookPlace, configPathOf, type ScheduleFlags} from './known-schedules.js'
import {sleep} from './sleep.js'

/** Resolves when the agent has ended, after `signal`. Throws `path-missing` when there is no config file. */
export async function runRealAgent(flags: ScheduleFlags, signal: AbortSignal, onEvent: (event: AgentEvent) => void): Promise<void> {
  const configPath = configPathOf(flags)
  const place = bookPlace(configPath, flags)
  await runAgent({
    loadSchedules: scheduleLoader(flags, configPath),
    loadHistory: async (schedule) => historyOf(await openState(place, schedule)),
    launch: launcher(flags, configPath),
    clock: {nowMs: () => Number(nowNs() / 1_000_000n), monotonicMs, sleep},
    seed: place.seed,
    signal,
    onEvent,
  })
}

/** The file is read again when it has changed. */
function scheduleLoader(flags: ScheduleFlags, configPath: string): () => Promise<readonly Schedule[]> {
  let stamp: string | undefined
  let schedules: readonly Schedule[] = []
  return async () => {
    const seen = await stampOf(configPath)
    if (seen === stamp) return schedules
    schedules = (await allSchedules({...flags, config: configPath})).map(({schedule}) => schedule)
    stamp = seen
    return schedules
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const {mtimeNs, size, ino} = await stat(path, {bigint: true})
    return `${mtimeNs} ${size} ${ino}`
  } catch (error) {
    throw fileError(error, `cannot read the config file '${path}'`)
  }
}

/** What runs say goes where the agent's errors go; that they began and ended is told by the agent. */
function launcher(flags: ScheduleFlags, configPath: string): Launch {
  return (what) => {
    const words = what.type === 'run' ? ['run', what.schedule.name] : ['tick', '--no-runs']
    const json = flags.json ? ['--json'] : []
    const [program, ...rest] = programWords({configPath}, ['schedule', ...words, '--quiet', ...json])
    // In a group of its own: Ctrl-C is for the agent, which asks its processes to end.
    const child = spawn(program, rest, {stdio: ['ignore', 'ignore', 'inherit'], detached: process.platform !== 'win32', windowsHide: true})
    const ended = new Promise<number | null>((resolve) => {
      child.on('error', () => resolve(null))
      child.on('exit', (code) => resolve(code))
    })
    return {ended, stop: () => child.kill('SIGTERM'), kill: () => child.kill('SIGKILL')} satisfies Launched
  }
}
