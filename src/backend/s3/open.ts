/** From a location and options to a backend in a bucket. */
import {setMaxListeners} from 'node:events'
import {PocketError} from '../../errors.js'
import type {Backend} from '../backend.js'
import {createRetrier, type Retrier, retryingBackend, type RetryOptions} from '../retry.js'
import {namingCredentials} from './credentials-source.js'
import {isUnsent} from './errors.js'
import {parseS3Location, type S3Location} from './location.js'
import {S3Backend} from './s3.js'
import {S3Session, type SessionOptions} from './session.js'

export interface OpenS3Options extends SessionOptions {
  onRetry?: RetryOptions['onRetry']
  signal?: AbortSignal
  pause?: RetryOptions['pause']
}

/** At the start a call is made four times; once the server has answered, for half an hour: a network comes back. */
const RETRY = {attempts: 4, patienceMs: 30 * 60_000, firstDelayMs: 1000, longestDelayMs: 30_000} satisfies RetryOptions

/** Nothing is sent yet. Throws `usage`, `credentials-missing`, `permission-denied` for a credentials file, `key-missing`, `damaged-key`. */
export async function openS3Backend(location: string, options: OpenS3Options): Promise<Backend> {
  const {session, place} = await openS3Session(location, options)
  const retry = retrierOf(session, options)
  const backend = await S3Backend.create(session, place, options.s3, retry)
  return Object.assign(retryingBackend(backend, retry), {list: (prefix: string) => backend.list(prefix)})
}

/** For calls that are not of a backend: they are made again as a backend's are. */
export function retrierOf(session: S3Session, options: OpenS3Options): Retrier {
  const signal = options.signal ? AbortSignal.any([options.signal, session.closed]) : session.closed
  // Each pause listens to it, and there are as many at a time as there are calls under way.
  setMaxListeners(0, signal)
  const retry = createRetrier({
    ...RETRY,
    signal,
    pause: options.pause,
    onRetry: (retry) => {
      if (!isUnsent(retry.error.cause)) session.traffic.repeated++
      options.onRetry?.(retry)
    },
  })
  return async (call) => {
    try {
      return await retry(call)
    } catch (error) {
      throw namingCredentials(error, options.s3)
    }
  }
}

/** The bucket is the location's, or else the one of the credentials file. */
export async function openS3Session(location: string, options: SessionOptions): Promise<{session: S3Session; place: S3Location}> {
  const place = parseS3Location(location)
  const session = await S3Session.open(options, place.bucket)
  const bucket = place.bucket || session.bucketOfFile
  if (bucket) return {session, place: {...place, bucket}}
  session.close()
  throw new PocketError('usage', `'${location}' names no bucket`, {
    hint: 'write s3://BUCKET/PREFIX, or BUCKET_NAME=… in the credentials file',
  })
}
