/** A backend in a bucket. One request for each call, as far as S3 can; what must be tried again says so and is, by `retryingBackend`. */
import {createHash, randomBytes} from 'node:crypto'
import {PocketError} from '../../errors.js'
import {concatBytes, equalBytes} from '../../util/bytes.js'
import type {
  Access,
  Backend,
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
import type {Attempted} from './errors.js'
import {answerCode} from './errors.js'
import {formatS3Location, type S3Location} from './location.js'
import {type EncryptionFields, encryptionFields, lockedUntil} from './options-of-writes.js'
import type {S3Options} from './options.js'
import type {S3Session} from './session.js'

/** A request takes 50 ms and more, whatever it is for; what it costs in money are fractions of a cent. */
const ACCESS: Access = {
  parallelCalls: 16,
  parallelPuts: 4,
  gapBytes: 256 * 1024,
  rangeBytes: 8 * 1024 * 1024,
  packBytes: 16 * 1024 * 1024,
  isListingDear: true,
}

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound', 'NoSuchVersion'])
/** A server answers so that does not know conditional requests. */
const CONDITION_UNKNOWN: ReadonlySet<string> = new Set(['NotImplemented', 'NotSupported'])
const EXISTS: ReadonlySet<string> = new Set(['PreconditionFailed', 'ObjectAlreadyExists'])

export class S3Backend implements Backend {
  readonly location: string
  readonly access: Access
  readonly traffic: Readonly<Traffic>
  readonly retention: Retention | undefined
  readonly conditionalCreate: ConditionalCreate
  readonly #session: S3Session
  readonly #bucket: string
  readonly #prefix: string
  readonly #options: S3Options
  readonly #fields: EncryptionFields
  #conditional: ConditionalSupport | undefined

  private constructor(session: S3Session, place: S3Location, options: S3Options, fields: EncryptionFields) {
    this.location = formatS3Location(place)
    this.access = {
      ...ACCESS,
      gapBytes: options.gapBytes ?? ACCESS.gapBytes,
      parallelCalls: Math.min(ACCESS.parallelCalls, options.connections ?? ACCESS.parallelCalls),
    }
    this.traffic = session.traffic
    this.#session = session
    this.#bucket = place.bucket
    this.#prefix = place.prefix
    this.#options = options
    this.#fields = fields
    this.conditionalCreate = {probe: () => this.#probeConditional(), assume: (support) => (this.#conditional = support)}
    if (options.lock) this.retention = {until: (name) => this.#until(name), extend: (name, untilMs) => this.#extend(name, untilMs)}
  }

  /** Nothing is sent yet; the session belongs to the backend from now on. Throws `key-missing`, `damaged-key`. */
  static async create(session: S3Session, place: S3Location, options: S3Options): Promise<S3Backend> {
    return new S3Backend(session, place, options, await encryptionFields(options))
  }

  async put(name: string, bytes: Uint8Array | readonly Uint8Array[], {ifAbsent = false, isCold = false}: PutOptions = {}): Promise<void> {
    checkObjectName(name)
    const body = bytes instanceof Uint8Array ? bytes : concatBytes(bytes)
    await (ifAbsent ? this.#create(name, body) : this.#put(name, body, {isCold}))
  }

  async #put(name: string, body: Uint8Array, {isCold = false, isConditional = false}): Promise<void> {
    const {sdk} = this.#session
    const {lock, storageClass} = this.#options
    const input = {
      ...this.#at(name),
      ...this.#fields.write,
      Body: body,
      ContentLength: body.length,
      IfNoneMatch: isConditional ? '*' : undefined,
      StorageClass: isCold ? (storageClass as 'STANDARD_IA' | undefined) : undefined,
      ...(lock && {
        ObjectLockMode: lock.mode === 'compliance' ? ('COMPLIANCE' as const) : ('GOVERNANCE' as const),
        ObjectLockRetainUntilDate: lockedUntil(lock.days),
        // Servers want it with a retention.
        ContentMD5: createHash('md5').update(body).digest('base64'),
      }),
    }
    await this.#session.call(
      this.#attempted(`write '${name}'`, 's3:PutObject', name),
      (client) => client.send(new sdk.PutObjectCommand(input)),
      {
        passOn: isConditional ? [...EXISTS, ...CONDITION_UNKNOWN] : [],
      },
    )
  }

  async get(name: string, {range}: GetOptions = {}): Promise<Uint8Array> {
    checkObjectName(name)
    if (range === undefined) return this.#fetch(name, undefined, 0)
    checkRange(name, range)
    const wanted = 'suffix' in range ? range.suffix : range.length
    // There is no range of nothing in HTTP.
    if (wanted === 0) return this.#nothing(name, range)
    if ('suffix' in range) return this.#suffix(name, wanted)
    const bytes = await this.#fetch(name, `bytes=${range.start}-${range.start + wanted - 1}`, wanted)
    if (bytes.length !== wanted) resolveRange(name, range.start + bytes.length, range)
    return bytes
  }

  async stat(name: string): Promise<ObjectStat | undefined> {
    checkObjectName(name)
    const head = await this.#head(name)
    return head && {sizeBytes: head.ContentLength ?? 0}
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    checkPrefix(prefix)
    const {sdk} = this.#session
    const attempted = {
      ...this.#attempted(prefix === '' ? 'list what is' : `list '${prefix}'`, 's3:ListBucket'),
      resource: `arn:aws:s3:::${this.#bucket}`,
    }
    let token: string | undefined
    do {
      const page = await this.#session.call(attempted, (client) =>
        client.send(new sdk.ListObjectsV2Command({Bucket: this.#bucket, Prefix: this.#prefix + prefix, ContinuationToken: token})),
      )
      for (const {Key, Size, LastModified} of page.Contents ?? []) {
        const name = Key?.slice(this.#prefix.length)
        // Other things may lie below the prefix: what could not be asked for by name is none of ours.
        if (name === undefined || !isObjectName(name)) continue
        yield {name, sizeBytes: Size ?? 0, ...(LastModified && {modifiedMs: LastModified.getTime()})}
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  async remove(name: string): Promise<void> {
    checkObjectName(name)
    const {sdk} = this.#session
    try {
      await this.#session.call(
        this.#attempted(`remove '${name}'`, 's3:DeleteObject', name),
        (client) => client.send(new sdk.DeleteObjectCommand(this.#at(name))),
        {passOn: [...MISSING]},
      )
    } catch (error) {
      if (error instanceof PocketError || !MISSING.has(answerCode(error))) throw error
    }
  }

  close(): Promise<void> {
    this.#session.close()
    return Promise.resolve()
  }

  /** Where the server does not help: not proof against two at the very same time, which is why objects are named by their content. */
  async #create(name: string, body: Uint8Array): Promise<void> {
    if ((await this.#probeConditional()) === 'supported') return this.#createConditionally(name, body)
    if (await this.#head(name)) throw objectExists(name, this.location)
    await this.#put(name, body, {})
    if (!equalBytes(body, await this.get(name))) throw objectExists(name, this.location)
  }

  async #createConditionally(name: string, body: Uint8Array): Promise<void> {
    try {
      await this.#put(name, body, {isConditional: true})
    } catch (error) {
      if (!(error instanceof PocketError) && EXISTS.has(answerCode(error))) throw objectExists(name, this.location)
      throw error
    }
  }

  async #probeConditional(): Promise<ConditionalSupport> {
    if (this.#conditional) return this.#conditional
    const name = `probe-${randomBytes(8).toString('hex')}`
    await this.#put(name, Buffer.from('pocket'), {})
    try {
      await this.#put(name, Buffer.from('pocket'), {isConditional: true})
      this.#conditional = 'ignored'
    } catch (error) {
      if (error instanceof PocketError) throw error
      this.#conditional = EXISTS.has(answerCode(error)) ? 'supported' : 'refused'
    } finally {
      await this.remove(name)
    }
    return this.#conditional
  }

  async #fetch(name: string, range: string | undefined, expectedBytes: number): Promise<Uint8Array> {
    const {sdk} = this.#session
    let body: Uint8Array | undefined
    try {
      await this.#session.call(
        this.#attempted(`read '${name}'`, 's3:GetObject', name),
        (client, options) =>
          client.send(new sdk.GetObjectCommand({...this.#at(name), ...this.#fields.read, Range: range}), options as object),
        {passOn: [...MISSING, 'InvalidRange'], expectedBytes, take: (bytes) => (body = bytes)},
      )
    } catch (error) {
      if (error instanceof PocketError) throw error
      if (MISSING.has(answerCode(error))) throw objectMissing(name, this.location)
      return new Uint8Array(0)
    }
    if (!body) throw new RangeError('an answer without a body')
    return body
  }

  /** Servers refuse the last bytes of an object that has none. */
  async #suffix(name: string, wanted: number): Promise<Uint8Array> {
    const bytes = await this.#fetch(name, `bytes=-${wanted}`, 0)
    if (bytes.length <= wanted) return bytes
    // A server that does not know suffixes gives the whole.
    return bytes.subarray(bytes.length - wanted)
  }

  async #nothing(name: string, range: NonNullable<GetOptions['range']>): Promise<Uint8Array> {
    const stat = await this.stat(name)
    if (!stat) throw objectMissing(name, this.location)
    resolveRange(name, stat.sizeBytes, range)
    return new Uint8Array(0)
  }

  async #head(name: string) {
    const {sdk} = this.#session
    try {
      return await this.#session.call(
        this.#attempted(`look at '${name}'`, 's3:GetObject', name),
        (client) => client.send(new sdk.HeadObjectCommand({...this.#at(name), ...this.#fields.read})),
        {passOn: [...MISSING]},
      )
    } catch (error) {
      if (error instanceof PocketError || !MISSING.has(answerCode(error))) throw error
      return undefined
    }
  }

  async #until(name: string): Promise<number | undefined> {
    const head = await this.#head(name)
    if (!head) throw objectMissing(name, this.location)
    return head.ObjectLockMode === undefined ? undefined : head.ObjectLockRetainUntilDate?.getTime()
  }

  async #extend(name: string, untilMs: number): Promise<void> {
    const {sdk} = this.#session
    const mode = this.#options.lock?.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE'
    await this.#session.call(this.#attempted(`protect '${name}'`, 's3:PutObjectRetention', name), (client) =>
      client.send(
        new sdk.PutObjectRetentionCommand({
          ...this.#at(name),
          Retention: {Mode: mode, RetainUntilDate: new Date(untilMs)},
          ChecksumAlgorithm: undefined,
        }),
      ),
    )
  }

  #at(name: string): {Bucket: string; Key: string} {
    return {Bucket: this.#bucket, Key: this.#prefix + name}
  }

  #attempted(what: string, action: string, name?: string): Omit<Attempted, 'server'> {
    const resource = `arn:aws:s3:::${this.#bucket}/${this.#prefix}${name === undefined ? '' : '*'}`
    return {what, action, resource, location: this.location}
  }
}
