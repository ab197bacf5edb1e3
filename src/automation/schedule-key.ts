import {createHash} from 'node:crypto'

/**
 * What a schedule is called in names of files and of the system's own things: its name, as far as that can stand there. Schedules of another config file than
 * the usual one have another key, so that two of a name do not meet.
 */
export function scheduleKey(name: string, suffix: string): string {
  const plain = name.replaceAll(/[^\w-]/g, '_').slice(0, 80)
  return `${plain === name ? plain : `${plain}-${shortHash(name)}`}${suffix}`
}

/** Empty for the usual config file; else it begins with a point, which the rest of a key has not. */
export function keySuffix(configPath: string, usualConfigPath: string): string {
  return configPath === usualConfigPath ? '' : `.${shortHash(configPath)}`
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
