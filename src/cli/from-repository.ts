/**
 * A second repository, which a command only reads from: `--from`, and how it is opened. Its secret has flags and variables of its own;
 * everything else, such as how buckets are reached, holds for both.
 */
import {string} from '@oclif/core/flags'
import type {Repository} from '../operations/open-repository.js'
import {chooseRepository} from './chosen-repository.js'
import {atMostOne, type FromSecretFlags, type RepositoryFlags} from './flags.js'
import {isBucketLocation} from './location.js'
import {type UseOptions, withRepository} from './open-repository.js'
import {BUCKET_SETTINGS} from './settings.js'

const GROUP = {helpGroup: 'SOURCE'}

const FROM_SECRETS = atMostOne({
  'from-password-file': string({
    ...GROUP,
    description: 'take its password from the first line of this file [env: POCKET_FROM_PASSWORD_FILE]',
    helpValue: 'PATH',
  }),
  'from-password-command': string({
    ...GROUP,
    description: 'take its password from the first line that this shell command prints [env: POCKET_FROM_PASSWORD_COMMAND]',
    helpValue: 'COMMAND',
  }),
  'from-key-file': string({...GROUP, description: 'its key is in this file [env: POCKET_FROM_KEY_FILE]', helpValue: 'PATH'}),
})

export const fromFlags = {
  from: string({...GROUP, description: 'the repository to read from: folder, or s3://BUCKET/PREFIX', helpValue: 'LOCATION'}),
  ...FROM_SECRETS,
}

export interface FromFlags extends FromSecretFlags {
  from?: string
}

/** Opens the repository of `--from`, or else the chosen one, hands it to `use` and closes it whatever happens. Throws what `withRepository` throws. */
export async function withFromRepository<Result>(
  flags: RepositoryFlags & FromFlags,
  use: (repository: Repository) => Promise<Result>,
  options: UseOptions = {},
): Promise<Result> {
  return withRepository({...flags, repository: flags.from ?? flags.repository}, use, {...options, secretOf: 'from', isWriting: false})
}

/**
 * `flags` for one of two repositories: those of buckets are left out for a folder when the other is a bucket, since they are meant for that.
 * `other`: the flags as they choose the other one.
 */
export async function flagsBeside<Flags extends RepositoryFlags>(flags: Flags, other: RepositoryFlags): Promise<Flags> {
  const [own, others] = [(await chooseRepository(flags)).location, (await chooseRepository(other)).location]
  const isBucket = (location: string | undefined): boolean => location !== undefined && isBucketLocation(location)
  if (isBucket(own) || !isBucket(others)) return flags
  return {...flags, ...Object.fromEntries(Object.keys(BUCKET_SETTINGS).map((name) => [name, undefined]))}
}
