/** The repository in the user's data directory, for whoever has configured none: made by the first snapshot. */
import {join} from 'node:path'
import {isPocketError, PocketError} from '../errors.js'
import type {Secret} from '../operations/open-repository.js'
import {exists} from '../util/exists.js'
import {embeddedPlaces} from './places.js'
import {printable} from './printable.js'
import {readSecret, type SecretSource} from './secret.js'

/** Whether the embedded repository has been made. */
export function embeddedRepositoryExists({repository} = embeddedPlaces()): Promise<boolean> {
  return exists(join(repository, 'config'))
}

/** The generated key as a source, when it is there. */
export async function embeddedSecretSource({keyFile} = embeddedPlaces()): Promise<SecretSource | undefined> {
  return (await exists(keyFile)) ? {kind: 'key-file', path: keyFile, from: keyFile} : undefined
}

/**
 * The generated key, durable on disk before it is given: the one that an interrupted first run has left, or else a new one.
 */
export async function embeddedKey({keyFile} = embeddedPlaces()): Promise<Secret> {
  const {generateKeyFile, readKeyFile} = await import('../operations/key-file.js')
  return {type: 'key-file', key: (await exists(keyFile)) ? await readKeyFile(keyFile) : await generateKeyFile(keyFile)}
}

/**
 * Makes the embedded repository under the secret of `source`, or else under a generated key. Resolves with what a person must be told, or with
 * undefined when another process made the repository first.
 */
export async function makeEmbeddedRepository(source: SecretSource | undefined): Promise<MadeRepository | undefined> {
  const {repository, keyFile} = embeddedPlaces()
  const secret = source === undefined ? await embeddedKey() : await readSecret(source)
  const {initRepository} = await import('../operations/open-repository.js')
  try {
    await initRepository({location: repository, secret})
  } catch (error) {
    if (isPocketError(error, 'repository-exists')) return undefined
    throw error
  }
  return {location: repository, keyFile: source === undefined ? keyFile : undefined}
}

/** The error of every other command when there is nothing to open. */
export function noRepository(): PocketError {
  return new PocketError('repository-missing', 'there is no repository yet', {
    hint: "'pocket snapshot PATH' makes the embedded one; name another with --repository or POCKET_REPOSITORY",
  })
}

export interface MadeRepository {
  location: string
  /** Absent when the repository was not made under a generated key. */
  keyFile: string | undefined
}

/** What a person is told once: where repository and key are, and how to keep a copy of the key. */
export function describeMade({location, keyFile}: MadeRepository): string[] {
  if (keyFile === undefined) return [`made the repository ${printable(location)}`]
  return [
    `made the repository ${printable(location)}`,
    `its key is          ${printable(keyFile)}`,
    'Without this key nobody can read the snapshots, not even you. Keep a copy of it on another device:',
    `    ${copyCommand(keyFile)}`,
  ]
}

/** What a person is told whose key has been made anew: where it is, and that the embedded one opens nothing any more. */
export function describeNewKey(newKeyFile: string | undefined, replacesEmbedded: boolean): string[] {
  const {keyFile} = embeddedPlaces()
  const lines = newKeyFile === undefined ? [] : [`the new key is ${printable(newKeyFile)}: keep a copy of it on another device`]
  if (!replacesEmbedded) return lines
  const next =
    newKeyFile === undefined
      ? `remove it, and the password is asked for: rm ${shellQuote(keyFile)}`
      : `put the new key in its place: cp ${shellQuote(newKeyFile)} ${shellQuote(keyFile)}`
  return [...lines, `${printable(keyFile)} opens the repository no more; ${next}`]
}

/** A shell command that keeps a copy of the key. */
export function copyCommand(keyFile: string): string {
  return `cp ${shellQuote(keyFile)} /media/usb-stick/pocket.key`
}

function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
