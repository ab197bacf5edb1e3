/** A small repository in memory, ways to damage it, and what comes of it then. */
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {isPocketError} from '../../src/errors.js'
import {addKey, listSnapshots, type Repository, restoreSnapshot, type Secret, takeSnapshot} from '../../src/index.js'
import {createRepository} from '../../src/repository/create.js'
import {openRepositoryOn} from '../../src/repository/open.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {textContent, writeRandom} from './content.js'
import {KEY_FILE, NO_SECRET} from './repository-place.js'
import {differences, listTree, type Listing} from './tree-listing.js'

export type Objects = ReadonlyMap<string, Uint8Array>

export interface Sample {
  folder: string
  objects: Objects
  secret: Secret
  /** Each with the objects that only it needs. */
  snapshots: {id: string; expected: Listing; objects: string[]}[]
}

export const SECOND_KEY: Secret = {type: 'key-file', key: Buffer.alloc(32, 9)}

/** Two snapshots that share nothing, each with a data pack, a tree pack, an index and itself; two keys when encrypted. */
export async function createSample(t: ExecutionContext, isEncrypted: boolean): Promise<Sample> {
  const folder = temporaryFolder(t)
  const objects = new Map<string, Uint8Array>()
  const secret = isEncrypted ? KEY_FILE : NO_SECRET
  await createRepository(createMemoryBackend(objects), secret)
  const snapshots: Sample['snapshots'] = []
  for (const number of [0, 1]) {
    const source = join(folder, `source-${number}`)
    mkdirSync(join(source, 'folder'), {recursive: true})
    writeRandom(join(source, 'random'), number, 60_000)
    writeFileSync(join(source, 'folder', 'text'), textContent(number, 90_000))
    writeFileSync(join(source, 'empty'), '')
    symlinkSync(`target ${number}`, join(source, 'folder', 'link'))
    const before = new Set(objects.keys())
    const repository = await open(objects, {secret, complaints: []})
    const {id} = await takeSnapshot(repository, {paths: [source], workers: 1})
    snapshots.push({id: id!, expected: listTree(source), objects: [...objects.keys()].filter((name) => !before.has(name))})
    if (isEncrypted && number === 0) await addKey(repository, {secret: SECOND_KEY})
  }
  return {folder, objects, secret, snapshots}
}

interface Opening {
  secret: Secret
  cacheDirectory?: string
  /** Collects warnings. */
  complaints: string[]
}

function open(objects: Map<string, Uint8Array>, {secret, cacheDirectory, complaints}: Opening): Promise<Repository> {
  return openRepositoryOn(createMemoryBackend(objects), {
    secret: async () => secret,
    cacheDirectory,
    onWarning: ({code, message}) => complaints.push(`${code}: ${message}`),
  })
}

export interface Outcome {
  /** Errors, warnings and failed entries, as `code: message`. */
  complaints: string[]
  isOpened: boolean
  /** Those restored without a complaint, by their place in the sample. */
  restored: boolean[]
  /** Files and links that were restored as something else than they were. */
  wrong: string[]
}

/** Opens, lists and restores what is to be restored of `sample`; every error but a PocketError is thrown on. */
export async function examine(sample: Sample, damaged: Objects, secret = sample.secret, cacheDirectory?: string): Promise<Outcome> {
  const outcome: Outcome = {complaints: [], isOpened: false, restored: sample.snapshots.map(() => false), wrong: []}
  await complaining(outcome, async () => {
    const repository = await open(new Map(damaged), {secret, cacheDirectory, complaints: outcome.complaints})
    outcome.isOpened = true
    await complaining(outcome, () => listSnapshots(repository))
    for (const [number, snapshot] of sample.snapshots.entries()) await restoreOne(sample, outcome, repository, {...snapshot, number})
  })
  return outcome
}

async function restoreOne(
  {folder}: Sample,
  outcome: Outcome,
  repository: Repository,
  {id, expected, number}: Sample['snapshots'][number] & {number: number},
): Promise<void> {
  const target = join(folder, 'target')
  let failed = 1
  await complaining(outcome, async () => {
    const onEvent = (event: {type: string; code?: string; message?: string}) => {
      if (event.type === 'failed') outcome.complaints.push(`${event.code}: ${event.message}`)
    }
    const result = await restoreSnapshot(repository, {reference: id, target, workers: 1, onEvent})
    failed = result.failed
  })
  const listing = await listIfThere(target)
  // A folder's metadata comes last, so it may lack where a run ended early; what is in files and links may not be wrong.
  for (const [path, entry] of listing)
    if (!entry.startsWith('directory') && expected.get(path) !== entry) outcome.wrong.push(`${path}: ${entry}`)
  const isWhole = differences(listing, expected).length === 0
  if (!isWhole && failed === 0) outcome.wrong.push(`snapshot ${number}: incomplete without a word`)
  outcome.restored[number] = isWhole && failed === 0
  rmSync(target, {recursive: true, force: true})
}

async function listIfThere(target: string): Promise<Listing> {
  try {
    return listTree(target)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
}

async function complaining(outcome: Outcome, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isPocketError(error)) throw error
    outcome.complaints.push(`${error.code}: ${error.message}`)
  }
}
