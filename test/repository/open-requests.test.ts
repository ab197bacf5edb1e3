/** What opening a repository asks of its backend: each request costs time and money where a network lies between. */
import test, {type ExecutionContext} from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import type {ObjectId} from '../../src/id.js'
import {createRepository} from '../../src/repository/create.js'
import {saveKey, type Secret} from '../../src/repository/key-store.js'
import {keyName} from '../../src/repository/names.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {damage, faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {nextTurn} from '../../src/util/concurrency.js'

const keyFile = (byte: number): Secret => ({type: 'key-file', key: new Uint8Array(32).fill(byte)})

/** A repository with a key for each of `bytes`. */
async function fixture(t: ExecutionContext, bytes: readonly number[]) {
  const cacheDirectory = temporaryFolder(t)
  const backend = createMemoryBackend()
  const {keyId} = await createRepository(backend, keyFile(bytes[0]))
  const {unlocked, config} = await openRepositoryOn(backend, {secret: async () => keyFile(bytes[0]), cacheDirectory: undefined, onWarning})
  const ids = [keyId as ObjectId]
  for (const byte of bytes.slice(1)) {
    ids.push(await saveKey(backend, {repositoryId: config.repositoryId, masterKey: unlocked!.masterKey, secret: keyFile(byte)}))
  }
  const faulty = faultyBackend(backend, [])
  const warnings: PocketError[] = []
  /** Opens by the key; the calls that it took. */
  const open = async (byte: number): Promise<string[]> => {
    const before = faulty.calls.length
    const onDamaged = (warning: PocketError): unknown => warnings.push(warning)
    const repository = await openRepositoryOn(faulty, {secret: async () => keyFile(byte), cacheDirectory, onWarning: onDamaged})
    t.is(repository.unlocked?.keyId, ids[bytes.indexOf(byte)])
    return faulty.calls.slice(before)
  }
  return {backend, faulty, ids, open, warnings}
}

const onWarning = (warning: PocketError): never => {
  throw warning
}

test('open: every key object is fetched once', async (t) => {
  const {ids, open} = await fixture(t, [1, 2, 3])
  const expected = ['get config', 'list keys/', ...ids.map((id) => `get ${keyName(id)}`)]
  t.deepEqual((await open(3)).toSorted(), expected.toSorted())
})

test('open: without a cache the keys are listed while the config is on its way', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, keyFile(1))
  const stalling = faultyBackend(backend, [{effect: 'stall', verb: 'get', name: 'config'}])
  const opening = openRepositoryOn(stalling, {secret: async () => keyFile(1), cacheDirectory: undefined, onWarning})
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  t.deepEqual(stalling.calls.toSorted(), ['get config', 'list keys/'])
  stalling.release()
  t.true((await opening).isEncrypted)
})

test('open: keys that cannot be listed hide nothing that is wrong with the config', async (t) => {
  const faulty = faultyBackend(createMemoryBackend(), [{effect: 'fail-for-good', verb: 'list', name: 'keys/'}])
  await rejectsWith(
    t,
    openRepositoryOn(faulty, {secret: async () => keyFile(1), cacheDirectory: undefined, onWarning}),
    'repository-missing',
  )
})

test('open: the key that opened last is tried first, and the others are not looked for', async (t) => {
  const {ids, open} = await fixture(t, [1, 2, 3])
  await open(2)
  t.deepEqual(await open(2), ['get config', `get ${keyName(ids[1])}`])
})

test('open: another secret opens as ever, and is tried first then', async (t) => {
  const {ids, open} = await fixture(t, [1, 2, 3])
  await open(2)
  t.true((await open(3)).includes('list keys/'))
  t.deepEqual(await open(3), ['get config', `get ${keyName(ids[2])}`])
})

test('open: when the key that opened last is gone, the others are tried', async (t) => {
  const {backend, ids, open, warnings} = await fixture(t, [1, 2])
  await open(1)
  await backend.remove(keyName(ids[0]))
  t.deepEqual(await open(2), ['get config', `get ${keyName(ids[0])}`, 'list keys/', `get ${keyName(ids[1])}`])
  t.deepEqual(warnings, [])
})

test('open: when the key that opened last is damaged, that is told once and the others are tried', async (t) => {
  const {backend, ids, open, warnings} = await fixture(t, [1, 2])
  await open(1)
  await backend.put(keyName(ids[0]), damage(await backend.get(keyName(ids[0])), 'flip'))
  await open(2)
  t.deepEqual(
    warnings.map(({code}) => code),
    ['damaged-key'],
  )
})

test('open: a secret that opens nothing is told as that, whichever key opened last', async (t) => {
  const {open} = await fixture(t, [1, 2])
  await open(1)
  await rejectsWith(t, open(9), 'wrong-password')
})
