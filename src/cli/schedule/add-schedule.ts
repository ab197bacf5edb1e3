/** `pocket schedule add`: a table at the end of the config file, and what starts it by itself. */
import {readFile} from 'node:fs/promises'
import {fileError, PocketError} from '../../errors.js'
import {type TriggerTexts, triggerOf} from '../../schedule/trigger.js'
import {chooseProfile} from '../chosen-profile.js'
import {parseConfig} from '../config-file.js'
import {parseProfile} from '../config/parse-profile.js'
import {replaceConfig} from '../write-config.js'
import {type ScheduleValues, withScheduleTable} from './config-tables.js'
import {type Installed, installSchedules} from './install.js'
import {allSchedules, bookPlace, type KnownSchedule, type ScheduleFlags} from './known-schedules.js'
import {refuseVariables} from './refuse-variables.js'

export interface AddFlags extends ScheduleFlags {
  'use-profile'?: string
}

/** A schedule as it is asked for; without a trigger, those that the profile has already. */
export interface Wanted {
  name: string | undefined
  trigger: TriggerTexts
  /** The other keys of its table. */
  values: ScheduleValues
}

export interface Added extends Installed {
  schedules: KnownSchedule[]
  configPath: string
}

const NAME = /^[A-Za-z0-9][\w-]{0,63}$/

/** Throws `usage`, and what `installSchedules` throws; the config file is then as it was. */
export async function addSchedule(flags: AddFlags, wanted: Wanted, environment: NodeJS.ProcessEnv): Promise<Added> {
  const {profile, configPath} = await chooseProfile(flags)
  const notices = await refuseVariables(profile.name, flags, environment)
  const jobPlace = {environment, configPath, suffix: bookPlace(configPath, flags).suffix}
  const install = async (schedules: KnownSchedule[]): Promise<Added> => {
    const installed = await installSchedules(schedules, jobPlace, flags)
    return {schedules, configPath, installer: installed.installer, notices: [...notices, ...installed.notices]}
  }
  const isNew = Object.values(wanted.trigger).some((text) => text !== undefined)
  if (!isNew) return install(await ofProfile(flags, profile.name, wanted.name))
  const name = wanted.name ?? profile.name
  await refuseName(flags, name)
  await triggerOf(wanted.trigger, 'the command line')
  const before = await readConfig(configPath)
  const after = await withScheduleTable(
    {path: configPath, text: before},
    {profile: profile.name, name},
    {...definedOf(wanted.trigger), ...wanted.values},
  )
  await parseProfile(await parseConfig(after, configPath), profile.name)
  await replaceConfig(configPath, before, after)
  try {
    return await install(await ofProfile(flags, profile.name, name))
  } catch (error) {
    await replaceConfig(configPath, after, before)
    throw error
  }
}

async function ofProfile(flags: {config?: string}, profile: string, name: string | undefined): Promise<KnownSchedule[]> {
  const schedules = (await allSchedules(flags)).filter(
    ({schedule}) => schedule.profile === profile && (name === undefined || schedule.name === name),
  )
  if (schedules.length > 0) return schedules
  throw new PocketError('usage', `profile '${profile}' has no schedule${name === undefined ? '' : ` '${name}'`} yet`, {
    hint: "say when it is to run: '0 2 * * *', --every 15m, --daily-at 02:00",
  })
}

async function refuseName(flags: {config?: string}, name: string): Promise<void> {
  if (!NAME.test(name)) {
    throw new PocketError('usage', `'${name}' cannot be the name of a schedule`, {
      hint: "letters, digits, '-' and '_', at most 64, beginning with a letter or digit",
    })
  }
  const taken = (await allSchedules(flags)).find(({schedule}) => schedule.name === name)
  if (taken === undefined) return
  throw new PocketError('usage', `there is a schedule '${name}' already, of profile '${taken.profile.name}'`, {
    hint: `'pocket schedule remove ${name}' takes it out; --name gives this one another name`,
  })
}

function definedOf(texts: TriggerTexts): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)) as Record<string, string>
}

async function readConfig(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw fileError(error, `cannot read the config file '${path}'`)
  }
}
