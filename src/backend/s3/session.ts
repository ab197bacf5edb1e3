/** The connection to a server that speaks S3: credentials, region, parallel requests, errors in Pocket's words. */
import type {S3Client, S3ClientConfig} from '@aws-sdk/client-s3'
import {PocketError} from '../../errors.js'
import {nowNs} from '../../util/clock.js'
import {lowestRate, type Rate} from '../../util/rate-timetable.js'
import {flowLimit} from '../../util/timed-rate-limit.js'
import type {Traffic} from '../backend.js'
import {clientConfig, makeAgents, regionOf} from './client-config.js'
import {readCredentialsFile} from './credentials-file.js'
import {type Attempted, answerCode, isGarbled, isThrottled, regionInAnswer, requestError, statusOf} from './errors.js'
import {Gate, type Outcome} from './gate.js'
import {type CallOptions, MeteredHandler} from './metered-handler.js'
import type {S3Options} from './options.js'
import {profileEndpoint} from './profile-endpoint.js'

export type Sdk = typeof import('@aws-sdk/client-s3')

export interface SessionOptions {
  s3: S3Options
  /** Bytes a second. */
  limitUpload?: Rate
  limitDownload?: Rate
  onWarning: (warning: PocketError) => void
}

/** The connection is half open, or the server stalls. */
const STALL_MS = 60_000
const CONNECT_MS = 15_000
/** Whoever waits longer for the first answer is told that nothing has come. */
const SILENCE_MS = 10_000
const DEFAULT_CONNECTIONS = 32
/** The region and the clock. */
const MOST_CORRECTIONS = 2
const PIECE_BYTES = 64 * 1024
const MOST_GARBLED = 10

/** Under a low limit of rate a connection waits long for its turn, and has not stalled. */
function stallMs({s3, limitUpload, limitDownload}: SessionOptions, connections: number): number {
  const lowest = [limitUpload, limitDownload].map((rate) => (rate && lowestRate(rate)) ?? Number.POSITIVE_INFINITY)
  const turnMs = (connections * PIECE_BYTES * 1000) / Math.min(...lowest)
  return Math.ceil((s3.stallMs ?? STALL_MS) + 2 * turnMs)
}

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
  #hasAnswered = false
  /** Answers one after the other that were not as they were sent. */
  #garbled = 0
  readonly #closing = new AbortController()
  #hasWarnedOfClock = false
  #hasWarnedOfSilence = false

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
    const config = clientConfig(s3, file, await profileEndpoint(s3.profile), bucket || (file?.bucket ?? ''))
    const client = new sdk.S3Client(config)
    const region = s3.region ?? file?.region ?? (await regionOf(client))
    const connections = s3.connections ?? DEFAULT_CONNECTIONS
    const agents = await makeAgents(s3, connections)
    const handler = (traffic: Traffic): MeteredHandler =>
      new MeteredHandler({
        handler: new NodeHttpHandler({connectionTimeout: CONNECT_MS, socketTimeout: stallMs(options, connections), ...agents}),
        agents: Object.values(agents),
        traffic,
        upload: flowLimit(options.limitUpload),
        download: flowLimit(options.limitDownload),
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

  /** In ms since 1970 by the server's clock, as far as it is known to differ much from this machine's. */
  nowMs(): number {
    return Number(nowNs() / 1_000_000n) + this.#client.config.systemClockOffset
  }

  /** Makes a request when it is its turn. Throws `PocketError`; answers that `passOn` names are thrown as the SDK's. */
  async call<T>(
    attempted: Omit<Attempted, 'server'>,
    call: Call<T>,
    {passOn = [], ...options}: CallOptions & {passOn?: readonly string[]} = {},
  ): Promise<T> {
    const waiting = this.#hasAnswered ? undefined : setTimeout(this.#warnOfSilence, SILENCE_MS)
    try {
      const result = await this.#gate.run(() => this.#corrected(call, options), outcomeOf)
      this.#hasAnswered = true
      this.#garbled = 0
      return result
    } catch (error) {
      if (passOn.includes(answerCode(error))) throw error
      const server = `${this.endpoint}, region ${this.#region}`
      const told = requestError(error, {...attempted, server, hasAnswered: this.#hasAnswered})
      this.#garbled = isGarbled(error) ? this.#garbled + 1 : 0
      // Something on the way changes bytes: to send them again and again helps nobody.
      if (this.#garbled >= MOST_GARBLED && told instanceof PocketError && told.retryable) {
        throw new PocketError(told.code, told.message, {
          hint: 'something between this machine and the server changes what is sent',
          cause: error,
        })
      }
      throw told
    } finally {
      clearTimeout(waiting)
    }
  }

  readonly #warnOfSilence = (): void => {
    if (this.#hasWarnedOfSilence) return
    this.#hasWarnedOfSilence = true
    this.#onWarning(new PocketError('connection-failed', `${this.endpoint} has not answered so far`, {hint: 'still waiting'}))
  }

  /** Aborted by `close`, after which nothing is to be tried again. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    this.#gate.close(new PocketError('interrupted', 'the connection was closed'))
    this.#closing.abort()
    this.#handler.destroy()
  }

  /** A refusal that names the region, or whose date tells how wrong the clock is, is asked again at once. */
  async #corrected<T>(call: Call<T>, options: CallOptions): Promise<T> {
    for (let corrections = 0; ; corrections++) {
      const region = this.#region
      try {
        return await call(this.#client, options)
      } catch (error) {
        if (corrections === MOST_CORRECTIONS || !this.#correct(error, region)) throw error
      }
    }
  }

  /** Whether the request, which was made in `region`, is to be made again. */
  #correct(error: unknown, region: string): boolean {
    const named = regionInAnswer(error)
    if (named !== undefined && named !== region) {
      // Unless another request has met the same before.
      if (this.#region === region) this.#useRegion(named)
      return true
    }
    if (answerCode(error) !== 'RequestTimeTooSkewed') return false
    this.#warnOfClock(error)
    return true
  }

  #useRegion(region: string): void {
    this.#region = region
    this.#client = this.#makeClient(region, this.#client.config.systemClockOffset)
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

  #makeClient(region: string, systemClockOffset = 0): S3Client {
    const client = new this.sdk.S3Client({...this.#config, region})
    client.config.systemClockOffset = systemClockOffset
    return client
  }
}

function outcomeOf(error: unknown): Outcome {
  if (isThrottled(error)) return 'throttled'
  return statusOf(error) === undefined ? 'failed' : 'answered'
}
