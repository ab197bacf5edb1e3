/** Repositories in a bucket of the test run's server. */
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {initRepository} from '../../src/index.js'
import type {S3Options} from '../../src/operations/reach.js'
import {s3Options} from '../backend/s3/fixture.js'
import {createTestBucket, type TestBucket} from '../s3-server/bucket.js'
import {emptyPlace, KEY_FILE, type Place} from './repository-place.js'

export interface S3PlaceOptions {
  s3?: Partial<S3Options>
  objectLock?: boolean
  /** Another way to the server, such as a proxy. */
  endpoint?: (server: string) => Promise<string>
}

export interface S3Place extends Place {
  bucket: TestBucket
}

/** An empty repository in a bucket of its own. */
export async function createS3Place(t: ExecutionContext, {s3, objectLock, endpoint}: S3PlaceOptions = {}): Promise<S3Place> {
  const bucket = await createTestBucket(t, {objectLock})
  const reached = endpoint && (await endpoint(bucket.server.endpoint))
  const reach = {s3: s3Options(t, bucket.server, {s3, endpoint: reached})}
  const place = {...emptyPlace(t, KEY_FILE), location: `s3://${bucket.name}/backups/here`, reach, bucket}
  await initRepository({location: place.location, secret: place.secret, reach})
  return place
}

/** The same repository, as another machine sees it: with a cache of its own. */
export function otherMachine(place: S3Place, name: string): S3Place {
  return {...place, cacheDirectory: join(place.folder, `cache-${name}`)}
}
