/** The text of a profile that is saved every night, as `pocket init` writes it into the config file. */
import {tomlText} from '../toml-text.js'

/** Who is told when something is wrong. */
export interface AlarmTarget {
  type: 'ping' | 'webhook' | 'desktop' | 'command'
  /** URL or command. */
  value: string
}

export interface NightlyProfile {
  name: string
  /** Absolute. */
  folders: readonly string[]
  alarms: readonly AlarmTarget[]
  /** Local time, `02:00`. */
  at: string
}

/** Lines of TOML, with what they are for. */
export function profileLines({name, folders, alarms, at}: NightlyProfile): string[] {
  return [
    '',
    `# What 'pocket snapshot' saves when nothing is named, and 'pocket schedule' by itself.`,
    `[profiles.${name}]`,
    `paths = [${folders.map(tomlText).join(', ')}]`,
    `# Patterns as in .gitignore.`,
    '# exclude = ["node_modules", ".cache", "*.tmp"]',
    '',
    '# What each run forgets, and the space of it is given back once a week (prune = false never does).',
    `[profiles.${name}.retention]`,
    'keep_last = 3',
    'keep_daily = 7',
    'keep_weekly = 5',
    'keep_monthly = 12',
    'keep_yearly = 5',
    '',
    '# After each run a part of the repository is read and verified: all of it within max_age.',
    `[profiles.${name}.check]`,
    'max_age = "30d"',
    'max_duration = "5m"',
    '',
    `# Installed by 'pocket schedule add'; 'pocket schedule list' shows when it runs next.`,
    `[profiles.${name}.schedule]`,
    `daily_at = ${tomlText(at)}`,
    'jitter = "10m"',
    '',
    '# Told when a run fails, when nothing has succeeded for three days, and when far more has changed than ever before.',
    `[profiles.${name}.alarms]`,
    ...alarmLines(alarms),
  ]
}

function alarmLines(alarms: readonly AlarmTarget[]): string[] {
  if (alarms.length === 0) return ['# ping = "https://hc-ping.com/…"', '# webhook = "https://…"', '# desktop = true']
  const of = (type: AlarmTarget['type']): string[] => alarms.filter((alarm) => alarm.type === type).map(({value}) => tomlText(value))
  const lists = (['ping', 'webhook', 'command'] as const).flatMap((type) =>
    of(type).length === 0 ? [] : [`${type} = [${of(type).join(', ')}]`],
  )
  return of('desktop').length === 0 ? lists : [...lists, 'desktop = true']
}
