/** From a location to the backend that keeps objects there. */
import {resolve} from 'node:path'
import type {Backend} from '../backend/backend.js'
import {isPocketError, PocketError} from '../errors.js'
import type {OnWarning} from '../repository/repository.js'
import type {Reach} from './reach.js'

/** What a location means. */
export type Place = {type: 'folder'; directory: string} | {type: 's3'; location: string}

export interface OpenBackendOptions {
  reach: Reach
  onWarning: OnWarning
}

export interface CreateBackendOptions extends OpenBackendOptions {
  /** Asked when the bucket is not there: whether to make it. */
  createBucket: (() => Promise<boolean>) | undefined
  /** Told of a bucket that has been made, whatever happens after. */
  onBucketMade?: (bucket: string) => void
}

/** Throws `usage` for a location that is neither a folder nor in a bucket. */
export function placeOf(location: string): Place {
  if (/^s3:\/\//i.test(location)) return {type: 's3', location}
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) return {type: 'folder', directory: resolve(location)}
  throw new PocketError('usage', `'${schemeOf(location)}…' is not a place that this version can keep a repository in`, {
    hint: 'give the path of a folder, or s3://BUCKET/PREFIX',
  })
}

/** Opens the backend without making anything. Throws `usage`, `credentials-missing`, and what reading a credentials or key file throws. */
export async function openBackend(location: string, {reach, onWarning}: OpenBackendOptions): Promise<Backend> {
  const place = placeOf(location)
  if (place.type === 's3') {
    const {openS3Backend} = await import('../backend/s3/open.js')
    return pausable(await openS3Backend(location, {...reach, s3: reach.s3 ?? {}, onWarning}), reach)
  }
  const {openLocalBackend} = await import('../backend/local.js')
  return pausable(await limited(openLocalBackend(place.directory), reach), reach)
}

/** As `openBackend`, and makes the folder or, when `createBucket` says so, the bucket. Throws `bucket-missing` when it does not. */
export async function createBackend(location: string, options: CreateBackendOptions): Promise<Backend> {
  const place = placeOf(location)
  const {reach, onWarning} = options
  if (place.type === 'folder') {
    const {createLocalBackend} = await import('../backend/local.js')
    return limited(await createLocalBackend(place.directory), reach)
  }
  // What is wrong on this machine, such as a key file that is not there, is met before a bucket is made.
  const backend = await openBackend(location, {reach, onWarning})
  try {
    await ensureBucket(location, options)
  } catch (error) {
    await backend.close()
    throw error
  }
  return backend
}

async function ensureBucket(location: string, {reach, onWarning, createBucket, onBucketMade}: CreateBackendOptions): Promise<void> {
  const {bucketExists, createBucket: create, requireObjectLock} = await import('../backend/s3/buckets.js')
  const {openS3Session, retrierOf} = await import('../backend/s3/open.js')
  const options = {...reach, s3: reach.s3 ?? {}, onWarning}
  const {session, place} = await openS3Session(location, options)
  const retry = retrierOf(session, options)
  try {
    if (await retry(() => bucketExists(session, place.bucket))) {
      if (options.s3.lock) await retry(() => requireObjectLock(session, place.bucket))
      return
    }
    if (!(await createBucket?.())) {
      throw new PocketError('bucket-missing', `there is no bucket '${place.bucket}' at ${session.endpoint}`, {
        hint: 'check its name, or make it with --create-bucket',
      })
    }
    await retry(() => create(session, place.bucket, options.s3))
    onBucketMade?.(place.bucket)
  } catch (error) {
    // Whoever may write may not always list: what the repository itself needs is tried next, and says what lacks.
    if (!isPocketError(error, 'permission-denied')) throw error
  } finally {
    session.close()
  }
}

async function pausable(backend: Backend, {pause}: Reach): Promise<Backend> {
  if (pause === undefined) return backend
  const {pausableBackend} = await import('../backend/pausable.js')
  return pausableBackend(backend, pause)
}

async function limited(backend: Backend, {limitUpload, limitDownload}: Reach): Promise<Backend> {
  if (limitUpload === undefined && limitDownload === undefined) return backend
  const {limitedBackend} = await import('../backend/limit.js')
  return limitedBackend(backend, {uploadBytesPerSecond: limitUpload, downloadBytesPerSecond: limitDownload})
}

function schemeOf(location: string): string {
  return location.slice(0, location.indexOf('://') + 3)
}
