/** A repository of a test's own, in a fresh folder that also has room for sources and targets. */
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {
  initRepository,
  openRepository,
  type Repository,
  type RestoreResult,
  restoreSnapshot,
  type RestoreSnapshotOptions,
  type Secret,
} from '../../src/index.js'
import type {PocketError} from '../../src/errors.js'
import type {Reach} from '../../src/operations/reach.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {type Listing, listTree} from './tree-listing.js'

export const KEY_FILE: Secret = {type: 'key-file', key: Buffer.alloc(32, 7)}
export const NO_SECRET: Secret = {type: 'none'}
/** Few, so that files of one test do not all go to one worker and many tests can run at once. */
export const WORKERS = 2

export interface Place {
  folder: string
  /** An empty folder. */
  source: string
  location: string
  cacheDirectory: string
  secret: Secret
  /** How a place is reached that is no folder. */
  reach?: Reach
}

interface Context {
  teardown(remove: () => void): void
}

/** An empty repository that `secret` opens. */
export async function createPlace(t: Context, secret = KEY_FILE): Promise<Place> {
  const place = emptyPlace(t, secret)
  await initRepository({location: place.location, secret})
  return place
}

/** The folders, and no repository so far. */
export function emptyPlace(t: Context, secret = KEY_FILE): Place {
  const folder = temporaryFolder(t)
  const source = join(folder, 'source')
  mkdirSync(source)
  return {folder, source, location: join(folder, 'repository'), cacheDirectory: join(folder, 'cache'), secret}
}

/** Opens it for `use`, with its cache. */
export async function withRepository<T>(
  {location, secret, cacheDirectory, reach}: Place,
  use: (repository: Repository) => Promise<T>,
  onWarning: (warning: PocketError) => void = fail,
): Promise<T> {
  const repository = await openRepository({location, secret, cacheDirectory, reach, onWarning})
  try {
    return await use(repository)
  } finally {
    await repository.close()
  }
}

let targets = 0

/** Restores into a fresh folder; what is there then, and the result. */
export async function restoreFresh(
  repository: Repository,
  place: Pick<Place, 'folder'>,
  options: string | RestoreSnapshotOptions,
): Promise<{listing: Listing; result: RestoreResult; target: string}> {
  const target = join(place.folder, `target-${targets++}`)
  const request = typeof options === 'string' ? {reference: options} : options
  const result = await restoreSnapshot(repository, {workers: WORKERS, target, ...request})
  return {listing: listTree(target), result, target}
}

function fail(warning: Error): never {
  throw warning
}
