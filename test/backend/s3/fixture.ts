/** Backends in buckets of the test run's server. */
import {chmodSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {Backend} from '../../../src/backend/backend.js'
import {openS3Backend, type OpenS3Options} from '../../../src/backend/s3/open.js'
import type {S3Options} from '../../../src/backend/s3/options.js'
import type {PocketError} from '../../../src/errors.js'
import type {Credentials, TestServer} from '../../s3-server/test-server.js'
import {temporaryFolder} from '../temporary-folder.js'

export interface Access {
  endpoint?: string
  credentials?: Credentials
  /** What else is asked for. */
  s3?: Partial<S3Options>
}

/** How the server is reached; the keys are in a file of their own, so that nothing of the environment matters. */
export function s3Options(
  t: ExecutionContext,
  server: TestServer,
  {endpoint = server.endpoint, credentials = server, s3}: Access = {},
): S3Options {
  const credentialsFile = join(temporaryFolder(t), 'credentials')
  writeFileSync(credentialsFile, `AWS_ACCESS_KEY_ID=${credentials.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}\n`)
  chmodSync(credentialsFile, 0o600)
  return {endpoint, region: server.region, credentialsFile, ...s3}
}

/** A warning that nobody expects fails the test. */
export function open(
  t: ExecutionContext,
  location: string,
  s3: S3Options,
  rest: Partial<OpenS3Options> & {onWarning?: (warning: PocketError) => void} = {},
): Promise<Backend> {
  return openS3Backend(location, {s3, onWarning: (warning) => t.fail(warning.message), ...rest})
}
