/** The passwords and key files that open a repository. */
import {PocketError} from '../errors.js'
import type {ObjectId} from '../id.js'
import {loadKeys, saveKey, type Secret, type StoredKey, type UnlockedKey} from '../repository/key-store.js'
import {keyName} from '../repository/names.js'
import type {Repository} from '../repository/repository.js'

export interface KeyInfo {
  id: ObjectId
  type: 'password' | 'key-file'
  label: string
  createdNs: bigint
  host: string
  user: string
  /** Whether it is the one that opened the repository now. */
  current: boolean
}

export interface NewKeyOptions {
  secret: Secret
  label?: string
}

/** Oldest first. */
export async function listKeys(repository: Repository): Promise<KeyInfo[]> {
  const current = repository.unlocked?.keyId
  const keys = await loadKeys(repository.backend, repository.onWarning)
  return keys.map((key) => describeKey(key, current))
}

/** Adds another password or key file. Throws `usage` in a repository without encryption. */
export async function addKey(repository: Repository, {secret, label}: NewKeyOptions): Promise<KeyInfo> {
  const {masterKey} = unlockedKey(repository)
  const id = await saveKey(repository.backend, {repositoryId: repository.config.repositoryId, masterKey, secret, label})
  const added = (await listKeys(repository)).find((key) => key.id === id)
  if (!added)
    throw new PocketError('damaged-key', 'the new key cannot be read back', {hint: 'the old keys are as they were; check the storage'})
  return added
}

/**
 * Removes the key whose id begins with `prefix`. Throws `last-key` for the only one, `usage` for the one that opened the repository (so that one
 * stays that is known to open it), `key-missing`.
 */
export async function removeKey(repository: Repository, prefix: string): Promise<KeyInfo> {
  const keys = await listKeys(repository)
  const found = keys.filter((key) => key.id.startsWith(prefix))
  if (found.length !== 1) {
    const problem = found.length === 0 ? `there is no key '${prefix}'` : `'${prefix}' could be any of ${found.length} keys`
    throw new PocketError('key-missing', problem, {hint: "'pocket key list' shows them"})
  }
  if (keys.length === 1) {
    throw new PocketError('last-key', `key '${prefix}' is the only one, and without it nobody can read the repository`, {
      hint: "add another key first, or use 'pocket key change'",
    })
  }
  if (found[0].current) {
    throw new PocketError('usage', `key '${prefix}' is the one that opened the repository`, {
      hint: "open it with the password or key file that is to stay, or use 'pocket key change'",
    })
  }
  await removeUnlessLast(repository, found[0].id)
  return found[0]
}

/** Puts a new key in the place of the one that opened the repository, which is removed when the new one is durable. */
export async function changeKey(repository: Repository, options: NewKeyOptions): Promise<KeyInfo> {
  const {keyId} = unlockedKey(repository)
  const added = await addKey(repository, options)
  await removeUnlessLast(repository, keyId)
  return added
}

/**
 * Removes a key, and puts it back when no other is left then: another process may have removed that one meanwhile. Whoever looks last finds
 * none, so one of them is put back whatever the order. Throws `last-key`.
 */
async function removeUnlessLast({backend, onWarning}: Repository, id: ObjectId): Promise<void> {
  const name = keyName(id)
  const stored = await backend.get(name)
  await backend.remove(name)
  if ((await loadKeys(backend, onWarning)).length > 0) return
  await backend.put(name, stored)
  throw new PocketError('last-key', `the other keys were removed by another process meanwhile, so key '${id}' was put back`, {
    hint: "see what is left with 'pocket key list'",
  })
}

function unlockedKey({unlocked}: Repository): UnlockedKey {
  if (unlocked) return unlocked
  throw new PocketError('usage', 'this repository is not encrypted, so it has no keys')
}

function describeKey({id, record}: StoredKey, current: ObjectId | undefined): KeyInfo {
  const {type, label, createdNs, host, user} = record
  return {id, type, label, createdNs, host, user, current: id === current}
}
