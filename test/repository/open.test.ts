import test from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {decodeConfig, encodeConfig} from '../../src/format/config.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import {createRepository} from '../../src/repository/create.js'
import type {Secret} from '../../src/repository/key-store.js'
import {CONFIG_NAME} from '../../src/repository/names.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import type {Repository} from '../../src/repository/repository.js'
import {saveIndex} from '../../src/repository/index-store.js'
import {faultyBackend} from '../backend/fault.js'
import {collect, rejectsWith} from '../backend/objects.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {chunkIds, toldPack} from './material.js'

const KEY: Secret = {type: 'key-file', key: new Uint8Array(32).fill(9)}
const NONE: Secret = {type: 'none'}

function open(backend: Backend, secret: Secret = KEY): Promise<Repository> {
  return openRepositoryOn(backend, {
    secret: () => Promise.resolve(secret),
    cacheDirectory: undefined,
    onWarning: (warning) => {
      throw warning
    },
  })
}

test('open: a repository that was made is opened, by its key', async (t) => {
  const backend = createMemoryBackend()
  const {config, keyId} = await createRepository(backend, KEY)
  const repository = await open(backend)
  t.deepEqual([repository.id, repository.isEncrypted], [Buffer.from(config.repositoryId).toString('hex'), true])
  t.is(repository.unlocked?.keyId, keyId)
  t.truthy(repository.keys.dataChunkKey)
})

test('open: one without encryption asks for no secret', async (t) => {
  const backend = createMemoryBackend()
  t.is((await createRepository(backend, NONE)).keyId, undefined)
  const asked = {secret: () => Promise.reject(new Error('asked')), cacheDirectory: undefined, onWarning: () => t.fail()}
  const repository = await openRepositoryOn(backend, asked)
  t.false(repository.isEncrypted)
  t.is(repository.keys.dataChunkKey, undefined)
})

test('open: two repositories have different ids and keys', async (t) => {
  const [one, other] = [createMemoryBackend(), createMemoryBackend()]
  for (const backend of [one, other]) await createRepository(backend, KEY)
  const [a, b] = [await open(one), await open(other)]
  t.not(a.id, b.id)
  for (const name of ['dataChunkKey', 'treeChunkKey', 'gearKey', 'sealingKey', 'configKey'] as const)
    t.notDeepEqual(a.keys[name], b.keys[name])
})

test('open: a second repository is not made over the first, not even at the same moment', async (t) => {
  const backend = createMemoryBackend()
  const results = await Promise.allSettled([createRepository(backend, KEY), createRepository(backend, KEY)])
  t.deepEqual(results.map(({status}) => status).sort(), ['fulfilled', 'rejected'])
  await rejectsWith(t, createRepository(backend, NONE), 'repository-exists')
  t.truthy(await open(backend))
})

test('open: the config comes last when a repository is made, since it makes it one', async (t) => {
  const faulty = faultyBackend(createMemoryBackend(), [])
  await createRepository(faulty, KEY)
  const puts = faulty.calls.filter((call) => call.startsWith('put '))
  t.is(puts.length, 2)
  t.is(puts[1], 'put config')
})

test('open: nothing there is no repository; one that lost its config is damaged', async (t) => {
  const backend = createMemoryBackend()
  await rejectsWith(t, open(backend), 'repository-missing')
  await createRepository(backend, KEY)
  await backend.remove(CONFIG_NAME)
  await rejectsWith(t, open(backend), 'damaged-config')
})

test('open: another secret is a wrong password', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  await rejectsWith(t, open(backend, {type: 'key-file', key: new Uint8Array(32)}), 'wrong-password')
  await rejectsWith(t, open(backend, NONE), 'password-missing')
})

test('open: any change of the config is noticed', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  const whole = await backend.get(CONFIG_NAME)
  for (let at = 0; at < whole.length; at++) {
    const bytes = whole.slice()
    bytes[at] ^= 1
    await backend.put(CONFIG_NAME, bytes)
    const error = await t.throwsAsync<Error & {code?: string}>(open(backend), undefined, `byte ${at}`)
    // A changed id does not fit the key objects, a changed suite or version is one of a later format.
    t.true(
      ['damaged-config', 'wrong-password', 'format-too-new', 'authentication-failed'].includes(error.code ?? ''),
      `byte ${at}: ${error.code}`,
    )
  }
})

test('open: a config that says "no encryption" does not pass for one that is encrypted', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  const {config} = decodeConfig(await backend.get(CONFIG_NAME))
  await backend.put(CONFIG_NAME, encodeConfig({...config, suite: 0}))
  const repository = await open(backend)
  t.false(repository.isEncrypted)
  // Then the operation that was given a secret refuses it: `expectsEncryption`.
})

test('open: what has been known as encrypted is refused when its config says that it is not', async (t) => {
  const cacheDirectory = temporaryFolder(t)
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  const opening = {secret: async () => KEY, cacheDirectory, onWarning: (error: Error) => t.fail(error.message)}
  await openRepositoryOn(backend, opening)
  await openRepositoryOn(backend, opening)
  const {config} = decodeConfig(await backend.get(CONFIG_NAME))
  await backend.put(CONFIG_NAME, encodeConfig({...config, suite: 0}))
  await t.throwsAsync(openRepositoryOn(backend, opening), {code: 'authentication-failed', message: /it was before/})
  // One that never was is opened as it is.
  await openRepositoryOn(backend, {...opening, cacheDirectory: temporaryFolder(t)})
})

test('repository: an index that could not be loaded is loaded at the next call', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  await saveIndex((await open(backend)).indexStore, [toldPack('pack', chunkIds(0, 3))])
  const faulty = faultyBackend(backend, [{effect: 'fail', verb: 'list', name: 'index/'}])
  const repository = await open(faulty)
  await rejectsWith(t, repository.loadIndex(), 'io-failed')
  t.is((await repository.loadIndex()).size, 3)
  t.deepEqual(faulty.unused(), [])
})

test('repository: the index is loaded once, and anew after `refresh`', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  const repository = await open(backend)
  t.is((await repository.loadIndex()).size, 0)
  await saveIndex(repository.indexStore, [toldPack('pack', chunkIds(0, 3))])
  t.is((await repository.loadIndex()).size, 0)
  repository.refresh()
  t.is((await repository.loadIndex()).size, 3)
})

/** Larger than any, so that a few stand for many. */
const largePack = (name: string, sizeBytes: number): IndexedPack => ({...toldPack(name, chunkIds(0, 1)), sizeBytes})

test('repository: packs grow with what is stored, to 128 MiB', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  const repository = await open(backend)
  const index = await repository.loadIndex()
  const MIB = 2 ** 20
  const sizes = [repository.packBytes(index)]
  for (let number = 0; number < 6; number++) {
    for (let pack = 0; pack < 4 ** number; pack++) index.add(largePack(`pack ${number} ${pack}`, 2 ** 32))
    sizes.push(repository.packBytes(index))
  }
  t.is(sizes[0], repository.config.packTargetBytes)
  t.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  )
  for (let pack = 0; pack < 3000; pack++) index.add(largePack(`large ${pack}`, 2 ** 33))
  t.is(repository.packBytes(index), 128 * MIB)
  t.deepEqual(await collect(backend.list('chunks/')), [])
})
