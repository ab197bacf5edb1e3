/** Which repository a profile is about: its own, or the one of `[repository]` with what the profile says else of it. */
import {wrong} from '../config-errors.js'
import {type ConfigFile, readRepositoryTable, SECRET_KEYS} from '../config-file.js'
import {isTable, type TomlTable} from '../read-toml.js'
import type {ConfiguredValues, ConfigValue} from '../settings.js'

/** Key of `[profiles.NAME.limits]`, and of the setting that it is. */
export const LIMITS = {upload: 'limit_upload', download: 'limit_download'} as const

/**
 * What the config file says of the repository of a profile; without a profile, what `[repository]` says. A profile that names a location of its
 * own has nothing of `[repository]`; a secret of its own takes the place of that one's. Throws `usage`.
 */
export function repositoryOf(config: ConfigFile, profile: string | undefined): ConfiguredValues {
  const {path} = config
  const table = profile === undefined ? undefined : config.profiles.get(profile)
  if (table === undefined) return {path, values: config.repository}
  const name = `profiles.${profile}`
  const own = readRepositoryTable(tableIn(table, 'repository', {name, path}), `${name}.repository`, path)
  const limits = {...limitsOf(config.defaults, 'defaults', path), ...limitsOf(table, name, path)}
  const hasSecret = SECRET_KEYS.some((key) => own[key] !== undefined)
  const base = own.location === undefined ? {...config.repository} : {}
  if (hasSecret) for (const key of SECRET_KEYS) delete base[key]
  const values: Record<string, ConfigValue> = {...base, ...own}
  const tables = Object.fromEntries(Object.keys(own).map((key) => [key, `${name}.repository`]))
  for (const [key, {value, place}] of Object.entries(limits)) {
    values[key] = value
    tables[key] = place
  }
  return {path, values, tables}
}

function limitsOf(table: TomlTable, name: string, path: string): Record<string, {value: ConfigValue; place: string}> {
  const limits: Record<string, {value: ConfigValue; place: string}> = {}
  for (const [key, value] of Object.entries(tableIn(table, 'limits', {name, path}))) {
    if (!Object.hasOwn(LIMITS, key))
      throw wrong(path, `unknown key '${key}' in [${name}.limits]`, `known are ${Object.keys(LIMITS).join(', ')}`)
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw wrong(path, `'${key}' in [${name}.limits] is not text`, "write a size, as in '10M', or a timetable")
    }
    limits[LIMITS[key as keyof typeof LIMITS]] = {value, place: `${name}.limits`}
  }
  return limits
}

function tableIn(table: TomlTable, key: string, {name, path}: {name: string; path: string}): TomlTable {
  const value = table[key] ?? {}
  if (isTable(value)) return value
  throw wrong(path, `'${key}' in [${name}] is not a table`, `write [${name}.${key}] on a line of its own`)
}
