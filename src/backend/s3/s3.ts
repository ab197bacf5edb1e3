/** A backend in a bucket. One request for each call, as far as S3 can; what must be tried again says so and is, by `retryingBackend`. */
import {randomBytes} from 'node:crypto'
import {PocketError} from '../../errors.js'
import {concatBytes, equalBytes} from '../../util/bytes.js'
import type {
  Access,
  Backend,
  ByteRange,
  ConditionalCreate,
  ConditionalSupport,
  GetOptions,
  ListedObject,
  ObjectStat,
  PutOptions,
  Retention,
  Traffic,
} from '../backend.js'
import {objectExists, objectMissing} from '../local-errors.js'
import {checkObjectName, checkPrefix, isObjectName} from '../name.js'
import {checkRange, resolveRange} from '../range.js'
import type {Retrier} from '../retry.js'
import {checkPage, type HttpRange, httpRange, partOf, RangePour} from './answers.js'
import {BucketPlace, MISSING_BY_NAME} from './bucket-place.js'
import {answerCode} from './errors.js'
import type {S3Location} from './location.js'
import {type EncryptionFields, encryptionFields} from './options-of-writes.js'
import type {S3Options} from './options.js'
import {S3Retention} from './retention.js'
import type {Call, S3Session} from './session.js'

/** A request takes 50 ms and more, whatever it is for; what it costs in money are fractions of a cent. */
const ACCESS: Access = {
  parallelCalls: 16,
  parallelPuts: 4,
  gapBytes: 256 * 1024,
  // A whole pack of a new repository: requests are what costs.
  rangeBytes: 18 * 1024 * 1024,
  packBytes: 16 * 1024 * 1024,
  isListingDear: true,
  isReadingDear: true,
}

/** A server answers so that does not know conditional requests. */
const CONDITION_UNKNOWN: ReadonlySet<string> = new Set(['NotImplemented', 'NotSupported'])
const EXISTS: ReadonlySet<string> = new Set(['PreconditionFailed', 'ObjectAlreadyExists'])

/** Answers to a retention, storage class or encryption that is not taken. */
const OPTION_REFUSED: ReadonlySet<string> = new Set(['InvalidRequest', 'InvalidArgument', 'NotImplemented'])
const OUT_OF_RANGE = 'InvalidRange'

interface GetObjectOutput {
  ContentRange?: string
}

/** How one object is put. */
interface PutRequest {
  isCold?: boolean
  isConditional?: boolean
  lock: S3Retention | undefined
}

export class S3Backend implements Backend {
  readonly location: string
  readonly access: Access
  readonly traffic: Readonly<Traffic>
  readonly retention: Retention | undefined
  readonly conditionalCreate: ConditionalCreate
  readonly #place: BucketPlace
  readonly #session: S3Session
  readonly #lock: S3Retention | undefined
  readonly #storageClass: S3Options['storageClass']
  readonly #fields: EncryptionFields
  #conditional: ConditionalSupport | undefined

  readonly #retry: Retrier

  private constructor(place: BucketPlace, options: S3Options, fields: EncryptionFields, retry: Retrier) {
    const {session, location} = place
    this.location = location
    this.access = {
      ...ACCESS,
      gapBytes: options.gapBytes ?? ACCESS.gapBytes,
      parallelCalls: Math.min(ACCESS.parallelCalls, options.connections ?? ACCESS.parallelCalls),
    }
    this.traffic = session.traffic
    this.conditionalCreate = {probe: () => this.#probeConditional(), assume: (support) => (this.#conditional = support)}
    this.#place = place
    this.#session = session
    this.#lock = options.lock && new S3Retention(place, options.lock)
    this.retention = this.#lock
    this.#storageClass = options.storageClass
    this.#fields = fields
    this.#retry = retry
  }

  /**
   * Nothing is sent yet; the session belongs to the backend from now on. `retry` makes requests for pages of lists again, which one
   * error must not begin from the first page. Throws `key-missing`, `damaged-key`.
   */
  static async create(session: S3Session, place: S3Location, options: S3Options, retry: Retrier = (call) => call(1)): Promise<S3Backend> {
    const fields = await encryptionFields(options)
    return new S3Backend(new BucketPlace(session, place, fields.read), options, fields, retry)
  }

  get endpoint(): string {
    return this.#session.endpoint
  }

  async put(name: string, bytes: Uint8Array | readonly Uint8Array[], {ifAbsent, isCold, isTransient}: PutOptions = {}): Promise<void> {
    checkObjectName(name)
    const body = bytes instanceof Uint8Array ? bytes : concatBytes(bytes)
    const lock = isTransient ? undefined : this.#lock
    await (ifAbsent ? this.#create(name, body, lock) : this.#put(name, body, {isCold, lock}))
    // Apart, since a put that is made again finds its own object, and would be content with it.
    if (lock) await this.#retry(() => lock.checkWritten(name))
  }

  async get(name: string, {range, sink}: GetOptions = {}): Promise<Uint8Array> {
    checkObjectName(name)
    if (range === undefined) return this.#fetch(name, undefined)
    checkRange(name, range)
    // There is no range of nothing in HTTP.
    if (('suffix' in range ? range.suffix : range.length) === 0) return this.#nothing(name, range)
    if (!('start' in range)) return this.#fetch(name, range)
    const rest = sink ? {start: range.start + sink.receivedBytes, length: range.length - sink.receivedBytes} : range
    // All came of it, and the answer was not known to be whole.
    if (rest.length === 0) return new Uint8Array(0)
    const pour = sink && new RangePour(rest, sink, this.#cannotRead(name))
    const bytes = await this.#fetch(name, rest, pour)
    if (!pour?.isDone && bytes.length !== rest.length) resolveRange(name, rest.start + bytes.length, rest)
    return bytes
  }

  async stat(name: string): Promise<ObjectStat | undefined> {
    checkObjectName(name)
    const head = await this.#place.head(name)
    return head && {sizeBytes: head.sizeBytes}
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    checkPrefix(prefix)
    const {sdk} = this.#session
    const {bucket} = this.#place
    const what = prefix === '' ? 'list the objects' : `list '${prefix}'`
    const attempted = {...this.#place.attempted(what, 's3:ListBucket'), resource: `arn:aws:s3:::${bucket}`}
    const start = this.#place.at(prefix).Key
    let token: string | undefined
    do {
      const input = {Bucket: bucket, Prefix: start, ContinuationToken: token}
      const page = await this.#retry(async () =>
        checkPage(await this.#session.call(attempted, (client) => client.send(new sdk.ListObjectsV2Command(input))), this.location),
      )
      for (const {Key = '', Size = 0, LastModified} of page.Contents ?? []) {
        const name = Key.slice(this.#place.prefix.length)
        // Other things may lie below the prefix: what could not be asked for by name is none of ours.
        if (isObjectName(name)) yield {name, sizeBytes: Size, ...(LastModified && {modifiedMs: LastModified.getTime()})}
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  async remove(name: string): Promise<void> {
    checkObjectName(name)
    const {sdk} = this.#session
    try {
      await this.#session.call(
        this.#place.attempted(`remove '${name}'`, 's3:DeleteObject'),
        (client) => client.send(new sdk.DeleteObjectCommand(this.#place.at(name))),
        {passOn: [...MISSING_BY_NAME]},
      )
    } catch (error) {
      if (error instanceof PocketError || !MISSING_BY_NAME.has(answerCode(error))) throw error
    }
  }

  close(): Promise<void> {
    this.#session.close()
    return Promise.resolve()
  }

  async #put(name: string, body: Uint8Array, {isCold = false, isConditional = false, lock}: PutRequest): Promise<void> {
    const {sdk} = this.#session
    const input = {
      ...this.#place.at(name),
      ...this.#fields.write,
      ...lock?.fieldsOf(body),
      Body: body,
      ContentLength: body.length,
      IfNoneMatch: isConditional ? '*' : undefined,
      // Not checked against the names that this release of the SDK knows: servers have their own.
      StorageClass: isCold ? (this.#storageClass as 'STANDARD_IA' | undefined) : undefined,
    }
    const passOn = isConditional ? [...EXISTS, ...CONDITION_UNKNOWN] : []
    try {
      await this.#session.call(
        this.#place.attempted(`write '${name}'`, 's3:PutObject'),
        (client) => client.send(new sdk.PutObjectCommand(input)),
        {passOn},
      )
    } catch (error) {
      if (!(error instanceof PocketError) || !OPTION_REFUSED.has(answerCode(error.cause))) throw error
      throw lock ? lock.refused(error) : this.#refused(error, isCold)
    }
  }

  /** `error`, with what of the options the server may not know. */
  #refused(error: PocketError, isCold: boolean): PocketError {
    const options: string[] = []
    if (isCold && this.#storageClass !== undefined) options.push(`the storage class '${this.#storageClass}'`)
    if (Object.keys(this.#fields.write).length > 0) options.push('the encryption that was asked for')
    if (options.length === 0) return error
    return new PocketError('usage', error.message, {
      hint: `the server may not have ${options.join(' or ')}: try without`,
      cause: error.cause,
    })
  }

  /**
   * What is there afterwards is read back: a server that does not help, or that helps one request after the other but not two at the same
   * time (Ceph in buckets with versions), may have kept another's. Not proof against any timing, which is why objects are named by their content.
   */
  async #create(name: string, body: Uint8Array, lock: S3Retention | undefined): Promise<void> {
    const isSupported = (await this.#probeConditional()) === 'supported'
    if (isSupported) await this.#createConditionally(name, body, lock)
    else {
      if (await this.#place.head(name)) throw objectExists(name, this.location)
      await this.#put(name, body, {lock})
    }
    // Without versions, and so without locks, a server that keeps to the condition keeps to it always.
    if ((lock || !isSupported) && !equalBytes(body, await this.get(name))) throw objectExists(name, this.location)
  }

  async #createConditionally(name: string, body: Uint8Array, lock: S3Retention | undefined): Promise<void> {
    try {
      await this.#put(name, body, {isConditional: true, lock})
    } catch (error) {
      if (error instanceof PocketError) throw error
      if (EXISTS.has(answerCode(error))) throw objectExists(name, this.location)
      // What was found at init does not hold any more: the repository lies with another server.
      this.#conditional = 'refused'
      await this.#create(name, body, lock)
    }
  }

  async #probeConditional(): Promise<ConditionalSupport> {
    if (this.#conditional) return this.#conditional
    const name = `probe-${randomBytes(8).toString('hex')}`
    const put = (isConditional: boolean): Promise<void> => this.#put(name, Buffer.from('pocket'), {isConditional, lock: undefined})
    await put(false)
    try {
      await put(true)
      this.#conditional = 'ignored'
    } catch (error) {
      if (error instanceof PocketError) throw error
      this.#conditional = EXISTS.has(answerCode(error)) ? 'supported' : 'refused'
    } finally {
      await this.remove(name)
    }
    return this.#conditional
  }

  /** What a range of HTTP gives; nothing when it begins behind the end, or when `pour` has been given it. */
  async #fetch(name: string, range: HttpRange | undefined, pour?: RangePour): Promise<Uint8Array> {
    const {sdk} = this.#session
    const attempted = this.#place.attempted(`read '${name}'`, 's3:GetObject')
    const input = {...this.#place.at(name), ...this.#fields.read, Range: range && httpRange(range)}
    const received: {body?: Uint8Array} = {}
    const take = (bytes: Uint8Array): void => void (received.body = bytes)
    try {
      const passOn = [...MISSING_BY_NAME, OUT_OF_RANGE]
      const expectedBytes = range && 'length' in range ? range.length : 0
      const send: Call<GetObjectOutput> = (client, options) => client.send(new sdk.GetObjectCommand(input), options as object)
      const {ContentRange} = await this.#session.call(attempted, send, {passOn, expectedBytes, take, pour: pour?.begin})
      if (pour?.isDone) return new Uint8Array(0)
      if (!received.body) throw new RangeError('an answer without a body')
      return range ? partOf(received.body, range, ContentRange, this.#cannotRead(name)) : received.body
    } catch (error) {
      if (!(error instanceof PocketError) && MISSING_BY_NAME.has(answerCode(error))) throw objectMissing(name, this.location)
      if (error instanceof PocketError || !range || answerCode(error) !== OUT_OF_RANGE) throw error
      return new Uint8Array(0)
    }
  }

  #cannotRead(name: string): string {
    return `cannot read '${name}' in '${this.location}'`
  }

  async #nothing(name: string, range: ByteRange): Promise<Uint8Array> {
    const stat = await this.stat(name)
    if (!stat) throw objectMissing(name, this.location)
    resolveRange(name, stat.sizeBytes, range)
    return new Uint8Array(0)
  }
}
