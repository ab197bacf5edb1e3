/** The schedules of the config file, and where what is known of them lies. */
import {hostname} from 'node:os'
import {resolve} from 'node:path'
import type {Profile} from '../../automation/profile.js'
import type {BookPlace} from '../../automation/schedule-book.js'
import {keySuffix} from '../../automation/schedule-key.js'
import {PocketError} from '../../errors.js'
import type {Schedule} from '../../schedule/schedule.js'
import {nowNs} from '../../util/clock.js'
import {allProfiles} from '../chosen-profile.js'
import {standardError} from '../output.js'
import {defaultConfigFile, stateDirectory} from '../places.js'
import {reportWarning} from '../report-error.js'
import {suggest} from '../suggest.js'

export interface KnownSchedule {
  schedule: Schedule
  profile: Profile
  configPath: string
}

export interface ScheduleFlags {
  json: boolean
  quiet: boolean
  config?: string
}

/** In the order of the file. Throws `usage` for what is wrong in it. */
export async function allSchedules(flags: {config?: string}): Promise<KnownSchedule[]> {
  const profiles = await allProfiles(flags)
  return profiles.flatMap(({profile, configPath}) => profile.schedules.map((schedule) => ({schedule, profile, configPath})))
}

/** Throws `usage` when there is none of the name. */
export async function findSchedule(flags: {config?: string}, name: string): Promise<KnownSchedule> {
  const schedules = await allSchedules(flags)
  const found = schedules.find(({schedule}) => schedule.name === name)
  if (found !== undefined) return found
  throw noSchedule(
    name,
    schedules.map(({schedule}) => schedule.name),
  )
}

export function noSchedule(name: string, names: readonly string[]): PocketError {
  const near = suggest(name, names)
  const all = names.length === 0 ? "'pocket schedule add' makes one" : `there are ${names.join(', ')}`
  return new PocketError('usage', `there is no schedule '${name}'`, {hint: near === undefined ? all : `did you mean '${near}'? ${all}`})
}

export function bookPlace(configPath: string, flags: {json: boolean; quiet: boolean}): BookPlace {
  return {
    stateDirectory: stateDirectory(),
    suffix: keySuffix(configPath, defaultConfigFile()),
    seed: hostname(),
    nowMs: () => Number(nowNs() / 1_000_000n),
    onWarning: (warning) => standardError.line(reportWarning(warning, flags)),
  }
}

/** Absolute, so that whoever is started elsewhere finds it. */
export function configPathOf(flags: {config?: string}): string {
  return resolve(flags.config || defaultConfigFile())
}
