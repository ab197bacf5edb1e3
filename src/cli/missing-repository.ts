/** There is no repository where one was looked for. */
import {PocketError} from '../errors.js'
import {isBucketLocation} from './location.js'
import {flagsFor} from './save-config.js'
import {findSecretSource} from './secret.js'
import type {SecretFlags} from './flags.js'

/** Flags of other commands that `pocket init` does not have. */
const NOT_OF_INIT = ['storage-class', 'price-table'] as const

/** `error` with the line that makes the repository, with what the flags say of its place and its secret. */
export function missingRepository(
  error: PocketError,
  location: string,
  flags: SecretFlags & Readonly<Record<string, unknown>>,
): PocketError {
  const ofInit = {...flags, ...Object.fromEntries(NOT_OF_INIT.map((name) => [name, undefined]))}
  const words = flagsFor({location, flags: ofInit, environment: {}, source: findSecretSource(flags, {})})
  const disk = isBucketLocation(location) ? '' : ' and that its disk is mounted'
  return new PocketError(error.code, error.message, {
    hint: `check the location${disk}, or make one with 'pocket init ${words}'`,
    cause: error,
  })
}
