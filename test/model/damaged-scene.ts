/** A repository in memory with snapshots that share much, ways to damage it, and what can be read of it then. */
import {createMemoryBackend} from '../../src/backend/memory.js'
import {hash} from '../../src/crypto/blake3.js'
import {forEachIndexed} from '../../src/engine/prune-survey.js'
import {HEAD_BYTES} from '../../src/format/head.js'
import type {IndexedPack} from '../../src/format/index-record.js'
import type {ObjectId} from '../../src/id.js'
import {loadForgotten} from '../../src/repository/forgotten-store.js'
import {packName} from '../../src/repository/names.js'
import {loadSnapshots} from '../../src/repository/snapshot-store.js'
import {toHex} from '../../src/util/bytes.js'
import {readWhole, storeContent} from './client.js'
import type {Content} from './content.js'
import {createModelRepository, openModel} from './place.js'
import {Random} from './random.js'

export type Objects = Map<string, Uint8Array>

export interface DamagedScene {
  objects: Objects
  /** By the tag of the snapshot. */
  contents: Map<string, Content>
  ids: Map<string, ObjectId>
  /** Packs, the last stored first; those of data have several frames. */
  packs: Record<IndexedPack['kind'], IndexedPack[]>
  /** Names of the index objects, in the order in which they were put. */
  indexes: string[]
}

const SNAPSHOTS = 4
const FILES = 7
const PIECES = 3

/** Each snapshot has new files beside those of the one before it. */
function contentOf(number: number): Content {
  const content = new Map<string, number[]>()
  for (let step = Math.max(0, number - 1); step <= number; step++) {
    for (let file = 0; file < FILES; file++) {
      const first = (step * FILES + file) * PIECES
      content.set(
        `${file % 3}/${step}-${file}`,
        Array.from({length: 1 + (file % PIECES)}, (_, piece) => first + piece),
      )
    }
  }
  return content
}

/** Nothing is damaged so far. */
export async function wholeScene(): Promise<DamagedScene> {
  const objects: Objects = new Map()
  const backend = createMemoryBackend(objects)
  await createModelRepository(backend, new Random(11))
  const scene: DamagedScene = {objects, contents: new Map(), ids: new Map(), packs: {data: [], tree: []}, indexes: []}
  const repository = await openModel(backend)
  for (let number = 0; number < SNAPSHOTS; number++) {
    const content = contentOf(number)
    scene.contents.set(`s${number}`, content)
    scene.ids.set(`s${number}`, await storeContent(repository, content, `s${number}`))
  }
  await forEachIndexed(await openModel(backend), (pack) => void scene.packs[pack.kind].push(pack))
  const order = [...objects.keys()].reverse()
  const age = ({id}: IndexedPack): number => order.indexOf(packName(id))
  for (const kind of ['data', 'tree'] as const) scene.packs[kind].sort((one, other) => age(one) - age(other))
  scene.packs.data = scene.packs.data.filter(({directory}) => directory.frameStoredLengths.length > 2)
  scene.indexes = [...objects.keys()].filter((name) => name.startsWith('index/'))
  return scene
}

/** One bit of the second frame is not as it was, or of the only one. */
export function flipFrame(objects: Objects, {id, directory: {frameStoredLengths}}: IndexedPack): void {
  const bytes = Uint8Array.from(objects.get(packName(id))!)
  bytes[HEAD_BYTES + (frameStoredLengths.length > 1 ? frameStoredLengths[0] : 0) + 20] ^= 1
  objects.set(packName(id), bytes)
}

/** What is left ends in the second frame. */
export function cutShort(objects: Objects, {id, directory: {frameStoredLengths}}: IndexedPack): void {
  objects.set(packName(id), objects.get(packName(id))!.slice(0, HEAD_BYTES + frameStoredLengths[0] + 100))
}

/** What can be had of each complete snapshot, by its tag: its whole files, with the hash of each. One that was repaired is another. */
export type Readable = Map<string, Map<string, string>>

export async function readable(objects: Objects): Promise<Readable> {
  const found: Readable = new Map()
  const repository = await openModel(createMemoryBackend(new Map(objects)))
  for (const {record} of await loadSnapshots(repository, () => undefined)) {
    if (record.isIncomplete) continue
    const name = `${record.tags[0]}${record.isRepaired ? ' repaired' : ''}`
    if (found.has(name)) throw new Error(`${name} is there twice`)
    found.set(name, hashed(await readWhole(repository, record.root)))
  }
  return sorted(found)
}

/** Files with the hashes of their content, by path. */
export function hashed(files: Map<string, string>): Map<string, string> {
  return sorted([...files].map(([path, hex]) => [path, toHex(hash(Buffer.from(hex))).slice(0, 16)]))
}

function sorted<T>(entries: Iterable<[string, T]>): Map<string, T> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Ids of the forgotten snapshots, sorted, each once: a run that died may have left a second object of one. */
export async function forgottenIds(objects: Objects): Promise<ObjectId[]> {
  const repository = await openModel(createMemoryBackend(new Map(objects)))
  const forgotten = await loadForgotten(repository, () => undefined)
  return [...new Set(forgotten.map(({snapshotId}) => snapshotId))].sort()
}
