/** Object lock: what is written is protected until a time, and the server's word for it is read back. */
import {createHash} from 'node:crypto'
import {PocketError} from '../../errors.js'
import type {Retention} from '../backend.js'
import {objectMissing} from '../local-errors.js'
import type {BucketPlace} from './bucket-place.js'
import type {S3Options} from './options.js'

const DAY_MS = 24 * 60 * 60 * 1000
/** Servers keep whole seconds. */
const CLOCK_STEP_MS = 1000
/** Between asking for a retention and reading it back: a slow upload, and clocks that differ. */
const SLACK_MS = 60 * 60 * 1000

export class S3Retention implements Retention {
  readonly days: number
  readonly #place: BucketPlace
  readonly #mode: 'COMPLIANCE' | 'GOVERNANCE'

  constructor(place: BucketPlace, {days, mode}: NonNullable<S3Options['lock']>) {
    this.#place = place
    this.days = days
    this.#mode = mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE'
  }

  /** Fields of the PutObject of `body`; servers want its MD5 with a retention. */
  fieldsOf(body: Uint8Array) {
    return {
      ObjectLockMode: this.#mode,
      ObjectLockRetainUntilDate: new Date(this.#fromNow()),
      ContentMD5: createHash('md5').update(body).digest('base64'),
    }
  }

  now(): number {
    return this.#place.session.nowMs()
  }

  async until(name: string): Promise<number | undefined> {
    const head = await this.#place.head(name)
    if (!head) throw objectMissing(name, this.#place.location)
    return head.lockedUntilMs
  }

  async extend(name: string, untilMs: number): Promise<void> {
    const {session} = this.#place
    const retention = {Mode: this.#mode, RetainUntilDate: new Date(untilMs)}
    let refusal: PocketError | undefined
    try {
      await session.call(this.#place.attempted(`protect '${name}'`, 's3:PutObjectRetention'), (client) =>
        client.send(new session.sdk.PutObjectRetentionCommand({...this.#place.at(name), Retention: retention})),
      )
    } catch (error) {
      // It may be protected for longer already, which servers refuse to shorten.
      if (!(error instanceof PocketError) || error.code !== 'permission-denied') throw error
      refusal = error
    }
    const found = await this.until(name)
    if (found === undefined || found < untilMs - CLOCK_STEP_MS) throw refusal ?? this.#unprotected(name)
  }

  /** What a server means that refuses an object with a retention as an invalid request. */
  refused({message, cause}: PocketError): PocketError {
    return new PocketError('usage', `${message}: it does not take a retention of ${this.days} days`, {
      hint: 'the bucket must have object lock, as --create-bucket with --lock-days makes it; or leave --lock-days out',
      cause,
    })
  }

  /** Throws `io-failed` unless the server says that the object is protected, which one that does not know retention passes over. */
  async checkWritten(name: string): Promise<void> {
    const found = await this.until(name)
    if (found === undefined || found < this.#fromNow() - SLACK_MS) throw this.#unprotected(name)
  }

  #fromNow(): number {
    return this.now() + this.days * DAY_MS
  }

  #unprotected(name: string): PocketError {
    return new PocketError('io-failed', `'${name}' in '${this.#place.location}' is not protected, though the server took it`, {
      hint: 'leave --lock-days out, or use a bucket with object lock',
    })
  }
}
