/** Repositories in a bucket of the test run's server. */
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {initRepository} from '../../src/index.js'
import type {Reach, S3Options} from '../../src/operations/reach.js'
import {s3Options} from '../backend/s3/fixture.js'
import {createTestBucket, type TestBucket} from '../s3-server/bucket.js'
import type {TestServer} from '../s3-server/test-server.js'
import {emptyPlace, KEY_FILE, type Place} from './repository-place.js'

export interface S3PlaceOptions {
  s3?: Partial<S3Options>
  objectLock?: boolean
  /** Another way to the server, such as a proxy. */
  endpoint?: (server: TestServer) => Promise<string>
}

export interface S3Place extends Place {
  bucket: TestBucket
  reach: Reach & {s3: S3Options}
}

/** A bucket of its own, with no repository so far. */
export async function bucketPlace(t: ExecutionContext, {s3, objectLock, endpoint}: S3PlaceOptions = {}): Promise<S3Place> {
  const bucket = await createTestBucket(t, {objectLock})
  const reached = endpoint && (await endpoint(bucket.server))
  const reach = {s3: s3Options(t, bucket.server, {s3, endpoint: reached})}
  return {...emptyPlace(t, KEY_FILE), location: `s3://${bucket.name}/backups/here`, reach, bucket}
}

/** An empty repository in a bucket of its own. */
export async function createS3Place(t: ExecutionContext, options?: S3PlaceOptions): Promise<S3Place> {
  const place = await bucketPlace(t, options)
  const {location, secret, reach} = place
  await initRepository({location, secret, reach})
  return place
}

/** The same repository, as another machine sees it: with a cache of its own. */
export function otherMachine<Kind extends S3Place>(place: Kind, name: string): Kind {
  return {...place, cacheDirectory: join(place.folder, `cache-${name}`)}
}
