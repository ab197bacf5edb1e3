/** Key objects: each wraps the repository's master key under one password or key file. docs/repository-format.md, "Key object". */
import {hostname} from 'node:os'
import type {Backend} from '../backend/backend.js'
import {deriveKey, hash} from '../crypto/blake3.js'
import {checkScryptParameters, derivePasswordKey, newScryptParameters} from '../crypto/password.js'
import {isPocketError, PocketError} from '../errors.js'
import {decodeHead, HEAD_BYTES, KIND, SUITE} from '../format/head.js'
import {decodeKey, encodeKey, type KeyRecord} from '../format/key.js'
import type {ObjectId} from '../id.js'
import {nowNs} from '../util/clock.js'
import {concatBytes, toHex} from '../util/bytes.js'
import {mapBounded} from '../util/concurrency.js'
import {userName} from '../util/user-name.js'
import {idInName, KEYS_PREFIX, keyName} from './names.js'
import {requireNamed} from './record-object.js'
import {createSeal, openSeal} from './sealing.js'

/** What opens a repository. */
export type Secret = {type: 'password'; password: string} | {type: 'key-file'; key: Uint8Array} | {type: 'none'}

export interface StoredKey {
  id: ObjectId
  /** The object's first bytes, which its wrapped key is bound to. */
  head: Uint8Array
  record: KeyRecord
}

export interface UnlockedKey {
  keyId: ObjectId
  masterKey: Uint8Array
}

/** The context of key derivation for key files. */
const KEY_FILE_CONTEXT = 'pocket 2026 v1 key file'

export interface NewKey {
  repositoryId: Uint8Array
  masterKey: Uint8Array
  secret: Secret
  label?: string
}

/** Stores another way to open the repository; durable when it resolves. Returns the new object's id. */
export async function saveKey(backend: Backend, {repositoryId, masterKey, secret, label = ''}: NewKey): Promise<ObjectId> {
  if (secret.type === 'none') throw new PocketError('password-missing', 'a key needs a password or a key file')
  const kdf: KeyRecord['kdf'] = secret.type === 'password' ? {name: 'scrypt', ...newScryptParameters()} : {name: 'blake3'}
  const seal = createSeal({suite: SUITE.aes256Gcm, sealingKey: await wrappingKey(secret, kdf), repositoryId}, KIND.key)
  const record: KeyRecord = {
    type: secret.type,
    label,
    createdNs: nowNs(),
    host: hostname(),
    user: userName(),
    kdf,
    wrapped: concatBytes(seal.seal(0, masterKey)),
  }
  const stored = concatBytes([seal.head, encodeKey(record)])
  const id = toHex(hash(stored)) as ObjectId
  await backend.put(keyName(id), stored)
  return id
}

export interface Unlocking {
  repositoryId: Uint8Array
  secret: Secret
  /** Told of each key object that cannot be read, which is stepped over. */
  onDamaged: (error: PocketError) => void
  /** The key that opened the repository last: it is tried first, and when it opens, the others are not looked for. */
  known?: ObjectId
  /** `listKeyIds`, when it has been asked for already. */
  listed?: Promise<ObjectId[]>
}

type OpeningSecret = Exclude<Secret, {type: 'none'}>

/** Ids of all keys. */
export async function listKeyIds(backend: Backend): Promise<ObjectId[]> {
  const ids: ObjectId[] = []
  for await (const {name} of backend.list(KEYS_PREFIX)) {
    const id = idInName(name)
    if (id) ids.push(id)
  }
  return ids
}

/** Every key object that can be read, the oldest first; the others are told to `onDamaged` and stepped over. */
export async function loadKeys(
  backend: Backend,
  onDamaged: (error: PocketError) => void,
  listed: Promise<ObjectId[]> = listKeyIds(backend),
): Promise<StoredKey[]> {
  const keys: StoredKey[] = []
  await mapBounded(await listed, backend.access.parallelCalls, async (id) => {
    const key = await loadIfWhole(backend, id, onDamaged)
    if (key) keys.push(key)
  })
  return keys.sort((a, b) => Number(a.record.createdNs - b.record.createdNs) || (a.id < b.id ? -1 : 1))
}

/** The master key, by whichever key object the secret opens. Throws `wrong-password`, `damaged-key` when there is none to try. */
export async function unlock(backend: Backend, unlocking: Unlocking): Promise<UnlockedKey> {
  const {secret, repositoryId, onDamaged, known, listed} = unlocking
  if (secret.type === 'none') {
    throw new PocketError('password-missing', 'the repository is encrypted', {hint: 'give its password or its key file'})
  }
  // What is wrong with it is told when all are loaded.
  const first = known === undefined ? undefined : await loadIfWhole(backend, known, () => undefined)
  const opened = first && (await tryUnwrap(first, secret, repositoryId))
  if (opened) return opened
  const keys = await loadKeys(backend, onDamaged, listed)
  if (keys.length === 0) {
    throw new PocketError('damaged-key', 'the repository has no key that can be read', {
      hint: `put back a copy of the folder 'keys' of ${backend.location}`,
    })
  }
  for (const key of keys) {
    if (key.id === first?.id) continue
    const unlocked = await tryUnwrap(key, secret, repositoryId)
    if (unlocked) return unlocked
  }
  const what = secret.type === 'password' ? 'the password' : 'the key file'
  throw new PocketError('wrong-password', `${what} does not open the repository at '${backend.location}'`, {
    hint: 'check that it is the right one, and the right repository',
  })
}

async function tryUnwrap({id, head, record}: StoredKey, secret: OpeningSecret, repositoryId: Uint8Array): Promise<UnlockedKey | undefined> {
  if (record.type !== secret.type) return undefined
  try {
    const sealing = {suite: SUITE.aes256Gcm, sealingKey: await wrappingKey(secret, record.kdf), repositoryId}
    return {keyId: id, masterKey: openSeal(sealing, head, KIND.key).open(0, record.wrapped)}
  } catch (error) {
    if (isPocketError(error, 'authentication-failed')) return undefined
    throw error
  }
}

async function wrappingKey(secret: OpeningSecret, kdf: KeyRecord['kdf']): Promise<Uint8Array> {
  if (secret.type === 'key-file') return deriveKey(KEY_FILE_CONTEXT, secret.key)
  if (kdf.name !== 'scrypt') throw new PocketError('damaged-key', 'a password key without its scrypt parameters')
  return derivePasswordKey(secret.password, kdf)
}

/** Undefined for one that is gone, and for one that is told to `onDamaged`. */
async function loadIfWhole(backend: Backend, id: ObjectId, onDamaged: (error: PocketError) => void): Promise<StoredKey | undefined> {
  try {
    return await loadKey(backend, id)
  } catch (error) {
    if (isPocketError(error, 'object-missing')) return undefined
    if (!isPocketError(error, 'damaged-key') && !isPocketError(error, 'format-too-new')) throw error
    onDamaged(error)
    return undefined
  }
}

async function loadKey(backend: Backend, id: ObjectId): Promise<StoredKey> {
  const stored = await backend.get(keyName(id))
  requireNamed(stored, {
    id,
    what: 'key',
    damaged: 'damaged-key',
    hint: 'use another password or key file, or put back a copy of this object',
  })
  const head = stored.subarray(0, HEAD_BYTES)
  decodeHead(head, KIND.key)
  const record = decodeKey(stored.subarray(HEAD_BYTES))
  if (record.kdf.name === 'scrypt') checkScryptParameters(record.kdf)
  return {id, head, record}
}
