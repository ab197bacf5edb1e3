import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {hash} from '../../src/crypto/blake3.js'
import {createRepository} from '../../src/repository/create.js'
import {saveIndex} from '../../src/repository/index-store.js'
import type {Secret} from '../../src/repository/key-store.js'
import {CONFIG_NAME} from '../../src/repository/names.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {verifyingBackend} from '../../src/repository/verifying.js'
import {toHex} from '../../src/util/bytes.js'
import {testConformance} from '../backend/conformance.js'
import {damage, type Fault, faultyBackend} from '../backend/fault.js'
import {rejectsWith} from '../backend/objects.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {chunkIds, noise, toldPack} from './material.js'

testConformance('verifying', async () => {
  const objects = new Map<string, Uint8Array>()
  return {backend: verifyingBackend(createMemoryBackend(objects)), other: createMemoryBackend(objects)}
})

const OBJECT = noise(1000, 1)
const NAME = `index/${toHex(hash(OBJECT))}`
const flips = (...calls: number[]): Fault[] => calls.map((call) => ({effect: 'flip', verb: 'get', call}))

for (const [title, faults, calls, isRight] of [
  ['what comes as it is named is asked for once', [], 1, true],
  ['what comes otherwise is asked for again', flips(1), 2, true],
  ['and once more', flips(1, 2), 3, true],
  ['and then given on as it is', flips(1, 2, 3), 3, false],
] as const) {
  test(`verifying: ${title}`, async (t) => {
    const faulty = faultyBackend(createMemoryBackend(new Map([[NAME, OBJECT]])), faults)
    const bytes = await verifyingBackend(faulty).get(NAME)
    t.is(Buffer.compare(bytes, OBJECT) === 0, isRight)
    t.is(faulty.calls.length, calls)
    t.deepEqual(faulty.unused(), [])
  })
}

test('verifying: ranges, and what is not named by its hash, are given on as they come', async (t) => {
  const faulty = faultyBackend(
    createMemoryBackend(
      new Map([
        [NAME, OBJECT],
        ['config', OBJECT],
      ]),
    ),
    flips(1, 2),
  )
  const backend = verifyingBackend(faulty)
  t.deepEqual(await backend.get(NAME, {range: {start: 0, length: 10}}), damage(OBJECT.slice(0, 10), 'flip'))
  t.deepEqual(await backend.get('config'), damage(OBJECT, 'flip'))
  t.is(faulty.calls.length, 2)
})

const KEY: Secret = {type: 'key-file', key: new Uint8Array(32).fill(9)}
const REMOTE = {isReadingDear: true}

for (const cacheDirectory of [undefined, 'cache']) {
  test(`verifying: an index object that was damaged on the way costs nothing, with ${cacheDirectory ?? 'no cache'}`, async (t) => {
    const objects = new Map<string, Uint8Array>()
    const backend = createMemoryBackend(objects, REMOTE)
    await createRepository(backend, KEY)
    const folder = cacheDirectory && temporaryFolder(t)
    const opening = {secret: async () => KEY, cacheDirectory: folder, onWarning: (error: Error) => t.fail(error.message)}
    await saveIndex((await openRepositoryOn(backend, {...opening, cacheDirectory: undefined})).indexStore, [
      toldPack('pack', chunkIds(0, 3)),
    ])
    const faulty = faultyBackend(backend, [
      {effect: 'flip', verb: 'get', name: 'index/'},
      {effect: 'flip', verb: 'get', name: 'keys/'},
    ])
    t.is((await (await openRepositoryOn(faulty, opening)).loadIndex()).size, 3)
    t.deepEqual(faulty.unused(), [])
    if (folder === undefined) return
    const calls = faulty.calls.length
    await (await openRepositoryOn(faulty, opening)).loadIndex()
    t.false(
      faulty.calls.slice(calls).some((call) => call.startsWith('get index/')),
      'the right bytes are in the cache',
    )
  })
}

for (const access of [{}, REMOTE]) {
  test(`verifying: a config that was damaged on the way is read again, reading being ${access === REMOTE ? 'dear' : 'cheap'}`, async (t) => {
    const backend = createMemoryBackend(new Map(), access)
    await createRepository(backend, KEY)
    const whole = await backend.get(CONFIG_NAME)
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice()
      damaged[at] ^= 1
      let [reads, asked] = [0, 0]
      const once = createMemoryBackend(new Map([...(await all(backend))]), access)
      const get = once.get.bind(once)
      once.get = async (name, options) => (name === CONFIG_NAME && reads++ === 0 ? damaged : get(name, options))
      const secret = async (): Promise<Secret> => {
        asked++
        return KEY
      }
      const {id} = await openRepositoryOn(once, {secret, cacheDirectory: undefined, onWarning: (error) => t.fail(error.message)})
      t.is(id.length, 64)
      t.deepEqual([reads, asked], [2, 1], `byte ${at}`)
    }
  })
}

async function all(backend: ReturnType<typeof createMemoryBackend>): Promise<[string, Uint8Array][]> {
  const objects: [string, Uint8Array][] = []
  for await (const {name} of backend.list('')) objects.push([name, await backend.get(name)])
  return objects
}

test('verifying: a config that stays as it is is what it is said to be, after two reads', async (t) => {
  const backend = createMemoryBackend()
  await createRepository(backend, KEY)
  await backend.put(CONFIG_NAME, damage(await backend.get(CONFIG_NAME), 'flip'))
  const faulty = faultyBackend(backend, [])
  const opening = {secret: async () => KEY, cacheDirectory: undefined, onWarning: (error: Error) => t.fail(error.message)}
  await rejectsWith(t, openRepositoryOn(faulty, opening), 'damaged-config')
  t.is(faulty.calls.filter((call) => call === 'get config').length, 2)
})
