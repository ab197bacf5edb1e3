/** Clients of S3 servers, for tests and benchmarks. */
import {Agent} from 'node:https'
import {S3} from '@aws-sdk/client-s3'
import type {Credentials} from './test-server.js'

export interface ClientOptions {
  /** Another user than the server's first. */
  credentials?: Credentials
  /** Another way to the server, such as a proxy. */
  endpoint?: string
  /** The certificate that it shows, when that is one of its own. */
  certificate?: Buffer
}

/** A client of `server`, which the caller destroys. */
export function createClient(server: Credentials & {endpoint: string; region: string}, options: ClientOptions = {}): S3 {
  const {credentials = server, endpoint = server.endpoint, certificate} = options
  return new S3({
    endpoint,
    region: server.region,
    credentials: {accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey},
    forcePathStyle: true,
    requestHandler: certificate === undefined ? {} : {httpsAgent: new Agent({ca: certificate, keepAlive: true})},
    // Older servers refuse bodies in chunks with checksums behind them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}
