/** Makes the repository that `pocket init` was asked for, by flags or by answers. */
import {unlink} from 'node:fs/promises'
import {isAbsolute, relative, resolve} from 'node:path'
import {isPocketError, PocketError} from '../errors.js'
import type {InitOptions, InitResult, Secret} from '../operations/open-repository.js'
import type {StorageTest, StorageTestOptions} from '../operations/test-storage.js'
import {isBucketLocation} from './location.js'
import {printable} from './printable.js'
import type {Questions} from './questions.js'
import {newSecret, readSecret, requireTerminal, type SecretSource} from './secret.js'

/** What the new repository is encrypted under. */
export type NewSecret =
  | {kind: 'none'}
  | {kind: 'generated'; path: string}
  /** Of the source, or asked for on the terminal. */
  | {kind: 'source'; source: SecretSource | undefined}
  | {kind: 'given'; secret: Secret; keyFile: string}

export interface MakeOptions extends Pick<InitOptions, 'reach' | 'label' | 'createBucket' | 'onBucketMade' | 'onWarning'> {
  location: string
  secret: NewSecret
  /** What was found when the place was tried already. */
  tested?: StorageTest
}

/** What of a new repository's secret may be written down: where it is. */
export function sourceOf(secret: NewSecret): SecretSource | undefined {
  if (secret.kind === 'generated') return {kind: 'key-file', path: secret.path, from: secret.path}
  return secret.kind === 'source' ? secret.source : undefined
}

export interface MadeRepository extends InitResult {
  /** That opens it, when it is Pocket's own making. */
  keyFile: string | undefined
}

/**
 * What can be known of the secret is known first; then the place is tried, a bucket being made for it; then a password is asked for, since nobody
 * is to type one for a place that cannot be used. A key file that was generated for a repository that was not made is removed.
 */
export async function makeRepository({location, secret, tested: known, ...options}: MakeOptions): Promise<MadeRepository> {
  const given = await secretBeforehand(secret, location)
  const tested = isBucketLocation(location) ? (known ?? (await tryStorage({location, ...options}))) : undefined
  const {initRepository} = await import('../operations/open-repository.js')
  const resolved = given ?? (await resolveSecret(secret))
  let mayBeMade = false
  const onCommit = (): void => void (mayBeMade = true)
  try {
    const result = await initRepository({location, secret: resolved, tested, onCommit, ...options})
    return {...result, keyFile: keyFileOf(secret)}
  } catch (error) {
    throw secret.kind === 'generated' ? await withoutUnusedKey(error, secret.path, mayBeMade) : error
  }
}

/** Undefined for what is made or asked for later. Throws what would then be thrown, as far as that can be known. */
async function secretBeforehand(secret: NewSecret, location: string): Promise<Secret | undefined> {
  if (secret.kind === 'generated') {
    refuseInside(secret.path, location)
    const {tryKeyFilePlace} = await import('../operations/key-file.js')
    await tryKeyFilePlace(secret.path)
  }
  if (secret.kind !== 'source') return undefined
  if (secret.source !== undefined) return readSecret(secret.source)
  requireTerminal()
  return undefined
}

/** `failure`, once the key file that was generated has been removed; or saying that it stays, because the repository may be there. */
async function withoutUnusedKey(failure: unknown, path: string, mayBeMade: boolean): Promise<unknown> {
  if (mayBeMade && !isPocketError(failure, 'repository-exists')) {
    return withHint(failure, `the key file '${path}' stays where it is, since the repository may have been made: see with 'pocket list'`)
  }
  try {
    await unlink(path)
    return failure
  } catch {
    return withHint(failure, `the key file '${path}' could not be removed, and opens nothing`)
  }
}

function withHint(error: unknown, more: string): unknown {
  if (!isPocketError(error)) return error
  const hint = error.hint === undefined ? more : `${error.hint}; ${more}`
  return new PocketError(error.code, error.message, {hint, retryable: error.retryable, cause: error})
}

/** Whether to make a bucket that is missing: as the flag says, else whoever sits at the terminal, else not. */
export function bucketMaker(
  location: string,
  {flag, questions}: {flag: boolean; questions: Questions | undefined},
): () => Promise<boolean> {
  let isWanted = flag ? Promise.resolve(true) : undefined
  return () => {
    isWanted ??= questions?.confirm(`there is no bucket for ${printable(location)} yet: make it?`, true) ?? Promise.resolve(false)
    return isWanted
  }
}

async function tryStorage(options: StorageTestOptions): Promise<StorageTest> {
  const {testStorage} = await import('../operations/test-storage.js')
  return testStorage(options)
}

async function resolveSecret(secret: NewSecret): Promise<Secret> {
  switch (secret.kind) {
    case 'none':
      return {type: 'none'}
    case 'generated':
      return newSecret(undefined, secret.path)
    case 'source':
      return newSecret(secret.source, undefined)
    case 'given':
      return secret.secret
  }
}

function keyFileOf(secret: NewSecret): string | undefined {
  return secret.kind === 'generated' ? secret.path : secret.kind === 'given' ? secret.keyFile : undefined
}

/** Whoever gets at the repository must not get its key with it. */
function refuseInside(keyFile: string, location: string): void {
  if (isBucketLocation(location)) return
  const path = relative(resolve(location), resolve(keyFile))
  if (path.startsWith('..') || isAbsolute(path)) return
  throw new PocketError('usage', `the key file '${keyFile}' would lie in the repository that it opens`, {hint: 'name another place for it'})
}
