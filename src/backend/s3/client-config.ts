/** What the SDK is told: the endpoint, the region, certificates, and to leave to Pocket what Pocket does itself. */
import {readFile} from 'node:fs/promises'
import {Agent as HttpAgent} from 'node:http'
import {Agent as HttpsAgent} from 'node:https'
import {rootCertificates} from 'node:tls'
import type {S3Client, S3ClientConfig} from '@aws-sdk/client-s3'
import {PocketError, systemCode} from '../../errors.js'
import type {FileCredentials} from './credentials-file.js'
import type {S3Options} from './options.js'

const DEFAULT_REGION = 'us-east-1'

/** What the environment or a profile says. Throws `usage` when that is no region. */
export async function regionOf(client: S3Client): Promise<string> {
  try {
    return await client.config.region()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (/region is missing/i.test(reason)) return DEFAULT_REGION
    throw new PocketError('usage', `the region cannot be told: ${reason}`, {
      hint: 'give --region, or check AWS_REGION and the profile',
      cause: error,
    })
  }
}

/** Of an endpoint of these, in this order: the options', the credentials file's, the environment's, the profile's. Throws `usage`. */
export function clientConfig(
  s3: S3Options,
  file: FileCredentials | undefined,
  ofProfile: string | undefined,
  bucket: string,
): S3ClientConfig {
  const endpoint = s3.endpoint ?? file?.endpoint ?? (process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL || ofProfile)
  if (endpoint !== undefined) checkEndpoint(endpoint)
  const isAmazon = endpoint === undefined || /\.amazonaws\.com(\.cn)?\/?$/.test(endpoint)
  return {
    endpoint,
    region: s3.region ?? file?.region,
    profile: s3.profile,
    credentials: file && {accessKeyId: file.accessKeyId, secretAccessKey: file.secretAccessKey, sessionToken: file.sessionToken},
    // Certificates of Amazon's are for one level of names below s3.REGION.
    forcePathStyle: s3.pathStyle ?? (!isAmazon || bucket.includes('.')),
    // Pocket tries again itself, and sends what it has hashed itself: no trailers, which not every server takes.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    followRegionRedirects: false,
    defaultsMode: 'standard',
    // What it would print is about choices that docs/s3.md explains.
    logger: {trace: () => undefined, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined},
  }
}

function checkEndpoint(endpoint: string): void {
  let url: URL
  try {
    url = new URL(endpoint)
  } catch (error) {
    throw new PocketError('usage', 'the endpoint is not a URL', {hint: 'write it as https://s3.example.org', cause: error})
  }
  if (url.username !== '' || url.password !== '') {
    throw new PocketError('usage', 'the endpoint holds a user or a password, which others could see', {
      hint: 'give the keys by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or --credentials-file',
    })
  }
  if (url.protocol === 'https:' || url.protocol === 'http:') return
  throw new PocketError('usage', `the endpoint '${endpoint}' is neither https:// nor http://`, {hint: 'write it as https://s3.example.org'})
}

/** Throws `usage` and `io-failed` for a file of certificate authorities. */
export async function makeAgents(s3: S3Options, connections: number): Promise<{httpAgent: HttpAgent; httpsAgent: HttpsAgent}> {
  const common = {keepAlive: true, maxSockets: connections, scheduling: 'lifo' as const}
  const caFile = s3.caFile ?? (process.env.AWS_CA_BUNDLE || undefined)
  const ca = caFile === undefined ? undefined : [...rootCertificates, await readAuthorities(caFile)]
  return {httpAgent: new HttpAgent(common), httpsAgent: new HttpsAgent({...common, ca, rejectUnauthorized: !s3.insecureTls})}
}

async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new PocketError('io-failed', `cannot read the file of certificate authorities '${path}': ${code}`, {
      hint: 'check --ca-file',
      cause: error,
    })
  })
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new PocketError('usage', `'${path}' holds no certificate`, {hint: 'it must be a PEM file, with BEGIN CERTIFICATE'})
}
