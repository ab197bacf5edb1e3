/** Two repositories in memory, of which one is copied from: small pieces, so that little data makes many objects. */
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {Backend} from '../../src/backend/backend.js'
import {createMemoryBackend} from '../../src/backend/memory.js'
import type {PocketError} from '../../src/errors.js'
import {type CopyEvent, type CopyOptions, copySnapshots, listSnapshots, type Repository} from '../../src/index.js'
import {createRepository} from '../../src/repository/create.js'
import type {Secret} from '../../src/repository/key-store.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {textContent, writeRandom} from './content.js'
import {KEY_FILE, NO_SECRET, restoreFresh} from './repository-place.js'
import {take} from './simple-source.js'
import {createSmallPieces} from './small-pieces.js'
import {differences, listTree, type Listing} from './tree-listing.js'

export type Objects = Map<string, Uint8Array>

export interface Taken {
  id: string
  expected: Listing
}

/** A repository with three snapshots of `source`, and what each restores to. */
export interface Scene {
  folder: string
  source: string
  objects: Objects
  taken: Taken[]
}

export async function openOn<T>(
  backend: Backend,
  use: (repository: Repository) => Promise<T>,
  {secret = KEY_FILE, warnings = []}: {secret?: Secret; warnings?: PocketError[]} = {},
): Promise<T> {
  const onWarning = (warning: PocketError): void => void warnings.push(warning)
  const repository = await openRepositoryOn(backend, {secret: async () => secret, cacheDirectory: undefined, onWarning})
  return use(repository)
}

/** An empty repository; each has keys of its own. */
export async function emptyObjects(kind: 'small' | 'plain'): Promise<Objects> {
  const objects: Objects = new Map()
  if (kind === 'small') await createSmallPieces(createMemoryBackend(objects))
  else await createRepository(createMemoryBackend(objects), NO_SECRET)
  return objects
}

/** The source as the snapshot number `round` finds it. */
export function changeSource(source: string, round: number): void {
  writeRandom(join(source, `file-${round}`), round, 120_000)
  writeFileSync(join(source, 'below', 'counter'), String(round))
  writeFileSync(join(source, 'below', 'text'), textContent(round, 90_000))
  if (round === 2) rmSync(join(source, 'file-0'))
}

export async function takeRound({objects, source}: Pick<Scene, 'objects' | 'source'>, round: number): Promise<Taken> {
  changeSource(source, round)
  const id = await openOn(createMemoryBackend(objects), async (repository) => (await take(repository, {paths: [source]})).id)
  return {id: id!, expected: listTree(source)}
}

export async function prepareScene(t: ExecutionContext, rounds = 3): Promise<Scene> {
  const folder = temporaryFolder(t)
  const source = join(folder, 'source')
  mkdirSync(join(source, 'below'), {recursive: true})
  writeRandom(join(source, 'large'), 99, 600_000)
  const scene: Scene = {folder, source, objects: await emptyObjects('small'), taken: []}
  for (let round = 0; round < rounds; round++) scene.taken.push(await takeRound(scene, round))
  return scene
}

export async function copy(from: Backend, to: Backend, options: CopyOptions & {secret?: Secret} = {}) {
  const events: CopyEvent[] = []
  const onEvent = (event: CopyEvent): void => {
    events.push(event)
    options.onEvent?.(event)
  }
  const {secret, ...rest} = options
  const result = await openOn(from, (source) => openOn(to, (target) => copySnapshots(source, target, {...rest, onEvent}), {secret}))
  return {...result, events}
}

/** Every copy is in the target once, in the order of the source, and restores bit for bit. */
export async function restoresAll(
  t: ExecutionContext,
  scene: Scene,
  objects: Objects,
  {secret, where = '', taken = scene.taken}: {secret?: Secret; where?: string; taken?: readonly Taken[]} = {},
): Promise<void> {
  await openOn(
    createMemoryBackend(objects),
    async (repository) => {
      const copies = await listSnapshots(repository)
      t.deepEqual(
        copies.map(({original}) => original),
        taken.map(({id}) => id),
        where,
      )
      for (const [number, {id, isIncomplete}] of copies.entries()) {
        t.false(isIncomplete, where)
        const {listing, result} = await restoreFresh(repository, scene, id)
        t.deepEqual([differences(listing, taken[number].expected), result.failed], [[], 0], where)
      }
    },
    {secret},
  )
}
