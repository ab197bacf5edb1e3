/** What `pocket config show` tells: each setting that holds, and where it comes from. */
import {type ChosenRepository, chooseRepository} from '../chosen-repository.js'
import type {ConfigFile} from '../config-file.js'
import {embeddedSecretSource} from '../embedded-repository.js'
import type {RepositoryFlags} from '../flags.js'
import type {JsonValue} from '../json-output.js'
import {defaultCacheDirectory, embeddedPlaces} from '../places.js'
import {isTable, type TomlTable} from '../read-toml.js'
import {findSetting, SETTINGS, type SettingName} from '../settings.js'
import {snapshotSettings, type Sourced} from '../snapshot-settings.js'
import {parseProfile, PROFILE_DEFAULTS} from './parse-profile.js'
import {chosenProfileName} from './profile-name.js'

export type SettingSource = 'flag' | 'variable' | 'config' | 'profile' | 'defaults' | 'default'

export interface ShownSetting {
  /** As the config file has it, with the table in front: `retention.keep_daily`. */
  name: string
  value: JsonValue
  source: SettingSource
  /** In words. */
  from: string
}

export interface ShownSettings {
  /** Undefined where there is none. */
  profile: string | undefined
  settings: ShownSetting[]
}

/** Keys of a profile that are told for themselves, or as what they are about. */
const TOLD_APART = ['repository', 'limits', 'exclude', 'tags', 'host', 'compression', 'workers']

/** Throws `usage` for what is wrong in the config file or in a flag. */
export async function showSettings(
  config: ConfigFile | undefined,
  flags: RepositoryFlags,
  environment: NodeJS.ProcessEnv,
): Promise<ShownSettings> {
  const chosen = await chooseRepository(flags, {environment})
  const name = config && chosenProfileName(config, flags)
  const settings = [...(await repositorySettings(chosen, config, flags)), cacheSetting(config, flags, environment)]
  if (config === undefined || name === undefined) return {profile: undefined, settings}
  const profile = await parseProfile(config, name)
  const {excludes, tags, host, compression, workers} = snapshotSettings({}, environment, profile)
  const add = (key: string, {source, from}: Sourced<unknown>, value: JsonValue): void =>
    void settings.push({name: key, value, source, from})
  add('exclude', excludes, excludes.value)
  add('tags', tags, tags.value)
  add('host', host, host.value)
  add('compression', compression, compression.value)
  add('workers', workers, workers.value === 0 ? 'one a core' : workers.value)
  settings.push(...profileSettings(config, name))
  return {profile: name, settings}
}

async function repositorySettings(
  chosen: ChosenRepository,
  config: ConfigFile | undefined,
  flags: RepositoryFlags,
): Promise<ShownSetting[]> {
  const shown: ShownSetting[] = [locationSetting(chosen, flags)]
  const secret = chosen.secret ?? (chosen.location === undefined ? await embeddedSecretSource() : undefined)
  if (secret !== undefined) {
    const value = secret.kind === 'password' ? '(set)' : secret.kind === 'password-command' ? secret.command : secret.path
    const source = chosen.secret === undefined ? 'default' : sourceOf(secret.from, config)
    shown.push({name: secret.kind.replace('-', '_'), value, source, from: chosen.secret === undefined ? 'default' : secret.from})
  }
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const given = findSetting(name, chosen.settings)
    if (given !== undefined)
      shown.push({name: name.replaceAll('-', '_'), value: given.value, source: sourceOf(given.from, config), from: given.from})
  }
  return shown
}

function locationSetting({location, from}: ChosenRepository, flags: RepositoryFlags): ShownSetting {
  if (location === undefined) return {name: 'location', value: embeddedPlaces().repository, source: 'default', from: 'default'}
  if (!flags.repository) return {name: 'location', value: location, source: 'config', from}
  const isVariable = flags.repository === process.env.POCKET_REPOSITORY
  return {
    name: 'location',
    value: location,
    source: isVariable ? 'variable' : 'flag',
    from: isVariable ? 'POCKET_REPOSITORY' : '--repository',
  }
}

function cacheSetting(config: ConfigFile | undefined, flags: RepositoryFlags, environment: NodeJS.ProcessEnv): ShownSetting {
  const name = 'cache.directory'
  const flag = flags['cache-directory']
  if (flag) {
    const isVariable = flag === environment.POCKET_CACHE_DIRECTORY
    return {name, value: flag, source: isVariable ? 'variable' : 'flag', from: isVariable ? 'POCKET_CACHE_DIRECTORY' : '--cache-directory'}
  }
  const own = config?.cache.directory
  if (config && own !== undefined) return {name, value: own, source: 'config', from: `'directory' in [cache] of ${config.path}`}
  return {name, value: defaultCacheDirectory(), source: 'default', from: 'default'}
}

function sourceOf(from: string, config: ConfigFile | undefined): SettingSource {
  if (from.startsWith('--')) return 'flag'
  if (from.startsWith('POCKET_')) return 'variable'
  return config !== undefined && from.includes('[profiles.') ? 'profile' : from.includes('[defaults.') ? 'defaults' : 'config'
}

function profileSettings(config: ConfigFile, name: string): ShownSetting[] {
  const own = new Map(flatten(config.profiles.get(name) ?? {}))
  const shared = new Map(flatten(config.defaults))
  const built = new Map(flatten(PROFILE_DEFAULTS))
  const isOff = (key: string): boolean => [own, shared].some((level) => level.get(key.split('.')[0]) === false)
  const shown: ShownSetting[] = []
  for (const [key, value] of own) shown.push({name: key, value, source: 'profile', from: `profile ${name}`})
  for (const [key, value] of shared)
    if (!own.has(key)) shown.push({name: key, value, source: 'defaults', from: `[defaults] of ${config.path}`})
  for (const [key, value] of built) {
    if (own.has(key) || shared.has(key) || isOff(key)) continue
    // What no schedule has begins by nothing.
    if (key.startsWith('schedule.') && ![...own.keys()].some((other) => other.startsWith('schedule.'))) continue
    shown.push({name: key, value, source: 'default', from: 'default'})
  }
  return shown.filter(({name: key}) => !TOLD_APART.includes(key.split('.')[0])).map(withoutSecrets)
}

/** The leaves of a table, by their names with those of the tables in front. */
function flatten(table: TomlTable, prefix = ''): [string, JsonValue][] {
  return Object.entries(table).flatMap(([key, value]): [string, JsonValue][] =>
    isTable(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value as JsonValue]],
  )
}

/** Of a URL that tells somebody, only the server: who has all of it can use it. */
function withoutSecrets(setting: ShownSetting): ShownSetting {
  return setting.name.startsWith('alarms.') ? {...setting, value: masked(setting.value)} : setting
}

function masked(value: JsonValue): JsonValue {
  if (typeof value === 'string') return URL.canParse(value) && /^https?:/i.test(value) ? `${new URL(value).origin}/…` : value
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]))
}
