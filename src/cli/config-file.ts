/**
 * The config file: what a person has settled once. Tables of keys, each checked: a key that is not known is an error, because a setting
 * that is misspelled would be missed when it matters. It says where secrets are and never holds one.
 */
import {resolve} from 'node:path'
import {PocketError} from '../errors.js'
import {absolutePath, unknownKey, wrong} from './config-errors.js'
import {defaultConfigFile} from './places.js'
import {isTable, parseToml, readTextIfPresent, type TomlTable} from './read-toml.js'
import {SETTINGS, type ConfigValue, keyOf, type SettingKind} from './settings.js'

export interface ConfigFile {
  path: string
  /** `[repository]`: where it is, and everything about it; paths are absolute. */
  repository: Readonly<Record<string, ConfigValue>>
  /** `[cache]` */
  cache: Readonly<Record<string, ConfigValue>>
  /** `[status]` */
  status: Readonly<Record<string, ConfigValue>>
  /** The profile that is meant where none is named. */
  defaultProfile: string | undefined
  /** `[defaults]`: what holds for each profile that says nothing else; not looked at yet. */
  defaults: TomlTable
  /** `[profiles.NAME]`; not looked at yet. */
  profiles: ReadonlyMap<string, TomlTable>
}

const WHAT = 'the config file'

type Keys = Readonly<Record<string, SettingKind | 'location'>>

/** Keys of each table; `location` is a path or `s3://BUCKET/PREFIX`. */
const TABLES = {
  repository: {
    location: 'location',
    key_file: 'path',
    password_file: 'path',
    password_command: 'text',
    ...Object.fromEntries(Object.entries(SETTINGS).map(([name, kind]) => [keyOf(name), kind])),
  },
  cache: {directory: 'path'},
  status: {metrics_file: 'path'},
} as const satisfies Record<string, Keys>

const NAMES = [...Object.keys(TABLES), 'defaults', 'profiles', 'default_profile']

/** Names of profiles stand in file names, units and variables. */
const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/**
 * The file that `--config` or `POCKET_CONFIG` names, else the usual one; undefined when there is no usual one. Throws `usage` for what cannot be
 * read as it, and `path-missing` when a named file is not there, unless it may lack because it is to be written.
 */
export async function loadConfig(named: string | undefined, {mayLack = false} = {}): Promise<ConfigFile | undefined> {
  const path = resolve(named || defaultConfigFile())
  const text = await readTextIfPresent(path, WHAT)
  if (text !== undefined) return parseConfig(text, path)
  if (!named || mayLack) return undefined
  throw new PocketError('path-missing', `there is no config file '${named}'`, {hint: 'check --config or POCKET_CONFIG'})
}

/** Exported for tests. */
export async function parseConfig(text: string, path: string): Promise<ConfigFile> {
  const document = text.trim() === '' ? {} : await parseToml(text, {path, what: WHAT})
  for (const name of Object.keys(document)) if (!NAMES.includes(name)) throw unknownKey(name, NAMES, `in '${path}'`)
  const profiles = readProfiles(tableOf(document, 'profiles', path), path)
  return {
    path,
    repository: readRepositoryTable(tableOf(document, 'repository', path), 'repository', path),
    cache: readTable(tableOf(document, 'cache', path), TABLES.cache, {name: 'cache', path}),
    status: readTable(tableOf(document, 'status', path), TABLES.status, {name: 'status', path}),
    defaultProfile: chooseDefault(document.default_profile, [...profiles.keys()], path),
    defaults: tableOf(document, 'defaults', path),
    profiles,
  }
}

/** The keys of a table that says where a repository is; `name` is the table's in messages. Throws `usage`. */
export function readRepositoryTable(table: TomlTable, name: string, path: string): Record<string, ConfigValue> {
  const repository = readTable(table, TABLES.repository, {name, path})
  const secrets = SECRET_KEYS.filter((key) => repository[key] !== undefined)
  if (secrets.length > 1) throw wrong(path, `'${secrets[0]}' and '${secrets[1]}' exclude each other`, 'leave one of the two')
  return repository
}

/** The keys of which at most one says what opens a repository. */
export const SECRET_KEYS = ['key_file', 'password_file', 'password_command'] as const

function tableOf(document: TomlTable, name: string, path: string): TomlTable {
  const table = document[name] ?? {}
  if (isTable(table)) return table
  throw wrong(path, `'${name}' is not a table`, `write [${name}] on a line of its own`)
}

function readProfiles(tables: TomlTable, path: string): Map<string, TomlTable> {
  const profiles = new Map<string, TomlTable>()
  for (const name of Object.keys(tables)) {
    if (!PROFILE_NAME.test(name)) {
      throw wrong(
        path,
        `'${name}' cannot be the name of a profile`,
        "letters, digits, '-' and '_', at most 64, beginning with a letter or digit",
      )
    }
    profiles.set(name, tableOf(tables, name, path))
  }
  return profiles
}

/** The one that is named; else the one named `default`; else the only one. */
function chooseDefault(named: unknown, names: readonly string[], path: string): string | undefined {
  if (named === undefined) return names.includes('default') ? 'default' : names.length === 1 ? names[0] : undefined
  if (typeof named === 'string' && names.includes(named)) return named
  throw wrong(path, `'default_profile' names no profile`, names.length === 0 ? 'there is none yet' : `write one of ${names.join(', ')}`)
}

function readTable(table: TomlTable, keys: Keys, {name, path}: {name: string; path: string}): Record<string, ConfigValue> {
  const read: Record<string, ConfigValue> = {}
  for (const [key, value] of Object.entries(table)) {
    const kind = Object.hasOwn(keys, key) ? keys[key] : undefined
    if (kind === undefined) throw unknownKey(key, Object.keys(keys), `in [${name}] of '${path}'`)
    read[key] = readValue(value, kind, {key, path})
  }
  return read
}

/** Whether the value can be is for whoever uses it to say; here only its type is looked at. */
function readValue(value: unknown, kind: SettingKind | 'location', {key, path}: {key: string; path: string}): ConfigValue {
  if (kind === 'boolean') {
    if (typeof value === 'boolean') return value
    throw wrong(path, `'${key}' is neither true nor false`, 'write true or false without quotes')
  }
  if (kind === 'count' || ((kind === 'size' || kind === 'rate') && typeof value === 'number')) {
    if (Number.isSafeInteger(value)) return value as number
    throw wrong(path, `'${key}' is not a whole number`, 'write a number without quotes')
  }
  if (typeof value !== 'string' || value === '') throw wrong(path, `'${key}' is not text`, 'write it in quotes, or leave the line out')
  const isPath = kind === 'path' || (kind === 'location' && !/^[a-z][a-z0-9+.-]+:\/\//i.test(value))
  return isPath ? absolutePath(value, {key, path}) : value
}
