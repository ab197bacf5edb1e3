/** The flags that commands share. A flag beats the environment; its reading is in the file of what it is about. */
import {boolean, string} from '@oclif/core/flags'

export const outputFlags = {
  json: boolean({description: 'print JSON for programs', helpGroup: 'OUTPUT'}),
  quiet: boolean({char: 'q', description: 'print results, warnings and errors only', helpGroup: 'OUTPUT'}),
}

const REPOSITORY = {helpGroup: 'REPOSITORY'}

/** Makes each of `flags` refuse all the others. */
export function atMostOne<Flags extends Record<string, {exclusive?: unknown}>>(flags: Flags): Flags {
  const names = Object.keys(flags)
  const exclusive = Object.entries(flags).map(([name, flag]) => [name, {...flag, exclusive: names.filter((other) => other !== name)}])
  return Object.fromEntries(exclusive) as Flags
}

const SECRETS = {
  'password-file': string({
    ...REPOSITORY,
    description: 'take the password from the first line of this file [env: POCKET_PASSWORD_FILE]',
    helpValue: 'PATH',
  }),
  'password-command': string({
    ...REPOSITORY,
    description: 'take the password from the first line that this shell command prints [env: POCKET_PASSWORD_COMMAND]',
    helpValue: 'COMMAND',
  }),
  'key-file': string({
    ...REPOSITORY,
    description: 'the key is in this file [env: POCKET_KEY_FILE]',
    helpValue: 'PATH',
  }),
}

/** How the repository is opened. */
export const secretFlags = atMostOne(SECRETS)

export const locationFlags = {
  repository: string({
    ...REPOSITORY,
    char: 'r',
    description: 'folder of the repository; without it, the embedded one',
    env: 'POCKET_REPOSITORY',
    helpValue: 'LOCATION',
  }),
}

export const cacheFlags = {
  'cache-directory': string({
    ...REPOSITORY,
    description: 'keep the local cache here',
    env: 'POCKET_CACHE_DIRECTORY',
    helpValue: 'DIRECTORY',
  }),
}

/** Everything that a command needs to open a repository. */
export const repositoryFlags = {
  ...outputFlags,
  ...locationFlags,
  ...secretFlags,
  ...cacheFlags,
  'no-cache': boolean({...REPOSITORY, description: 'keep no local cache'}),
}

/** The secret that a key is made of, for `key add` and `key change`. None asks for a password. */
export const newSecretFlags = atMostOne({
  'new-password-file': string({
    description: 'take the new password from the first line of this file',
    helpValue: 'PATH',
  }),
  'new-password-command': string({
    description: 'take the new password from the first line that this shell command prints',
    helpValue: 'COMMAND',
  }),
  'new-key-file': string({
    description: 'make the key of this key file',
    helpValue: 'PATH',
  }),
  'generate-key-file': string({
    description: 'write a new key file here and make the key of it',
    helpValue: 'PATH',
  }),
})

export interface OutputFlags {
  json: boolean
  quiet: boolean
}

export interface SecretFlags {
  'password-file'?: string
  'password-command'?: string
  'key-file'?: string
}

export interface NewSecretFlags {
  'new-password-file'?: string
  'new-password-command'?: string
  'new-key-file'?: string
  'generate-key-file'?: string
}

export interface RepositoryFlags extends OutputFlags, SecretFlags {
  repository?: string
  'cache-directory'?: string
  'no-cache': boolean
}
