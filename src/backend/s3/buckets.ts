/** Buckets: listing and making them. */
import {PocketError} from '../../errors.js'
import {answerCode} from './errors.js'
import type {S3Options} from './options.js'
import type {S3Session} from './session.js'

const OWNED = 'BucketAlreadyOwnedByYou'

export interface ListedBucket {
  name: string
  /** In ms since 1970; undefined where the server does not say. */
  createdMs: number | undefined
}

/** Those that the credentials see. Throws `credentials-missing`, `credentials-refused`, `permission-denied`, `connection-failed`, `clock-skewed`. */
export async function listBuckets(session: S3Session): Promise<ListedBucket[]> {
  const {sdk} = session
  const attempted = {what: 'list the buckets', action: 's3:ListAllMyBuckets', resource: '*', location: session.endpoint}
  const buckets: ListedBucket[] = []
  let token: string | undefined
  do {
    const page = await session.call(attempted, (client) => client.send(new sdk.ListBucketsCommand({ContinuationToken: token})))
    if (!page.Buckets && !page.Owner) {
      throw new PocketError('io-failed', `cannot list the buckets at ${session.endpoint}: there is something else than an S3 server`, {
        hint: 'check --endpoint',
      })
    }
    for (const {Name, CreationDate} of page.Buckets ?? []) if (Name) buckets.push({name: Name, createdMs: CreationDate?.getTime()})
    token = page.ContinuationToken || undefined
  } while (token !== undefined)
  return buckets
}

/** Whether there is a bucket of this name that the credentials may look at. Throws what `listBuckets` throws. */
export async function bucketExists(session: S3Session, bucket: string): Promise<boolean> {
  const {sdk} = session
  const attempted = {
    what: `look for the bucket '${bucket}'`,
    action: 's3:ListBucket',
    resource: `arn:aws:s3:::${bucket}`,
    location: session.endpoint,
  }
  try {
    // Not HeadBucket: an answer to HEAD has no words, and a refusal would not say why.
    await session.call(attempted, (client) => client.send(new sdk.ListObjectsV2Command({Bucket: bucket, MaxKeys: 1})))
    return true
  } catch (error) {
    if (error instanceof PocketError && error.code === 'bucket-missing') return false
    throw error
  }
}

/** Makes a bucket; with object lock when `options` want to protect what is written. Throws `bucket-exists`, `permission-denied`, `usage`. */
export async function createBucket(session: S3Session, bucket: string, {lock, region}: S3Options): Promise<void> {
  const {sdk} = session
  const attempted = {
    what: `make the bucket '${bucket}'`,
    action: 's3:CreateBucket',
    resource: `arn:aws:s3:::${bucket}`,
    location: session.endpoint,
  }
  // Amazon's first region is meant by no word at all; other servers seldom have regions, and refuse those that they do not know.
  const constraint = session.isAmazon ? (session.region === 'us-east-1' ? undefined : session.region) : region
  const input = {
    Bucket: bucket,
    ObjectLockEnabledForBucket: lock !== undefined,
    CreateBucketConfiguration: constraint === undefined ? undefined : {LocationConstraint: constraint as 'eu-central-1'},
  }
  try {
    await session.call(attempted, (client) => client.send(new sdk.CreateBucketCommand(input)), {passOn: [OWNED]})
  } catch (error) {
    // It was made by a request of which the answer was lost, or by another process of this user.
    if (answerCode(error) !== OWNED) throw error
  }
}

/** Throws `usage` when the bucket has no object lock, without which nothing in it can be protected. */
export async function requireObjectLock(session: S3Session, bucket: string): Promise<void> {
  const {sdk} = session
  const resource = `arn:aws:s3:::${bucket}`
  const attempted = {
    what: `see whether '${bucket}' has object lock`,
    action: 's3:GetBucketObjectLockConfiguration',
    resource,
    location: session.endpoint,
  }
  const answer = await session.call(attempted, (client) => client.send(new sdk.GetObjectLockConfigurationCommand({Bucket: bucket})))
  if (answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled') return
  throw new PocketError('usage', `the bucket '${bucket}' has no object lock, so --lock-days cannot protect what is in it`, {
    hint: 'object lock is chosen when a bucket is made: --create-bucket with --lock-days does',
  })
}
