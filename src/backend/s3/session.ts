/** The connection to a server that speaks S3: credentials, region, parallel requests, errors in Pocket's words. */
import {readFile} from 'node:fs/promises'
import {Agent as HttpAgent} from 'node:http'
import {Agent as HttpsAgent} from 'node:https'
import {rootCertificates} from 'node:tls'
import type {S3Client, S3ClientConfig} from '@aws-sdk/client-s3'
import {PocketError, systemCode} from '../../errors.js'
import {RateLimit} from '../../util/rate-limit.js'
import type {Traffic} from '../backend.js'
import {type FileCredentials, readCredentialsFile} from './credentials-file.js'
import {type Attempted, answerCode, isThrottled, regionInAnswer, requestError} from './errors.js'
import {Gate} from './gate.js'
import {type CallOptions, MeteredHandler} from './metered-handler.js'
import type {S3Options} from './options.js'

export type Sdk = typeof import('@aws-sdk/client-s3')

export interface SessionOptions {
  s3: S3Options
  /** Bytes a second. */
  limitUpload?: number
  limitDownload?: number
  onWarning: (warning: PocketError) => void
}

/** The connection is half open, or the server stalls. */
const STALL_MS = 60_000
const CONNECT_MS = 15_000
const DEFAULT_CONNECTIONS = 32
const DEFAULT_REGION = 'us-east-1'

/** A request, made by a client of the session's region. */
export type Call<T> = (client: S3Client, options: CallOptions) => Promise<T>

export class S3Session {
  readonly sdk: Sdk
  readonly traffic: Traffic = {put: 0, get: 0, list: 0, remove: 0, bytesUp: 0, bytesDown: 0, repeated: 0}
  /** Of the credentials file. */
  readonly bucketOfFile: string | undefined
  readonly #config: S3ClientConfig
  readonly #handler: MeteredHandler
  readonly #gate: Gate
  readonly #onWarning: (warning: PocketError) => void
  #client: S3Client
  #region: string
  #hasWarnedOfClock = false

  private constructor(parts: {
    sdk: Sdk
    config: S3ClientConfig
    client: S3Client
    region: string
    handler: (traffic: Traffic) => MeteredHandler
    options: SessionOptions
    bucketOfFile: string | undefined
  }) {
    this.sdk = parts.sdk
    this.#handler = parts.handler(this.traffic)
    this.#config = {...parts.config, requestHandler: this.#handler}
    this.#client = this.#makeClient(parts.region)
    parts.client.destroy()
    this.#region = parts.region
    this.#gate = new Gate(parts.options.s3.connections ?? DEFAULT_CONNECTIONS)
    this.#onWarning = parts.options.onWarning
    this.bucketOfFile = parts.bucketOfFile
  }

  /** Nothing is sent yet. Throws `credentials-missing`, `permission-denied` for a credentials file, `usage`, `io-failed` for a CA file. */
  static async open(options: SessionOptions, bucket = ''): Promise<S3Session> {
    const {s3} = options
    // The SDK would print a warning about releases that Pocket does not use.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
    const sdk = await import('@aws-sdk/client-s3')
    const {NodeHttpHandler} = await import('@smithy/node-http-handler')
    const file = s3.credentialsFile === undefined ? undefined : await readCredentialsFile(s3.credentialsFile)
    const config = clientConfig(s3, file, bucket)
    const client = new sdk.S3Client(config)
    const region = s3.region ?? file?.region ?? (await client.config.region().catch(() => DEFAULT_REGION))
    const connections = s3.connections ?? DEFAULT_CONNECTIONS
    const agents = await makeAgents(s3, connections)
    const limit = (bytesPerSecond: number | undefined): RateLimit | undefined =>
      bytesPerSecond === undefined ? undefined : new RateLimit(bytesPerSecond)
    const handler = (traffic: Traffic): MeteredHandler =>
      new MeteredHandler({
        handler: new NodeHttpHandler({connectionTimeout: CONNECT_MS, socketTimeout: s3.stallMs ?? STALL_MS, ...agents}),
        agents: Object.values(agents),
        traffic,
        upload: limit(options.limitUpload),
        download: limit(options.limitDownload),
      })
    return new S3Session({sdk, config, client, region, handler, options, bucketOfFile: file?.bucket})
  }

  get region(): string {
    return this.#region
  }

  /** Where requests go: what was asked for, or what the SDK made of the region. */
  get endpoint(): string {
    const {endpoint} = this.#config
    return this.#handler.origin ?? (typeof endpoint === 'string' ? endpoint : `https://s3.${this.#region}.amazonaws.com`)
  }

  get isAmazon(): boolean {
    return /\.amazonaws\.com(\.cn)?(:\d+)?\/?$/.test(this.endpoint)
  }

  /** Makes a request when it is its turn. Throws `PocketError`; answers that `passOn` names are thrown as the SDK's. */
  async call<T>(
    attempted: Omit<Attempted, 'server'>,
    call: Call<T>,
    {passOn = [], ...options}: CallOptions & {passOn?: readonly string[]} = {},
  ): Promise<T> {
    try {
      return await this.#gate.run(
        () => this.#inRegion(call, options),
        (error) => (isThrottled(error) ? 'throttled' : 'answered'),
      )
    } catch (error) {
      if (passOn.includes(answerCode(error))) throw error
      throw requestError(error, {...attempted, server: `${this.endpoint}, region ${this.#region}`})
    }
  }

  close(): void {
    this.#handler.destroy()
  }

  /** A refusal that names the region, or whose date tells how wrong the clock is, is asked again at once. */
  async #inRegion<T>(call: Call<T>, options: CallOptions): Promise<T> {
    try {
      return await call(this.#client, options)
    } catch (error) {
      const region = regionInAnswer(error)
      if (region !== undefined && region !== this.#region) this.#useRegion(region)
      else if (answerCode(error) === 'RequestTimeTooSkewed') this.#warnOfClock(error)
      else throw error
      return await call(this.#client, options)
    }
  }

  #useRegion(region: string): void {
    this.#region = region
    this.#client = this.#makeClient(region)
  }

  /** By now the SDK signs with the server's time. */
  #warnOfClock(error: unknown): void {
    if (this.#hasWarnedOfClock) return
    this.#hasWarnedOfClock = true
    const told = requestError(error, {what: 'sign', action: '', resource: '', location: this.endpoint, server: this.endpoint})
    if (!(told instanceof PocketError)) return
    const [, reason] = /: (the clock of this machine [^(]*) \(/.exec(told.message) ?? []
    this.#onWarning(
      new PocketError('clock-skewed', `${reason ?? 'the clock of this machine is wrong'}; requests are signed with the server's time`, {
        hint: told.hint,
      }),
    )
  }

  #makeClient(region: string): S3Client {
    return new this.sdk.S3Client({...this.#config, region})
  }
}

function clientConfig(s3: S3Options, file: FileCredentials | undefined, bucket: string): S3ClientConfig {
  const endpoint = s3.endpoint ?? file?.endpoint ?? (process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL || undefined)
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

async function makeAgents(s3: S3Options, connections: number): Promise<{httpAgent: HttpAgent; httpsAgent: HttpsAgent}> {
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
