/** Makes the repository that `pocket init` was asked for, by flags or by answers. */
import {unlink} from 'node:fs/promises'
import {isAbsolute, relative, resolve} from 'node:path'
import {isPocketError, PocketError} from '../errors.js'
import type {InitOptions, InitResult, Secret} from '../operations/open-repository.js'
import type {StorageTest, StorageTestOptions} from '../operations/test-storage.js'
import {isBucketLocation} from './location.js'
import {printable} from './printable.js'
import type {Questions} from './questions.js'
import {newSecret, type SecretSource} from './secret.js'

/** What the new repository is encrypted under. */
export type NewSecret =
  | {kind: 'none'}
  | {kind: 'generated'; path: string}
  /** Of the source, or asked for on the terminal. */
  | {kind: 'source'; source: SecretSource | undefined}
  | {kind: 'given'; secret: Secret; keyFile: string}

export interface MakeOptions extends Pick<InitOptions, 'reach' | 'label' | 'createBucket' | 'onWarning'> {
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

/** Tries the place, then asks for the secret, then makes the repository: nobody types a password for a place that cannot be used. */
export async function makeRepository({location, secret, tested: known, ...options}: MakeOptions): Promise<MadeRepository> {
  if (secret.kind === 'generated') refuseInside(secret.path, location)
  const tested = isBucketLocation(location) ? (known ?? (await tryStorage({location, ...options}))) : undefined
  const {initRepository} = await import('../operations/open-repository.js')
  const resolved = await resolveSecret(secret)
  try {
    const result = await initRepository({location, secret: resolved, tested, ...options})
    return {...result, keyFile: keyFileOf(secret)}
  } catch (error) {
    if (secret.kind === 'generated' && isUnused(error)) await unlink(secret.path)
    throw error
  }
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

/** After these no repository has been made that a new key would open. */
const NOTHING_MADE = ['repository-exists', 'not-a-repository', 'usage'] as const

function isUnused(error: unknown): boolean {
  return NOTHING_MADE.some((code) => isPocketError(error, code))
}

/** Whoever gets at the repository must not get its key with it. */
function refuseInside(keyFile: string, location: string): void {
  if (isBucketLocation(location)) return
  const path = relative(resolve(location), resolve(keyFile))
  if (path.startsWith('..') || isAbsolute(path)) return
  throw new PocketError('usage', `the key file '${keyFile}' would lie in the repository that it opens`, {hint: 'name another place for it'})
}
