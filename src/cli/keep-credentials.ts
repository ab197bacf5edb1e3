/** Runs by a timer have none of the variables of whoever sits at the terminal: the credentials that only these give are kept in a file. */
import {dirname, join} from 'node:path'
import {PocketError} from '../errors.js'
import {exists} from '../util/exists.js'
import {findCredentialsFile} from './credentials-setting.js'
import {isBucketLocation} from './location.js'
import {defaultConfigFile} from './places.js'
import {findSetting} from './settings.js'
import {writePrivateFile} from './write-config.js'

export interface CredentialsRequest {
  location: string
  flags: Readonly<Record<string, unknown>>
  environment: NodeJS.ProcessEnv
  /** Of the config file, which the file of credentials lies beside. */
  configPath: string | undefined
}

/** Undefined where nothing is to be kept. Throws `usage` for credentials that end by themselves. */
export function credentialsToKeep({location, flags, environment}: CredentialsRequest): string | undefined {
  if (!isBucketLocation(location)) return undefined
  const {AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token} = environment
  const named = findCredentialsFile({flags, environment}) ?? findSetting('profile', {flags, environment})
  if (named !== undefined || !id || !secret) return undefined
  if (!token) return `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`
  throw new PocketError('usage', 'AWS_SESSION_TOKEN is set: these credentials end by themselves, and nightly runs would fail then', {
    hint: 'name others with --credentials-file or --profile',
  })
}

/** Writes them beside the config file, for their owner only; resolves with the file's path. Throws as `writeConfig`. */
export async function keepCredentials(text: string, {configPath}: CredentialsRequest): Promise<string> {
  const folder = dirname(configPath || defaultConfigFile())
  let path = join(folder, 'credentials')
  for (let number = 2; await exists(path); number++) path = join(folder, `credentials-${number}`)
  await writePrivateFile(path, text, `the file of credentials '${path}'`)
  return path
}
