/** Where in which bucket, and how requests about it speak of it. */
import {PocketError} from '../../errors.js'
import {type Attempted, answerCode} from './errors.js'
import {formatS3Location, type S3Location} from './location.js'
import type {CustomerKeyFields} from './options-of-writes.js'
import type {S3Session} from './session.js'

/** What servers say of an object that is not there. */
export const MISSING_BY_NAME: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion'])
/** An answer to HEAD has no words, and so no name of what is wrong. */
const MISSING: ReadonlySet<string> = new Set([...MISSING_BY_NAME, 'NotFound'])

/** What is known of an object without reading it. */
export interface ObjectHead {
  sizeBytes: number
  /** In ms since 1970; undefined when it is not protected. */
  lockedUntilMs: number | undefined
}

export class BucketPlace {
  readonly session: S3Session
  readonly bucket: string
  readonly prefix: string
  readonly location: string
  readonly #readFields: CustomerKeyFields

  constructor(session: S3Session, place: S3Location, readFields: CustomerKeyFields) {
    this.session = session
    this.bucket = place.bucket
    this.prefix = place.prefix
    this.location = formatS3Location(place)
    this.#readFields = readFields
  }

  at(name: string): {Bucket: string; Key: string} {
    return {Bucket: this.bucket, Key: this.prefix + name}
  }

  /** `action`: what a policy must allow on the objects of this place. */
  attempted(what: string, action: string): Omit<Attempted, 'server'> {
    return {what, action, resource: `arn:aws:s3:::${this.bucket}/${this.prefix}*`, location: this.location}
  }

  /** Undefined when there is no such object. */
  async head(name: string): Promise<ObjectHead | undefined> {
    const {sdk} = this.session
    try {
      const head = await this.session.call(
        this.attempted(`look at '${name}'`, 's3:GetObject'),
        (client) => client.send(new sdk.HeadObjectCommand({...this.at(name), ...this.#readFields})),
        {passOn: [...MISSING]},
      )
      const lockedUntilMs = head.ObjectLockMode === undefined ? undefined : head.ObjectLockRetainUntilDate?.getTime()
      return {sizeBytes: head.ContentLength ?? 0, lockedUntilMs}
    } catch (error) {
      if (error instanceof PocketError || !MISSING.has(answerCode(error))) throw error
      return undefined
    }
  }
}
