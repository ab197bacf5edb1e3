/** Which profile is meant. */
import {PocketError} from '../../errors.js'
import type {ConfigFile} from '../config-file.js'
import type {ProfileFlags} from '../flags.js'
import {defaultConfigFile} from '../places.js'
import {suggest} from '../suggest.js'

/** The one that `-P` or its variable names, else the default one, else undefined. Throws `usage` for one that is not there. */
export function chosenProfileName(config: ConfigFile, flags: ProfileFlags): string | undefined {
  const named = flags['use-profile']
  if (!named) return config.defaultProfile
  if (config.profiles.has(named)) return named
  throw noProfile(named, config)
}

function noProfile(named: string, {path, profiles}: ConfigFile): PocketError {
  const names = [...profiles.keys()]
  const near = suggest(named, names)
  const all = names.length === 0 ? `write a table [profiles.${named}] into it` : `there are ${names.join(', ')}`
  return new PocketError('usage', `there is no profile '${named}' in '${path}'`, {
    hint: near === undefined ? all : `did you mean '${near}'? ${all}`,
  })
}

/** The error where a profile is needed, and none is named that is there, nor is one the default. */
export function noDefault(config: ConfigFile | undefined, flags: ProfileFlags): PocketError {
  const path = config?.path ?? (flags.config || defaultConfigFile())
  const names = [...(config?.profiles.keys() ?? [])]
  if (flags['use-profile'])
    return new PocketError('usage', `there is no config file '${path}', and so no profile '${flags['use-profile']}'`, {
      hint: "'pocket init' writes one",
    })
  if (names.length === 0) {
    return new PocketError('usage', `there is no profile in '${path}'`, {
      hint: "name what to save, or have 'pocket init --nightly' write a profile",
    })
  }
  return new PocketError('usage', `none of the profiles ${names.join(', ')} is the default`, {
    hint: "name one with -P, or write default_profile = '…' at the top of the config file",
  })
}
