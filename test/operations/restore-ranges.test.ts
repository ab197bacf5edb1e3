/** What a restore reads of a backend where each request and each byte counts. */
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import type {Access, Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {type RestoreEvent, restoreSnapshot, takeSnapshot} from '../../src/index.js'
import {createRepository} from '../../src/repository/create.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import type {Repository} from '../../src/repository/repository.js'
import {faultyBackend} from '../backend/fault.js'
import {readTwice, recorder} from '../backend/recorder.js'
import {randomContent} from './content.js'
import {emptyPlace, KEY_FILE, WORKERS} from './repository-place.js'
import {createSmallPieces} from './small-pieces.js'
import {differences, listTree} from './tree-listing.js'

const MIB = 2 ** 20
const REMOTE: Partial<Access> = {parallelCalls: 16, gapBytes: MIB, rangeBytes: 8 * MIB, isListingDear: true, isReadingDear: true}

interface Stored {
  folder: string
  source: string
  objects: Map<string, Uint8Array>
  dataPacks: Set<string>
}

type Create = (backend: Backend) => Promise<unknown>

function open(backend: Backend, cacheDirectory?: string): Promise<Repository> {
  return openRepositoryOn(backend, {
    secret: async () => KEY_FILE,
    cacheDirectory,
    onWarning: (warning) => {
      throw warning
    },
  })
}

/** A repository in memory, of small pieces unless told, with a snapshot of what `write` makes. */
async function stored(t: ExecutionContext, write: (source: string) => void, create: Create = createSmallPieces): Promise<Stored> {
  const {folder, source} = emptyPlace(t)
  write(source)
  const objects = new Map<string, Uint8Array>()
  const backend = createMemoryBackend(objects)
  await create(backend)
  const repository = await open(backend)
  await takeSnapshot(repository, {paths: [source], workers: 1})
  const {packs} = await repository.loadIndex()
  const dataPacks = packs.filter(({kind}) => kind === 'data').map(({id}) => `chunks/${id.slice(0, 2)}/${id}`)
  return {folder, source, objects, dataPacks: new Set(dataPacks)}
}

let targets = 0

const nameOf = (folder: number, number: number): string => randomContent(folder * 100 + number, 120).toString('hex')

/** Many folders, whose pages fill several packs. */
function writeFolders(source: string): void {
  for (let folder = 0; folder < 60; folder++) {
    const path = join(source, `folder-${folder}`, 'below', 'deeper')
    mkdirSync(path, {recursive: true})
    for (let number = 0; number < 60; number++) writeFileSync(join(path, nameOf(folder, number)), `${folder}`)
  }
}

test('restore ranges: of a cold cache a path takes a few pages, each once; a whole tree takes whole packs', async (t) => {
  const made = await stored(t, writeFolders)
  const cacheDirectory = join(made.folder, 'cache')
  const isTree = ({name}: {name: string}): boolean => name.startsWith('chunks/') && !made.dataPacks.has(name)
  const run = async (options: {reference: string}) => {
    const {backend, readings} = recorder(createMemoryBackend(made.objects, {...REMOTE, gapBytes: 0}))
    const repository = await open(backend, cacheDirectory)
    const target = join(made.folder, `restored-${targets++}`)
    const {failed} = await restoreSnapshot(repository, {...options, target, workers: WORKERS})
    t.is(failed, 0)
    const ofTrees = readings.filter(isTree)
    return {bytes: ofTrees.reduce((sum, {length}) => sum + length, 0), calls: ofTrees.length}
  }
  const packs = [...made.objects].filter(([name]) => isTree({name}))
  const treeBytes = packs.reduce((sum, [, bytes]) => sum + bytes.length, 0)
  t.true(packs.length >= 3, `${packs.length} packs of ${treeBytes} bytes`)
  const file = `latest:folder-30/below/deeper/${nameOf(30, 5)}`
  const cold = await run({reference: file})
  t.true(cold.calls >= 2 && cold.bytes < treeBytes / 3, `${cold.calls} calls for ${cold.bytes} of ${treeBytes} bytes`)
  t.deepEqual(await run({reference: file}), {bytes: 0, calls: 0})
  const all = await run({reference: 'latest'})
  t.true(all.calls <= packs.length + 9, `${all.calls} calls`)
  t.deepEqual(await run({reference: 'latest'}), {bytes: 0, calls: 0})
})

/** Restores by way of `backend`; what differs from the source, and what was told. */
async function restore({folder, source}: Stored, backend: Backend) {
  const target = join(folder, `restored-${targets++}`)
  const failed: string[] = []
  const onEvent = (event: RestoreEvent): unknown => event.type === 'failed' && failed.push(event.code)
  const repository = await open(backend)
  const result = await restoreSnapshot(repository, {reference: 'latest', target, workers: WORKERS, onEvent})
  return {differs: differences(listTree(target), listTree(source)), failed, result}
}

/** More chunks than a stretch of a restore has, and each needed again far behind. */
function writeTwice(source: string): void {
  const content = randomContent(1, 44 * MIB)
  for (const name of ['a', 'b']) {
    mkdirSync(join(source, name))
    writeFileSync(join(source, name, 'large'), content)
  }
}

test('restore ranges: every frame is fetched once where reading is dear, and again where it is not', async (t) => {
  const made = await stored(t, writeTwice)
  for (const isReadingDear of [true, false]) {
    const {backend, readings} = recorder(createMemoryBackend(made.objects, {...REMOTE, isReadingDear}))
    const {differs, failed} = await restore(made, backend)
    t.deepEqual([differs, failed], [[], []])
    const ofData = readings.filter(({name}) => made.dataPacks.has(name))
    if (isReadingDear) t.is(readTwice(ofData), 0)
    else t.true(readTwice(ofData) > 40 * MIB)
    // A pack is one range, but for those in which a stretch ends; a head is never asked for alone.
    if (isReadingDear) t.true(ofData.length <= made.dataPacks.size + 8, `${ofData.length} of ${made.dataPacks.size}`)
    t.is(ofData.filter(({length}) => length === 40).length, 0)
  }
})

function writeSome(source: string): void {
  for (let number = 0; number < 30; number++) writeFileSync(join(source, `file-${number}`), randomContent(number, 40_000))
  writeFileSync(join(source, 'again'), Buffer.concat([randomContent(3, 40_000), randomContent(20, 40_000)]))
}

test('restore ranges: as many are on their way as the backend bears', async (t) => {
  const made = await stored(t, (source) => writeFileSync(join(source, 'file'), randomContent(1, 5 * MIB)))
  for (const parallelCalls of [4, 20]) {
    const {backend, atOnce} = recorder(createMemoryBackend(made.objects, {...REMOTE, parallelCalls}), 20)
    t.deepEqual((await restore(made, backend)).differs, [])
    t.is(atOnce(), Math.max(parallelCalls, WORKERS * 3))
  }
})

test('restore ranges: what was damaged on the way is fetched once more, and nothing is told', async (t) => {
  const made = await stored(t, writeSome)
  const clean = faultyBackend(createMemoryBackend(made.objects, REMOTE), [])
  await restore(made, clean)
  const names = clean.calls.filter((call) => call.startsWith('get chunks/')).map((call) => call.slice(4))
  const ofData = names.filter((name) => made.dataPacks.has(name))
  t.true(ofData.length >= 8)
  for (const name of new Set(ofData)) {
    for (const effect of ['flip', 'truncate'] as const) {
      const calls = ofData.filter((other) => other === name).length
      for (let call = 1; call <= calls; call++) {
        const faulty = faultyBackend(createMemoryBackend(made.objects, REMOTE), [{effect, verb: 'get', name, call}])
        const {differs, failed} = await restore(made, faulty)
        t.deepEqual([differs, failed, faulty.unused()], [[], [], []], `${effect} of call ${call}`)
        t.is(faulty.calls.length - clean.calls.length, 2, 'a head and a range')
      }
    }
  }
})

test('restore ranges: what is damaged in the repository is told, after two more attempts', async (t) => {
  const made = await stored(t, writeSome)
  const [name] = made.dataPacks
  const pack = made.objects.get(name)!
  for (let at = 100; at < pack.length; at += 1000) pack[at] ^= 1
  const {backend, readings} = recorder(createMemoryBackend(made.objects, REMOTE))
  const {failed, result} = await restore(made, backend)
  t.deepEqual([...new Set(failed)], ['damaged-frame'])
  t.true(failed.length > 0 && result.files > 0)
  const fresh = readings.filter(({isFresh}) => isFresh)
  t.deepEqual([...new Set(fresh.map((reading) => reading.name))], [name])
  t.is(fresh.length, 4)
})

test('restore ranges: a pack that is cut short costs only what was in the rest of it', async (t) => {
  const write = (source: string): void => {
    for (let number = 0; number < 7; number++) writeFileSync(join(source, `file-${number}`), randomContent(number, MIB))
  }
  const made = await stored(t, write, (backend) => createRepository(backend, KEY_FILE))
  const [name] = made.dataPacks
  made.objects.set(name, made.objects.get(name)!.slice(0, 5.5 * MIB))
  const {failed, result} = await restore(made, createMemoryBackend(made.objects, REMOTE))
  t.true(result.files >= 3, `${result.files} files`)
  t.deepEqual([failed.length + result.files, [...new Set(failed)]], [7, ['io-failed']])
})
