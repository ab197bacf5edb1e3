/**
 * What can be set, and where its value comes from: a flag, else a variable, else the config file. One row a setting; its flag `--lock-days` has the
 * variable `POCKET_LOCK_DAYS` and in the config file the key `lock_days`.
 */
import {PocketError} from '../errors.js'
import {refuseSecretIn} from './location.js'
import type {Rate} from '../util/rate-timetable.js'
import {parseRates} from './parse-rates.js'
import {parseSize} from './parse-size.js'

/** How a value is read: `rate` is bytes a second or a timetable of them, `path` a file of this machine. */
export type SettingKind = 'text' | 'path' | 'url' | 'boolean' | 'count' | 'size' | 'rate' | readonly string[]

export const ENCRYPTIONS = ['AES256', 'aws:kms'] as const
export const LOCK_MODES = ['governance', 'compliance'] as const

/** How fast bytes go to and come from wherever the repository is. */
export const RATE_SETTINGS = {'limit-upload': 'rate', 'limit-download': 'rate'} as const satisfies Record<string, SettingKind>

/** How a bucket is reached. */
export const REACH_SETTINGS = {
  endpoint: 'url',
  region: 'text',
  profile: 'text',
  'credentials-file': 'path',
  'path-style': 'boolean',
  'ca-file': 'path',
  'insecure-tls': 'boolean',
  connections: 'count',
  gap: 'size',
  'sse-customer-key-file': 'path',
  'price-table': 'path',
} as const satisfies Record<string, SettingKind>

/** What is asked of the server for what is stored in a bucket. */
export const STORE_SETTINGS = {
  'storage-class': 'text',
  'server-side-encryption': ENCRYPTIONS,
  'sse-kms-key-id': 'text',
  'lock-days': 'count',
  'lock-mode': LOCK_MODES,
} as const satisfies Record<string, SettingKind>

/** What means nothing for a folder of this machine. */
export const BUCKET_SETTINGS = {...REACH_SETTINGS, ...STORE_SETTINGS}

export const SETTINGS = {...RATE_SETTINGS, ...BUCKET_SETTINGS}

export type SettingName = keyof typeof SETTINGS

/** A value of the config file. */
export type ConfigValue = string | number | boolean

/** What the config file says of one repository. */
export interface ConfiguredValues {
  path: string
  values: Readonly<Record<string, ConfigValue>>
  /** The tables of the keys that do not stand in `[repository]`. */
  tables?: Readonly<Record<string, string>>
}

/** Where settings are looked for, in this order. */
export interface SettingSources {
  /** As the command's parser gives them. */
  flags: Readonly<Record<string, unknown>>
  environment: NodeJS.ProcessEnv
  /** If it is about this repository. */
  config?: ConfiguredValues
}

/** A value that was found; `from` names its place in messages. */
export interface Given {
  value: ConfigValue
  from: string
}

export function variableOf(name: string): string {
  return `POCKET_${name.toUpperCase().replaceAll('-', '_')}`
}

export function keyOf(name: string): string {
  return name.replaceAll('-', '_')
}

/** The first of flag, variable and config file that sets `name`. An empty variable counts as unset. */
export function findSetting(name: string, {flags, environment, config}: SettingSources): Given | undefined {
  const flag = flags[name]
  if (typeof flag === 'string' || typeof flag === 'boolean') return {value: flag, from: `--${name}`}
  const variable = environment[variableOf(name)]
  if (variable) return {value: variable, from: variableOf(name)}
  const value = config?.values[keyOf(name)]
  return config === undefined || value === undefined ? undefined : {value, from: placeOfKey(keyOf(name), config)}
}

/** Where a key of the config file stands, for messages. */
export function placeOfKey(key: string, {path, tables}: Pick<ConfiguredValues, 'path' | 'tables'>): string {
  const table = tables?.[key]
  return table === undefined ? `'${key}' of ${path}` : `'${key}' in [${table}] of ${path}`
}

export function readText(given: Given | undefined): string | undefined {
  if (given === undefined) return undefined
  if (given.value !== '') return String(given.value)
  throw new PocketError('usage', `${given.from} is empty`, {hint: 'give a value, or leave it out'})
}

/** A URL of http or https. Throws `usage`, and never repeats a secret that it holds. */
export function readUrl(given: Given | undefined): string | undefined {
  const text = readText(given)
  if (given === undefined || text === undefined) return undefined
  refuseSecretIn(text, given.from)
  if (/^https?:\/\/[^/]/i.test(text) && URL.canParse(text)) return text
  throw new PocketError('usage', `'${text}' is not the URL of a server, in ${given.from}`, {
    hint: `write 'https://${/^[\w.:-]+$/.test(text) ? text : 's3.example.org'}'`,
  })
}

const TRUE = new Set(['1', 'true', 'yes', 'on'])
const FALSE = new Set(['0', 'false', 'no', 'off'])

export function readBoolean(given: Given | undefined): boolean | undefined {
  if (given === undefined || typeof given.value === 'boolean') return given?.value as boolean | undefined
  const word = String(given.value).toLowerCase()
  if (TRUE.has(word) || FALSE.has(word)) return TRUE.has(word)
  throw new PocketError('usage', `'${given.value}' is neither true nor false, in ${given.from}`, {hint: "write 'true' or 'false'"})
}

/** A whole number from 1 to `most`. */
export function readCount(given: Given | undefined, most: number): number | undefined {
  if (given === undefined) return undefined
  const count = /^\d+$/.test(String(given.value)) ? Number(given.value) : 0
  if (count >= 1 && count <= most) return count
  throw new PocketError('usage', `'${given.value}' is not a whole number from 1 to ${most}, in ${given.from}`)
}

export function readSize(given: Given | undefined): number | undefined {
  return given && parseSize(String(given.value), given.from)
}

export function readRate(given: Given | undefined): Rate | undefined {
  return given && parseRates(String(given.value), given.from)
}

export function readChoice<Choice extends string>(given: Given | undefined, choices: readonly Choice[]): Choice | undefined {
  if (given === undefined) return undefined
  const choice = choices.find((each) => each.toLowerCase() === String(given.value).toLowerCase())
  if (choice !== undefined) return choice
  throw new PocketError('usage', `'${given.value}' is none of ${choices.join(', ')}, in ${given.from}`)
}
