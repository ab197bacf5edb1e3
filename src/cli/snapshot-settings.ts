/** What a snapshot is taken with, and where each of it comes from: a flag, else a variable, else the profile, else what holds for all. */
import {hostname} from 'node:os'
import type {Profile} from '../automation/profile.js'
import type {SnapshotOptions} from '../operations/take-snapshot.js'
import {LEVELS} from './prune-flags.js'
import {findSetting, readChoice, readCount, variableOf} from './settings.js'

/** A value, and what it is by. */
export interface Sourced<Value> {
  value: Value
  source: 'flag' | 'variable' | 'profile' | 'default'
  /** In words. */
  from: string
}

export interface SnapshotSettings {
  excludes: Sourced<readonly string[]>
  tags: Sourced<readonly string[]>
  host: Sourced<string>
  compression: Sourced<NonNullable<SnapshotOptions['compression']>>
  /** 0: one a core. */
  workers: Sourced<number>
}

export interface SnapshotSettingFlags {
  exclude?: readonly string[]
  tag?: readonly string[]
  host?: string
  compression?: string
  workers?: number
}

export const MOST_WORKERS = 256

/** Throws `usage` for variables that cannot be. A list of a flag takes the place of the one of the profile. */
export function snapshotSettings(flags: SnapshotSettingFlags, environment: NodeJS.ProcessEnv, profile?: Profile): SnapshotSettings {
  const variable = (name: string) => findSetting(name, {flags: {}, environment})
  // A tag has no comma; a pattern may have anything but a line break.
  const tags = environment[variableOf('tag')]?.split(',').filter((tag) => tag !== '')
  const excludes = environment[variableOf('exclude')]?.split('\n').filter((line) => line !== '')
  const pick = <Value>(name: string, values: (Value | undefined)[], byDefault: Value): Sourced<Value> => {
    const [flag, set, own] = values
    if (flag !== undefined) return {value: flag, source: 'flag', from: `--${name}`}
    if (set !== undefined) return {value: set, source: 'variable', from: variableOf(name)}
    if (own !== undefined) return {value: own, source: 'profile', from: `profile ${profile?.name}`}
    return {value: byDefault, source: 'default', from: 'default'}
  }
  const level = flags.compression as (typeof LEVELS)[number] | undefined
  return {
    excludes: pick<readonly string[]>('exclude', [flags.exclude, nonEmpty(excludes), nonEmpty(profile?.excludes)], []),
    tags: pick<readonly string[]>('tag', [flags.tag, nonEmpty(tags), nonEmpty(profile?.tags)], []),
    host: pick('host', [flags.host, environment[variableOf('host')] || undefined, profile?.host], hostname()),
    compression: pick('compression', [level, readChoice(variable('compression'), LEVELS), profile?.compression], 'auto'),
    workers: pick('workers', [flags.workers, readCount(variable('workers'), MOST_WORKERS), profile?.workers], 0),
  }
}

function nonEmpty<Item>(list: readonly Item[] | undefined): readonly Item[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}
