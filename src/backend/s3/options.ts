/** How a bucket is reached, and what is asked of the server for what is stored in it. What is absent is found as every tool of Amazon's finds it. */
export interface S3Options {
  /** URL of a server other than Amazon's; from AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile unless given. */
  endpoint?: string
  /** From AWS_REGION or the profile unless given; else found by asking the server. */
  region?: string
  /** Of ~/.aws/config and ~/.aws/credentials; from AWS_PROFILE unless given. */
  profile?: string
  /** A file of lines `AWS_ACCESS_KEY_ID=…`, `AWS_SECRET_ACCESS_KEY=…`, `BUCKET_NAME=…`, which takes the place of everything else. */
  credentialsFile?: string
  /** `https://server/bucket` instead of `https://bucket.server`; chosen by the endpoint unless given. */
  pathStyle?: boolean
  /** PEM file of certificate authorities to trust besides the usual ones; from AWS_CA_BUNDLE unless given. */
  caFile?: string
  /** Talks to whoever answers: certificates are not checked. */
  insecureTls?: boolean
  /** Storage class of packs of data, such as `STANDARD_IA`; everything else stays in the bucket's own. */
  storageClass?: string
  encryption?: ServerSideEncryption
  /** Protects what is written from removal and change for so many days; the bucket must have object lock. */
  lock?: {days: number; mode: 'governance' | 'compliance'}
  /** Requests under way at a time at most; fewer when the server asks for less. */
  connections?: number
  /** Such a time without a byte in either direction ends a request, which is made again; a minute unless given. */
  stallMs?: number
  /** Unwanted bytes between two wanted ranges that are rather read than asked around: time against paid traffic. */
  gapBytes?: number
}

/** By the server's keys, by keys of its key service, or by a key of 32 bytes that is sent with each request. */
export type ServerSideEncryption = {type: 'AES256'} | {type: 'aws:kms'; keyId?: string} | {type: 'customer'; keyFile: string}
