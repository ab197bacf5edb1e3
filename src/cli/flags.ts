/** The flags that commands share. A flag beats the environment; its reading is in the file of what it is about. */
import {boolean, string} from '@oclif/core/flags'

export const outputFlags = {
  json: boolean({description: 'print JSON for programs', helpGroup: 'OUTPUT'}),
  quiet: boolean({char: 'q', description: 'print results, warnings and errors only', helpGroup: 'OUTPUT'}),
}

const REPOSITORY = {helpGroup: 'REPOSITORY'}

/** How the repository is opened. At most one of them. */
export const secretFlags = {
  'password-file': string({
    ...REPOSITORY,
    description: 'take the password from the first line of this file [env: POCKET_PASSWORD_FILE]',
    helpValue: 'PATH',
    exclusive: ['password-command', 'key-file'],
  }),
  'password-command': string({
    ...REPOSITORY,
    description: 'take the password from the first line that this shell command prints [env: POCKET_PASSWORD_COMMAND]',
    helpValue: 'COMMAND',
    exclusive: ['password-file', 'key-file'],
  }),
  'key-file': string({
    ...REPOSITORY,
    description: 'open with this key file [env: POCKET_KEY_FILE]',
    helpValue: 'PATH',
    exclusive: ['password-file', 'password-command'],
  }),
}

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

/** The secret that a key is made of, for `key add` and `key change`. At most one of them; none asks for a password. */
export const newSecretFlags = {
  'new-password-file': string({
    description: 'take the new password from the first line of this file',
    helpValue: 'PATH',
    exclusive: ['new-password-command', 'new-key-file', 'generate-key-file'],
  }),
  'new-password-command': string({
    description: 'take the new password from the first line that this shell command prints',
    helpValue: 'COMMAND',
    exclusive: ['new-password-file', 'new-key-file', 'generate-key-file'],
  }),
  'new-key-file': string({
    description: 'make the key of this key file',
    helpValue: 'PATH',
    exclusive: ['new-password-file', 'new-password-command', 'generate-key-file'],
  }),
  'generate-key-file': string({
    description: 'write a new key file here and make the key of it',
    helpValue: 'PATH',
    exclusive: ['new-password-file', 'new-password-command', 'new-key-file'],
  }),
}

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
