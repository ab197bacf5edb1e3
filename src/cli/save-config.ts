/** Keeps what a repository was made with, so that it need not be said again. */
import {homedir} from 'node:os'
import {resolve} from 'node:path'
import {isPocketError, PocketError} from '../errors.js'
import {findCredentialsFile} from './credentials-setting.js'
import {exists} from '../util/exists.js'
import {isBucketLocation} from './location.js'
import type {NightlyProfile} from './config/profile-text.js'
import {defaultConfigFile, embeddedPlaces} from './places.js'
import {printable} from './printable.js'
import type {Questions} from './questions.js'
import type {SecretSource} from './secret.js'
import {type ConfigValue, findSetting, keyOf, readBoolean, SETTINGS, type SettingKind, type SettingName} from './settings.js'
import {configExists, configLine, configText, setAside, writeConfig} from './write-config.js'

export interface Kept {
  location: string
  /** Flags and variables are kept, as far as they are about this repository. */
  flags: Readonly<Record<string, unknown>>
  environment: NodeJS.ProcessEnv
  /** What opens it, if that is to be kept: never a secret itself. */
  source: SecretSource | undefined
  /** What is saved every night, if that is set up too. */
  nightly?: NightlyProfile
}

/** What goes into the table `[repository]`. */
export function valuesToKeep({location, flags, environment, source}: Kept): Record<string, ConfigValue> {
  const isBucket = isBucketLocation(location)
  const values: Record<string, ConfigValue> = {location: isBucket ? location : resolve(location)}
  for (const [name, kind] of Object.entries(SETTINGS) as [SettingName, SettingKind][]) {
    const given = name === 'credentials-file' ? findCredentialsFile({flags, environment}) : findSetting(name, {flags, environment})
    if (given === undefined || (!isBucket && kind !== 'rate')) continue
    values[keyOf(name)] = keptValue(given, kind)
  }
  // Amazon's own variables name the server, too; whoever runs without them would ask Amazon for the bucket.
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL
  if (isBucket && endpoint) values.endpoint ??= endpoint
  if (source !== undefined && source.kind !== 'password') {
    values[source.kind.replace('-', '_')] = source.kind === 'password-command' ? source.command : resolve(source.path)
  }
  return values
}

function keptValue(given: {value: ConfigValue; from: string}, kind: SettingKind): ConfigValue {
  if (kind === 'boolean') return readBoolean(given) ?? false
  if (kind === 'count') return Number(given.value)
  if (kind === 'path') return resolve(String(given.value))
  return given.value
}

/** Before anything is made. Throws `usage` when a file is there and nobody can be asked about it. */
export async function refuseExistingConfig(named: string | undefined): Promise<void> {
  const path = named || defaultConfigFile()
  if (await exists(path)) throw configExists(path)
}

/**
 * Writes the config file. One that is there is kept as it is, or set aside, as whoever is asked says. Resolves with what there is to tell. Throws
 * `usage` when one is there and nobody can be asked.
 */
export async function saveConfig(named: string | undefined, kept: Kept, questions: Questions | undefined): Promise<string[]> {
  const path = named || defaultConfigFile()
  const told: string[] = []
  if (await exists(path)) {
    if (questions === undefined) throw configExists(path)
    const keep = await questions.choose(`There is a config file at ${printable(path)} already.`, [
      {value: false, name: 'set it aside, under another name, and write a new one'},
      {value: true, name: 'leave it as it is', description: 'then flags or variables must say where the repository is'},
    ])
    if (keep) return [`${printable(path)} is as it was; name the repository with ${flagsFor(kept)}`]
    told.push(`the config file of before is ${printable(await setAside(path))}`)
  }
  await writeConfig(path, configText(kept.location === embeddedPlaces().repository ? {} : valuesToKeep(kept), kept.nightly))
  return [...told, `settings are in ${printable(shortPath(path))}`]
}

/** `error`, and if it is that there is a repository already, with the line of a config file that has commands use it. */
export function withConfigLine(error: unknown, named: string | undefined, kept: Kept): unknown {
  if (!isPocketError(error, 'repository-exists')) return error
  const line = configLine(valuesToKeep(kept))
  return new PocketError(error.code, error.message, {
    hint: `to use it as it is, write this line into ${shortPath(named || defaultConfigFile())}: ${line}`,
    cause: error,
  })
}

/** The flags that say the same, for a shell. */
export function flagsFor(kept: Kept): string {
  const words = Object.entries(valuesToKeep(kept)).map(([key, value]) => {
    const flag = key === 'location' ? 'repository' : key.replaceAll('_', '-')
    if (typeof value === 'boolean') return value ? `--${flag}` : `--no-${flag}`
    return `--${flag} ${/^[\w@%+=:,./~-]+$/.test(String(value)) ? value : `'${String(value).replaceAll("'", "'\\''")}'`}`
  })
  return printable(words.join(' '))
}

function shortPath(path: string): string {
  return path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path
}
