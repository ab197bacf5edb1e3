/** `pocket schedule remove`: out of what starts it, out of the config file, and what is known of it is forgotten. */
import {readFile} from 'node:fs/promises'
import {scheduleKey} from '../../automation/schedule-key.js'
import {forgetScheduleState} from '../../automation/schedule-state.js'
import {fileError} from '../../errors.js'
import {replaceConfig} from '../write-config.js'
import {withoutScheduleTable} from './config-tables.js'
import {uninstallSchedule} from './install.js'
import {allSchedules, bookPlace, configPathOf, noSchedule, type ScheduleFlags} from './known-schedules.js'

export interface Removed {
  wasInstalled: boolean
  wasConfigured: boolean
}

/** Throws `usage` when there is none of the name anywhere, and when its table cannot be taken out of the config file; then nothing was changed. */
export async function removeSchedule(flags: ScheduleFlags, name: string): Promise<Removed> {
  const schedules = await allSchedules(flags)
  const known = schedules.find(({schedule}) => schedule.name === name)
  const place = bookPlace(configPathOf(flags), flags)
  const change = known && (await changeOf(known.configPath, {profile: known.profile.name, name}))
  const wasInstalled = await uninstallSchedule(name, place)
  if (change !== undefined) await replaceConfig(change.path, change.before, change.after)
  else if (!wasInstalled) {
    throw noSchedule(
      name,
      schedules.map(({schedule}) => schedule.name),
    )
  }
  await forgetScheduleState(place.stateDirectory, scheduleKey(name, place.suffix))
  return {wasInstalled, wasConfigured: change !== undefined}
}

async function changeOf(path: string, schedule: {profile: string; name: string}): Promise<{path: string; before: string; after: string}> {
  try {
    const before = await readFile(path, 'utf8')
    return {path, before, after: await withoutScheduleTable({path, text: before}, schedule)}
  } catch (error) {
    throw fileError(error, `cannot read the config file '${path}'`)
  }
}
