/** Buckets for tests, on the server that the test run was given. */
import {randomUUID} from 'node:crypto'
import {type ObjectVersion, type S3, S3ServiceException} from '@aws-sdk/client-s3'
import test, {type ExecutionContext} from 'ava'
import {createClient} from './client.js'
import {type TestServer, testServer} from './test-server.js'

const hasServer = testServer() !== undefined
/** `test` where there is an S3 server, else `test.skip`. */
export const onServer = hasServer ? test : test.skip
/** The same for tests that run one after the other. */
export const onServerSerial = hasServer ? test.serial : test.serial.skip
/** Ends the titles of its tests. */
export const WHERE_SERVER = hasServer ? '' : ' (only where there is an S3 server, as a Ceph that npm test starts)'

export interface TestBucket {
  name: string
  server: TestServer
  /** A client of the bucket's owner. */
  client: S3
}

/** The server of this test run, in a test of `onServer`. */
export function requireServer(): TestServer {
  const server = testServer()
  if (server === undefined) throw new Error('there is no S3 server: use onServer')
  return server
}

/**
 * A fresh bucket that is emptied and removed when the test ends. What is then still locked stays, and the bucket with
 * it, until the server ends: so lock for seconds, or in governance mode.
 */
export async function createTestBucket(t: ExecutionContext, {objectLock = false}: {objectLock?: boolean} = {}): Promise<TestBucket> {
  const server = requireServer()
  const client = createClient(server)
  const name = `pocket-test-${randomUUID()}`
  await client.createBucket({Bucket: name, ObjectLockEnabledForBucket: objectLock})
  t.teardown(async () => {
    await removeBucket(client, name)
    client.destroy()
  })
  return {name, server, client}
}

async function removeBucket(client: S3, name: string): Promise<void> {
  try {
    await empty(client, name)
    await client.deleteBucket({Bucket: name})
  } catch (error) {
    // Removed by the test already, or something in it is locked.
    if (error instanceof S3ServiceException && ['NoSuchBucket', 'AccessDenied', 'BucketNotEmpty'].includes(error.name)) return
    throw error
  }
}

/** Removes all versions of all objects. */
async function empty(client: S3, name: string): Promise<void> {
  for (;;) {
    const {Versions = [], DeleteMarkers = [], IsTruncated} = await client.listObjectVersions({Bucket: name})
    const remove = ({Key, VersionId}: ObjectVersion): Promise<unknown> =>
      client.deleteObject({Bucket: name, Key, VersionId, BypassGovernanceRetention: true})
    await Promise.all([...Versions, ...DeleteMarkers].map(remove))
    if (IsTruncated !== true) return
  }
}
