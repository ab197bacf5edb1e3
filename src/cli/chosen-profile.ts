/** The profiles of the config file, read and checked. */
import type {Profile} from '../automation/profile.js'
import {PocketError} from '../errors.js'
import {loadConfig} from './config-file.js'
import {parseProfile} from './config/parse-profile.js'
import {chosenProfileName, noDefault} from './config/profile-name.js'
import type {ProfileFlags} from './flags.js'

export interface ConfiguredProfile {
  profile: Profile
  /** Of the config file. */
  configPath: string
}

/** The profile that `-P` or its variable names, else the default one. Throws `usage` when there is none, and for what is wrong in it. */
export async function chooseProfile(flags: ProfileFlags): Promise<ConfiguredProfile> {
  const config = await loadConfig(flags.config)
  const name = config && chosenProfileName(config, flags)
  if (config === undefined || name === undefined) throw noDefault(config, flags)
  return {profile: await parseProfile(config, name), configPath: config.path}
}

/** Undefined where none is named and none is the default. Throws as `chooseProfile`. */
export async function findProfile(flags: ProfileFlags): Promise<ConfiguredProfile | undefined> {
  const config = await loadConfig(flags.config)
  const isNone = flags['use-profile'] ? false : config?.defaultProfile === undefined
  return isNone ? undefined : chooseProfile(flags)
}

/** All profiles, in the order of the file. Throws `usage` for what is wrong in one. */
export async function allProfiles(flags: {config?: string}): Promise<ConfiguredProfile[]> {
  const config = await loadConfig(flags.config)
  if (config === undefined) return []
  const profiles: ConfiguredProfile[] = []
  for (const name of config.profiles.keys()) profiles.push({profile: await parseProfile(config, name), configPath: config.path})
  refuseSameNames(profiles)
  return profiles
}

function refuseSameNames(profiles: readonly ConfiguredProfile[]): void {
  const owners = new Map<string, string>()
  for (const {profile, configPath} of profiles) {
    for (const {name} of profile.schedules) {
      const other = owners.get(name)
      owners.set(name, profile.name)
      if (other === undefined) continue
      throw new PocketError('usage', `two schedules are named '${name}', in the config file '${configPath}'`, {
        hint: `one is of profile '${other}', one of '${profile.name}': give one of them another name`,
      })
    }
  }
}
