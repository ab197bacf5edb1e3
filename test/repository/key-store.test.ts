import {hostname} from 'node:os'
import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import {hash} from '../../src/crypto/blake3.js'
import {encodeHead, HEAD_BYTES, KIND, SUITE} from '../../src/format/head.js'
import {decodeKey, encodeKey} from '../../src/format/key.js'
import type {ObjectId} from '../../src/id.js'
import {loadKeys, saveKey, type Secret, unlock} from '../../src/repository/key-store.js'
import {keyName} from '../../src/repository/names.js'
import {concatBytes, toHex} from '../../src/util/bytes.js'
import {damage, faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'

const REPOSITORY = new Uint8Array(32).fill(2)
const MASTER = new Uint8Array(32).fill(3)

const keyFile = (byte: number): Secret => ({type: 'key-file', key: new Uint8Array(32).fill(byte)})

function save(backend: Backend, secret: Secret, label?: string): Promise<ObjectId> {
  return saveKey(backend, {repositoryId: REPOSITORY, masterKey: MASTER, secret, label})
}

const unexpected = (error: PocketError): never => {
  throw error
}

test('key store: a password unlocks, however its accents are typed, and no other does', async (t) => {
  const backend = createMemoryBackend()
  const keyId = await save(backend, {type: 'password', password: 'Zo\u00eb'})
  t.deepEqual(await unlock(backend, {repositoryId: REPOSITORY, secret: {type: 'password', password: 'Zoe\u0308'}, onDamaged: unexpected}), {
    keyId,
    masterKey: Buffer.from(MASTER),
  })
  await rejectsWith(
    t,
    unlock(backend, {repositoryId: REPOSITORY, secret: {type: 'password', password: 'Zoe'}, onDamaged: unexpected}),
    'wrong-password',
  )
})

test('key store: a key file unlocks, and no other does', async (t) => {
  const backend = createMemoryBackend()
  const keyId = await save(backend, keyFile(7))
  t.deepEqual(await unlock(backend, {repositoryId: REPOSITORY, secret: keyFile(7), onDamaged: unexpected}), {
    keyId,
    masterKey: Buffer.from(MASTER),
  })
  await rejectsWith(t, unlock(backend, {repositoryId: REPOSITORY, secret: keyFile(8), onDamaged: unexpected}), 'wrong-password')
  await rejectsWith(
    t,
    unlock(backend, {repositoryId: REPOSITORY, secret: {type: 'password', password: '7'}, onDamaged: unexpected}),
    'wrong-password',
  )
  await rejectsWith(t, unlock(backend, {repositoryId: REPOSITORY, secret: {type: 'none'}, onDamaged: unexpected}), 'password-missing')
  await rejectsWith(t, save(backend, {type: 'none'}), 'password-missing')
})

test('key store: each of several keys unlocks the same master key', async (t) => {
  const backend = createMemoryBackend()
  for (const byte of [1, 2, 3]) await save(backend, keyFile(byte), `key ${byte}`)
  for (const byte of [3, 1, 2])
    t.deepEqual(
      (await unlock(backend, {repositoryId: REPOSITORY, secret: keyFile(byte), onDamaged: unexpected})).masterKey,
      Buffer.from(MASTER),
    )
  const keys = await loadKeys(backend, unexpected)
  t.deepEqual(
    keys.map(({record}) => record.label),
    ['key 1', 'key 2', 'key 3'],
  )
  t.like(keys[0].record, {type: 'key-file', host: hostname(), kdf: {name: 'blake3'}})
})

test('key store: a key object does not open another repository, nor under another head', async (t) => {
  const backend = createMemoryBackend()
  const id = await save(backend, keyFile(7))
  await rejectsWith(t, unlock(backend, {repositoryId: new Uint8Array(32), secret: keyFile(7), onDamaged: unexpected}), 'wrong-password')
  const stored = await backend.get(keyName(id))
  await backend.remove(keyName(id))
  await putKey(
    backend,
    concatBytes([encodeHead({kind: KIND.key, suite: SUITE.aes256Gcm, salt: new Uint8Array(32)}), stored.subarray(HEAD_BYTES)]),
  )
  await rejectsWith(t, unlock(backend, {repositoryId: REPOSITORY, secret: keyFile(7), onDamaged: unexpected}), 'wrong-password')
})

test('key store: a damaged key is told of and stepped over, whatever it is', async (t) => {
  const backend = createMemoryBackend()
  const ids = [await save(backend, keyFile(1)), await save(backend, keyFile(2)), await save(backend, keyFile(3))]
  const name = keyName(ids[0])
  await backend.put(name, damage(await backend.get(name), 'flip'))
  await backend.put(keyName(ids[1]), new Uint8Array(0))
  await putKey(backend, new Uint8Array(100))
  const told: PocketError[] = []
  t.is((await unlock(backend, {repositoryId: REPOSITORY, secret: keyFile(3), onDamaged: (error) => told.push(error)})).keyId, ids[2])
  t.deepEqual(
    told.map(({code}) => code),
    ['damaged-key', 'damaged-key', 'damaged-key'],
  )
})

test('key store: no key that can be read is not called a wrong password', async (t) => {
  const backend = createMemoryBackend()
  await rejectsWith(t, unlock(backend, {repositoryId: REPOSITORY, secret: keyFile(1), onDamaged: unexpected}), 'damaged-key')
})

test('key store: stored parameters that would exhaust this machine are refused, and hide no other key', async (t) => {
  const backend = createMemoryBackend()
  const id = await save(backend, {type: 'password', password: 'a'})
  const stored = await backend.get(keyName(id))
  const record = decodeKey(stored.subarray(HEAD_BYTES))
  const absurd = {...record, createdNs: 0n, kdf: {...record.kdf, n: 2 ** 30}} as typeof record
  await putKey(backend, concatBytes([stored.subarray(0, HEAD_BYTES), encodeKey(absurd)]))
  const told: PocketError[] = []
  t.is(
    (await unlock(backend, {repositoryId: REPOSITORY, secret: {type: 'password', password: 'a'}, onDamaged: (error) => told.push(error)}))
      .keyId,
    id,
  )
  t.deepEqual(
    told.map(({code}) => code),
    ['damaged-key'],
  )
})

test('key store: a key that is removed while keys are read is none', async (t) => {
  const backend = createMemoryBackend()
  const [gone, kept] = [await save(backend, keyFile(1)), await save(backend, keyFile(2))]
  const removing = Object.assign(faultyBackend(backend, []), {
    async get(name: string) {
      await backend.remove(keyName(gone))
      return backend.get(name)
    },
  })
  t.deepEqual(
    (await loadKeys(removing, unexpected)).map(({id}) => id),
    [kept],
  )
})

test('key store: a backend that fails is no damaged key', async (t) => {
  const backend = createMemoryBackend()
  await save(backend, keyFile(1))
  const faulty = faultyBackend(backend, [{effect: 'fail-for-good', verb: 'get'}])
  await rejectsWith(t, unlock(faulty, {repositoryId: REPOSITORY, secret: keyFile(1), onDamaged: unexpected}), 'io-failed')
})

async function putKey(backend: Backend, stored: Uint8Array): Promise<void> {
  await backend.put(keyName(toHex(hash(stored)) as ObjectId), stored)
}
