/**
 * The config file: what a person has settled once. Tables of keys, each checked: a key that is not known is an error, because a setting
 * that is misspelled would be missed when it matters. It says where secrets are and never holds one.
 */
import {homedir} from 'node:os'
import {isAbsolute, join} from 'node:path'
import {PocketError} from '../errors.js'
import {defaultConfigFile} from './places.js'
import {isTable, parseToml, readTextIfPresent, type TomlTable} from './read-toml.js'
import {SETTINGS, type ConfigValue, keyOf, type SettingKind} from './settings.js'
import {suggest} from './suggest.js'

export interface ConfigFile {
  path: string
  /** `[repository]`: where it is, and everything about it; paths are absolute. */
  repository: Readonly<Record<string, ConfigValue>>
  /** `[cache]` */
  cache: Readonly<Record<string, ConfigValue>>
}

const WHAT = 'the config file'

/** Keys of each table; `location` is a path or `s3://BUCKET/PREFIX`. */
const TABLES: Readonly<Record<'repository' | 'cache', Readonly<Record<string, SettingKind | 'location'>>>> = {
  repository: {
    location: 'location',
    key_file: 'path',
    password_file: 'path',
    password_command: 'text',
    ...Object.fromEntries(Object.entries(SETTINGS).map(([name, kind]) => [keyOf(name), kind])),
  },
  cache: {directory: 'path'},
}

const SECRET_KEY = /^(password|passphrase|key|secret|token|access_key(_id)?|(aws_)?secret(_access)?_key|aws_\w+)$/i

/**
 * The file that `--config` or `POCKET_CONFIG` names, else the usual one; undefined when there is no usual one. Throws `usage` for what cannot be
 * read as it, and `path-missing` when a named file is not there, unless it may lack because it is to be written.
 */
export async function loadConfig(named: string | undefined, {mayLack = false} = {}): Promise<ConfigFile | undefined> {
  const path = named || defaultConfigFile()
  const text = await readTextIfPresent(path, WHAT)
  if (text !== undefined) return parseConfig(text, path)
  if (!named || mayLack) return undefined
  throw new PocketError('path-missing', `there is no config file '${named}'`, {hint: 'check --config or POCKET_CONFIG'})
}

/** Exported for tests. */
export async function parseConfig(text: string, path: string): Promise<ConfigFile> {
  const document = text.trim() === '' ? {} : await parseToml(text, {path, what: WHAT})
  for (const name of Object.keys(document)) if (!(name in TABLES)) throw unknownKey(name, Object.keys(TABLES), `in '${path}'`)
  const repository = readTable(document, 'repository', path)
  const secrets = ['key_file', 'password_file', 'password_command'].filter((key) => repository[key] !== undefined)
  if (secrets.length > 1) throw wrong(path, `'${secrets[0]}' and '${secrets[1]}' exclude each other`, 'leave one of the two')
  return {path, repository, cache: readTable(document, 'cache', path)}
}

function readTable(document: TomlTable, name: keyof typeof TABLES, path: string): Record<string, ConfigValue> {
  const table = document[name] ?? {}
  if (!isTable(table)) throw wrong(path, `'${name}' is not a table`, `write [${name}] on a line of its own`)
  const read: Record<string, ConfigValue> = {}
  for (const [key, value] of Object.entries(table)) {
    const kind = Object.hasOwn(TABLES[name], key) ? TABLES[name][key] : undefined
    if (kind === undefined) throw unknownKey(key, Object.keys(TABLES[name]), `in [${name}] of '${path}'`)
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

/** Nobody can tell what a relative path in this file would be relative to. */
function absolutePath(value: string, {key, path}: {key: string; path: string}): string {
  if (value === '~' || value.startsWith('~/')) return join(homedir(), value.slice(1))
  if (isAbsolute(value)) return value
  throw wrong(path, `'${key}' is a relative path`, "write it from the root, or from your home folder as '~/…'")
}

function unknownKey(key: string, known: readonly string[], place: string): PocketError {
  if (SECRET_KEY.test(key)) {
    return new PocketError('usage', `'${key}' ${place}: the config file holds no secrets`, {
      hint: 'take it out, and name the place of the secret: key_file, password_file, password_command, profile or credentials_file',
    })
  }
  const near = suggest(key, known)
  const all = `known are ${known.join(', ')}`
  return new PocketError('usage', `unknown key '${key}' ${place}`, {hint: near === undefined ? all : `did you mean '${near}'? ${all}`})
}

function wrong(path: string, problem: string, hint: string): PocketError {
  return new PocketError('usage', `${problem}, in ${WHAT} '${path}'`, {hint})
}
