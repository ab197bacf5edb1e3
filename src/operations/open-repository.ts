/** Opens or makes a repository at a location. */
import type {Backend} from '../backend/backend.js'
import {isPocketError, PocketError} from '../errors.js'
import {toHex} from '../util/bytes.js'
import {keepPoolAwake} from '../util/wake-pool.js'
import {refuseForeignFolder} from './local-folder.js'
import {createBackend, openBackend, placeOf} from './open-backend.js'
import type {Reach} from './reach.js'
import {type StorageTest, tryBackend} from './test-storage.js'
import {createRepository} from '../repository/create.js'
import type {Secret} from '../repository/key-store.js'
import {type OpenOptions, openRepositoryOn} from '../repository/open.js'
import type {OnWarning, Repository} from '../repository/repository.js'

export type {OnWarning, Repository, Secret}

export interface InitOptions {
  location: string
  /** `none` makes a repository without encryption. */
  secret: Secret
  /** A name for the key, for people. */
  label?: string
  reach?: Reach
  /** Asked when the bucket is not there: whether to make it. It is not made unless this says so. */
  createBucket?: () => Promise<boolean>
  /** Told of a bucket that has been made, whatever happens after. */
  onBucketMade?: (bucket: string) => void
  /** Called before that is written which makes it a repository: an error before says that there is none, one after it does not. */
  onCommit?: () => void
  /** What `testStorage` found there just now: then it is not tried again. */
  tested?: StorageTest
  /** Told of what is odd and did not matter, such as a wrong clock. */
  onWarning?: OnWarning
}

export interface InitResult {
  location: string
  repositoryId: string
  isEncrypted: boolean
  keyId?: string
}

export interface OpenRepositoryOptions {
  location: string
  /** Or how to get it, asked only when the repository is encrypted. */
  secret: Secret | (() => Promise<Secret>)
  /**
   * Refuses a repository without encryption. Set it where a secret has been configured: otherwise whoever holds the storage could put an
   * open repository in the place of a sealed one, and be sent everything in plain.
   */
  expectsEncryption?: boolean
  /** The folder that holds the local caches of all repositories; undefined for none. */
  cacheDirectory?: string
  /** Told of damaged objects that were stepped over, and of a cache that cannot be used. */
  onWarning?: OnWarning
  reach?: Reach
  /** As of `openRepositoryOn`. */
  whileUnlocking?: OpenOptions['whileUnlocking']
}

/** Makes a repository. Throws `repository-exists`, `not-a-repository` for a folder of other things, `usage` for a location that is not supported, and the backend's errors. */
export async function initRepository({
  location,
  secret,
  label,
  reach = {},
  createBucket,
  onBucketMade,
  onCommit,
  tested,
  onWarning = ignoreWarning,
}: InitOptions): Promise<InitResult> {
  const place = placeOf(location)
  if (place.type === 'folder') await refuseForeignFolder(place.directory)
  const backend = await (tested
    ? openBackend(location, {reach, onWarning})
    : createBackend(location, {reach, onWarning, createBucket, onBucketMade}))
  try {
    const support = place.type === 's3' ? (tested?.conditionalCreate ?? (await tryBackend(backend, undefined))) : undefined
    if (support) backend.conditionalCreate?.assume(support)
    const {config, keyId} = await createRepository(backend, secret, {label, onCommit})
    return {location: backend.location, repositoryId: toHex(config.repositoryId), isEncrypted: secret.type !== 'none', keyId}
  } finally {
    await backend.close()
  }
}

/** Opens a repository; close it when done. Throws as `openRepositoryOn` says. */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  keepPoolAwake()
  const {location, secret, cacheDirectory, onWarning = ignoreWarning, reach = {}, whileUnlocking} = options
  const backend = await openBackend(location, {reach, onWarning})
  const ask = typeof secret === 'function' ? secret : () => Promise.resolve(secret)
  const repository = await openOn(backend, {secret: ask, cacheDirectory, onWarning, whileUnlocking})
  const expectsEncryption = options.expectsEncryption ?? (typeof secret !== 'function' && secret.type !== 'none')
  if (!repository.isEncrypted && expectsEncryption) {
    await repository.close()
    throw new PocketError(
      'authentication-failed',
      `the repository at '${backend.location}' is not encrypted, though a secret is given for it`,
      {
        hint: 'if that is as it should be, leave the password or key out; if not, somebody has put another repository there',
      },
    )
  }
  return repository
}

async function openOn(backend: Backend, options: OpenOptions): Promise<Repository> {
  try {
    return await openRepositoryOn(backend, options)
  } catch (error) {
    await backend.close()
    const place = placeOf(backend.location)
    if (isPocketError(error, 'repository-missing') && place.type === 'folder') await refuseForeignFolder(place.directory)
    throw error
  }
}

/** A caller that wants to know gives `onWarning`; what was stepped over shows in results all the same. */
function ignoreWarning(): void {}
