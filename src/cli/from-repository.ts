/**
 * A second repository, which a command only reads from: `--from`, and how it is opened. Its secret has flags and variables of its own;
 * everything else, such as how buckets are reached, holds for both.
 */
import {string} from '@oclif/core/flags'
import type {Repository} from '../operations/open-repository.js'
import {chooseRepository} from './chosen-repository.js'
import {type OtherSecretFlags, otherSecretFlags, type RepositoryFlags} from './flags.js'
import {isBucketLocation} from './location.js'
import {type UseOptions, withRepository} from './open-repository.js'
import {BUCKET_SETTINGS} from './settings.js'

export const fromFlags = {
  from: string({description: 'the repository to read from: folder, or s3://BUCKET/PREFIX', helpValue: 'LOCATION'}),
  ...otherSecretFlags,
}

export interface FromFlags extends OtherSecretFlags {
  from?: string
}

/** Opens the repository of `--from`, or else the chosen one, hands it to `use` and closes it whatever happens. Throws what `withRepository` throws. */
export async function withFromRepository<Result>(
  flags: RepositoryFlags & FromFlags,
  use: (repository: Repository) => Promise<Result>,
  options: UseOptions = {},
): Promise<Result> {
  return withRepository({...flags, repository: flags.from ?? flags.repository}, use, {...options, isOther: true, isWriting: false})
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
