/** The flags that commands share. A flag beats the environment; its reading is in the file of what it is about. */
import {boolean, string} from '@oclif/core/flags'
import {ENCRYPTIONS, LOCK_MODES} from './settings.js'

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
    description: 'folder, or s3://BUCKET/PREFIX; without it, the one of the config file, or the embedded one',
    env: 'POCKET_REPOSITORY',
    helpValue: 'LOCATION',
  }),
}

export const configFlags = {
  config: string({
    ...REPOSITORY,
    description: 'take settings from this file instead of the usual one',
    env: 'POCKET_CONFIG',
    helpValue: 'PATH',
  }),
}

export const profileFlags = {
  'use-profile': string({
    ...REPOSITORY,
    char: 'P',
    description: 'what this profile of the config file says [default: the default profile]',
    env: 'POCKET_USE_PROFILE',
    helpValue: 'NAME',
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

export const rateFlags = {
  'limit-upload': string({
    ...REPOSITORY,
    description: "send at most so much a second, such as 10M, or by the clock: '08:00,2M 18:00,off'",
    helpValue: 'RATE',
  }),
  'limit-download': string({...REPOSITORY, description: 'receive at most so much a second, or by the clock', helpValue: 'RATE'}),
}

/** Flags of this group are shown in short by most commands, and in full by `pocket help s3`. */
export const BUCKET_GROUP = 'S3'
const S3 = {helpGroup: BUCKET_GROUP}

/** How a server of buckets is reached. */
export const serverFlags = {
  endpoint: string({...S3, description: "URL of the server [default: Amazon's]", helpValue: 'URL'}),
  region: string({...S3, description: 'region [default: found by itself]', helpValue: 'NAME'}),
  profile: string({...S3, description: 'profile of ~/.aws/config and ~/.aws/credentials', helpValue: 'NAME'}),
  'credentials-file': string({...S3, description: 'file with lines AWS_ACCESS_KEY_ID=…, AWS_SECRET_ACCESS_KEY=…', helpValue: 'PATH'}),
  'ca-file': string({...S3, description: 'trust the authorities of this PEM file too', helpValue: 'PATH'}),
  'insecure-tls': boolean({...S3, description: 'do not check the certificate of the server'}),
}

/** How a repository in a bucket is reached. */
export const bucketFlags = {
  ...serverFlags,
  'path-style': boolean({...S3, allowNo: true, description: 'https://server/bucket, not https://bucket.server [default: by the server]'}),
  connections: string({...S3, description: 'requests at a time, at most', helpValue: 'COUNT'}),
  gap: string({...S3, description: 'read over gaps up to so large, rather than ask twice', helpValue: 'SIZE'}),
  'sse-customer-key-file': string({...S3, description: 'have the server encrypt with the 32 bytes in this file', helpValue: 'PATH'}),
}

/** What is asked of the server for what a command stores in a bucket. */
export const storeFlags = {
  'server-side-encryption': string({
    ...S3,
    description: 'have the server encrypt',
    helpValue: ENCRYPTIONS.join('|'),
    options: [...ENCRYPTIONS],
  }),
  'sse-kms-key-id': string({...S3, description: "key of the server's key service", helpValue: 'ID'}),
  'lock-days': string({...S3, description: 'protect what is stored for so many days (object lock)', helpValue: 'COUNT'}),
  'lock-mode': string({
    ...S3,
    description: 'may some lift that [default], or nobody',
    helpValue: LOCK_MODES.join('|'),
    options: [...LOCK_MODES],
  }),
}

/** For commands that store packs of data. */
export const storageClassFlags = {
  'storage-class': string({...S3, description: 'class of packs of data, such as STANDARD_IA', helpValue: 'NAME'}),
}

/** For commands that say what requests cost. */
export const priceFlags = {
  'price-table': string({...S3, description: 'prices of this TOML or JSON file, for other servers', helpValue: 'PATH'}),
}

/** Everything that a command needs to open a repository. */
export const repositoryFlags = {
  ...outputFlags,
  ...locationFlags,
  ...configFlags,
  ...profileFlags,
  ...secretFlags,
  ...cacheFlags,
  'no-cache': boolean({...REPOSITORY, description: 'keep no local cache'}),
  ...rateFlags,
  ...bucketFlags,
}

/** How another repository is opened, that something is taken from. None takes the secret of the repository itself. */
export const otherSecretFlags = atMostOne({
  'from-password-file': string({
    description: 'take the password of the other repository from the first line of this file [env: POCKET_FROM_PASSWORD_FILE]',
    helpValue: 'PATH',
  }),
  'from-password-command': string({
    description: 'take it from the first line that this shell command prints [env: POCKET_FROM_PASSWORD_COMMAND]',
    helpValue: 'COMMAND',
  }),
  'from-key-file': string({description: 'its key is in this file [env: POCKET_FROM_KEY_FILE]', helpValue: 'PATH'}),
})

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

export interface OtherSecretFlags {
  'from-password-file'?: string
  'from-password-command'?: string
  'from-key-file'?: string
}

export interface ProfileFlags {
  config?: string
  'use-profile'?: string
}

export interface LocationFlags extends ProfileFlags {
  repository?: string
}

/** The flags of buckets are read by their names: see `findSetting`. */
export interface RepositoryFlags extends OutputFlags, SecretFlags, LocationFlags {
  'cache-directory'?: string
  'no-cache': boolean
}
