/** Which repository a command is about, and everything that flags, variables and the config file say of it. */
import {resolve} from 'node:path'
import {type ConfigFile, loadConfig} from './config-file.js'
import {chosenProfileName, noDefault} from './config/profile-name.js'
import {repositoryOf} from './config/profile-repository.js'
import type {LocationFlags, OtherSecretFlags, SecretFlags} from './flags.js'
import {isBucketLocation, isSameLocation, refuseSecretIn} from './location.js'
import {defaultCacheDirectory} from './places.js'
import {findConfigSecret, findOtherSecretSource, findSecretSource, type SecretSource} from './secret.js'
import type {SettingSources} from './settings.js'

export interface ChosenRepository {
  /** The location that the config file names, whichever was chosen. */
  configured: string | undefined
  /** Undefined for the embedded one. */
  location: string | undefined
  /** What names the location in messages. */
  from: string
  /** Undefined when none is configured. */
  secret: SecretSource | undefined
  /** The folder that holds the local caches of all repositories. */
  cacheDirectory: string
  settings: SettingSources
}

export type ChoosingFlags = LocationFlags & SecretFlags & OtherSecretFlags & {'cache-directory'?: string}

export interface ChoosingOptions {
  environment?: NodeJS.ProcessEnv
  mayLackConfig?: boolean
  /** It is the other of two repositories, of `--from`: flags and variables of its own give its secret. */
  isOther?: boolean
}

/**
 * What the config file says holds for the repository that it names; where it names none, for whichever is used. Throws `usage` for a file that
 * cannot be read as one, and for a location that holds a secret, which is not repeated.
 */
export async function chooseRepository(
  flags: ChoosingFlags,
  {environment = process.env, mayLackConfig = false, isOther = false}: ChoosingOptions = {},
): Promise<ChosenRepository> {
  const config = await loadConfig(flags.config, {mayLack: mayLackConfig})
  if (config === undefined && flags['use-profile']) throw noDefault(config, flags)
  const about = config && repositoryOf(config, chosenProfileName(config, flags))
  const configured = about?.values.location as string | undefined
  const location = flags.repository || configured
  const from = flags.repository ? '--repository or POCKET_REPOSITORY' : `the location in ${config?.path}`
  if (location !== undefined) refuseSecretIn(location, from)
  const isAbout = configured === undefined || location === undefined || samePlace(location, configured)
  const held = isAbout ? about : undefined
  return {
    configured,
    location,
    from,
    secret: (isOther ? findOtherSecretSource : findSecretSource)(flags, environment) ?? (held && findConfigSecret(held)),
    cacheDirectory: cacheDirectoryOf(flags, config),
    settings: {flags: {...flags}, environment, config: held},
  }
}

/** The folder that holds the caches of all repositories. */
export async function findCacheDirectory(flags: {'cache-directory'?: string; config?: string}): Promise<string> {
  return cacheDirectoryOf(flags, await loadConfig(flags.config))
}

function cacheDirectoryOf(flags: {'cache-directory'?: string}, config: ConfigFile | undefined): string {
  return flags['cache-directory'] || (config?.cache.directory as string | undefined) || defaultCacheDirectory()
}

function samePlace(a: string, b: string): boolean {
  if (isBucketLocation(a) || isBucketLocation(b)) return isSameLocation(a, b)
  return resolve(a) === resolve(b)
}
