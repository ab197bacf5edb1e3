import {formatLocalTime} from './format-time.js'
import {printable} from './printable.js'
import {toNs} from './reporters/run-list.js'

/** Installs the schedules of the config file that `init` has written. Resolves with what there is to tell; throws as `addSchedule`. */
export async function installAfterInit(flags: {config?: string}): Promise<string[]> {
  const {addSchedule} = await import('./schedule/add-schedule.js')
  const {listSchedules} = await import('./schedule/list-schedules.js')
  const quiet = {config: flags.config, json: false, quiet: true}
  const added = await addSchedule(quiet, {name: undefined, trigger: {}, values: {}}, process.env)
  const {schedules} = await listSchedules(added.schedules, added.configPath, quiet)
  const told = schedules.flatMap(({schedule: {name}, nextMs, installed}) =>
    installed === undefined || nextMs === undefined
      ? []
      : [`'${printable(name)}' runs next at ${formatLocalTime(toNs(nextMs))}, started by ${installed.title}`],
  )
  return [...told, ...added.notices]
}
