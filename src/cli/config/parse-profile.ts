/** A profile as `[profiles.NAME]` of the config file says it, with what `[defaults]` says where it says nothing. */
import type {AlarmSettings, CheckStep, Profile, PruneStep, Retention, WatchSettings} from '../../automation/profile.js'
import type {ConfigFile} from '../config-file.js'
import {parseGrace} from '../parse-grace.js'
import {parseSize} from '../parse-size.js'
import {parseSpan} from '../parse-span.js'
import {parseUnused} from '../parse-unused.js'
import {parseGrouping, policyFlags, policyOf} from '../policy-flags.js'
import {LEVELS} from '../prune-flags.js'
import {isTable, type TomlTable} from '../read-toml.js'
import {keyOf} from '../settings.js'
import {parseAlarms} from './parse-alarms.js'
import {parseHooks} from './parse-hooks.js'
import {parseSchedules} from './parse-schedules.js'
import {TableReader} from './table-reader.js'

const DAY_MS = 86_400_000
const MOST_WORKERS = 256

/** What holds where neither the profile nor `[defaults]` says anything. */
export const PROFILE_DEFAULTS = {
  prune: {every: '7d'},
  check: {every: '1d', max_duration: '5m', max_age: '30d'},
  hooks: {timeout: '10m'},
  alarms: {on: ['failure', 'silence', 'odd'], repeat: '1d', silence: '3d'},
  watch: {quiet: '5s', longest_wait: '5m', full_walk: '1d'},
  schedule: {task: 'snapshot', catch_up: true, low_priority: true},
} as const

/** Keys of a profile that `[defaults]` cannot have: they are about one set of folders. */
const OWN = ['paths', 'repository', 'schedule', 'schedules']

/** Throws `usage` for what is wrong in the table of `name`, or in `[defaults]`. */
export async function parseProfile(config: ConfigFile, name: string): Promise<Profile> {
  const {path, defaults} = config
  const own = config.profiles.get(name) ?? {}
  const shared = new TableReader(defaults, {path, name: 'defaults'})
  for (const key of OWN) if (shared.has(key)) throw shared.wrong(key, 'is of one profile', `write it in [profiles.${name}]`)
  // By itself first, so that what is wrong in it is said to be there.
  readShared(shared)
  shared.finish()
  const reader = new TableReader(withDefaults(own, defaults), {path, name: `profiles.${name}`})
  const profile = {name, ...readShared(reader), ...(await readOwn(reader))}
  reader.finish()
  return profile
}

/** `own`, and what of `defaults` it says nothing about, table by table. */
export function withDefaults(own: TomlTable, defaults: TomlTable): TomlTable {
  const merged: Record<string, unknown> = {...own}
  for (const [key, value] of Object.entries(defaults)) {
    const mine = own[key]
    if (mine === undefined) merged[key] = value
    else if (isTable(mine) && isTable(value)) merged[key] = withDefaults(mine, value)
  }
  return merged
}

async function readOwn(reader: TableReader): Promise<Pick<Profile, 'paths' | 'schedules'>> {
  const paths = reader.files('paths')
  if (paths === undefined || paths.length === 0) {
    throw reader.wrong('paths', 'names nothing to save', `write paths = ["~/Documents"], or more of them`)
  }
  // Where it is, is read for itself: see `repositoryOf`.
  reader.table('repository')
  return {paths, schedules: await parseSchedules(reader)}
}

function readShared(reader: TableReader): Omit<Profile, 'name' | 'paths' | 'schedules'> {
  reader.table('limits')
  const tags = reader.texts('tags') ?? []
  const odd = tags.find((tag) => tag.includes(','))
  if (odd !== undefined) throw reader.wrong('tags', `has '${odd}', which has a comma`, "write each tag for itself: ['one', 'two']")
  return {
    excludes: reader.texts('exclude') ?? [],
    tags,
    host: reader.text('host'),
    compression: reader.choice('compression', LEVELS),
    workers: reader.count('workers', MOST_WORKERS),
    retention: readRetention(reader.table('retention')),
    prune: reader.isOff('prune') ? undefined : readPrune(reader.table('prune')),
    check: reader.isOff('check') ? undefined : readCheck(reader.table('check')),
    hooks: parseHooks(reader.table('hooks')),
    alarms: readAlarms(reader.table('alarms')),
    watch: readWatch(reader.table('watch')),
  }
}

function readRetention(reader: TableReader | undefined): Retention | undefined {
  if (reader === undefined) return undefined
  const flags: Record<string, string | string[] | undefined> = {}
  for (const name of Object.keys(policyFlags)) {
    const isList = name === 'keep-tag' || name === 'keep-id'
    flags[name] = isList ? reader.texts(keyOf(name)) : reader.parsed(keyOf(name), (text) => text)
  }
  const parsed = policyOf(flags, (name) => reader.from(keyOf(name)))
  const grouping = reader.parsed('group_by', parseGrouping)
  reader.finish()
  return parsed && {policy: parsed.policy, keepBytes: parsed.keepBytes, grouping}
}

function readPrune(reader: TableReader | undefined): PruneStep {
  const step = {
    everyMs: spanIn(reader, 'every') ?? parseSpan(PROFILE_DEFAULTS.prune.every, 'prune'),
    graceMs: reader?.parsed('grace', parseGrace),
    maxUnused: reader?.parsed('max_unused', parseUnused),
    maxRepackBytes: reader?.parsed('max_repack', parseSize),
  }
  reader?.finish()
  return step
}

function readCheck(reader: TableReader | undefined): CheckStep {
  const readsData = reader?.boolean('read_data') ?? true
  const maxAgeMs = spanIn(reader, 'max_age') ?? 30 * DAY_MS
  const step = {
    everyMs: spanIn(reader, 'every') ?? DAY_MS,
    maxAgeMs: readsData ? maxAgeMs : undefined,
    maxDurationMs: spanIn(reader, 'max_duration') ?? parseSpan(PROFILE_DEFAULTS.check.max_duration, 'check'),
  }
  reader?.finish()
  return step
}

function readAlarms(reader: TableReader | undefined): AlarmSettings {
  return parseAlarms(reader, PROFILE_DEFAULTS.alarms)
}

function readWatch(reader: TableReader | undefined): WatchSettings {
  const {quiet, longest_wait: longest, full_walk: full} = PROFILE_DEFAULTS.watch
  const settings = {
    quietMs: spanIn(reader, 'quiet') ?? parseSpan(quiet, 'watch'),
    longestWaitMs: spanIn(reader, 'longest_wait') ?? parseSpan(longest, 'watch'),
    fullWalkMs: spanIn(reader, 'full_walk') ?? parseSpan(full, 'watch'),
  }
  reader?.finish()
  return settings
}

function spanIn(reader: TableReader | undefined, key: string): number | undefined {
  return reader?.parsed(key, parseSpan)
}
