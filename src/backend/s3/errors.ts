/** What went wrong with a request, in Pocket's words: what the server said, and what to do. */
import {PocketError, type PocketErrorOptions, type ErrorCode} from '../../errors.js'
import {nowNs} from '../../util/clock.js'

/** A request, as messages speak of it. */
export interface Attempted {
  /** `read 'config'`, `list`, `make the bucket`. */
  what: string
  /** The action that a policy must allow: `s3:GetObject`. */
  action: string
  /** What it must allow it on: `arn:aws:s3:::bucket/prefix/*`. */
  resource: string
  location: string
  /** `https://…, region …`. */
  server: string
  /** Whether it has answered before: what fails now may pass. */
  hasAnswered?: boolean
}

interface Meaning {
  code: ErrorCode
  reason: string
  hint?: string
  retryable?: boolean
}

/** What the SDK's errors have, and those of the system. */
interface Failure {
  name?: unknown
  message?: unknown
  code?: unknown
  Code?: unknown
  $metadata?: {httpStatusCode?: number}
  $response?: {headers?: Record<string, string>}
}

const THROTTLED: ReadonlySet<string> = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequests',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
  'XMinioServerNotInitialized',
])

const busy = (reason: string): Meaning => ({code: 'io-failed', reason, retryable: true, hint: 'try again later'})
const refused = (reason: string, hint: string): Meaning => ({code: 'credentials-refused', reason, hint})
const inTransit: Meaning = {code: 'io-failed', reason: 'the bytes did not arrive as they were sent', retryable: true, hint: 'try again'}

/** By the server's own codes. */
const ANSWERS = new Map<string, Meaning>([
  [
    'NoSuchBucket',
    {code: 'bucket-missing', reason: 'there is no such bucket', hint: "check its name, or make it with 'pocket init --create-bucket'"},
  ],
  [
    'InvalidBucketName',
    {code: 'usage', reason: 'no bucket can have this name', hint: "names have 3 to 63 lower-case letters, digits, '-' and '.'"},
  ],
  ['BucketAlreadyExists', {code: 'bucket-exists', reason: 'somebody else has a bucket of this name', hint: 'choose another name'}],
  [
    'InvalidAccessKeyId',
    refused('the server does not know the access key', 'check AWS_ACCESS_KEY_ID, the profile, or the credentials file'),
  ],
  [
    'SignatureDoesNotMatch',
    refused('the secret key is not the one of this access key', 'check AWS_SECRET_ACCESS_KEY, the profile, or the credentials file'),
  ],
  ['ExpiredToken', refused('the credentials have expired', 'get new ones, as with: aws sso login')],
  ['ExpiredTokenException', refused('the credentials have expired', 'get new ones, as with: aws sso login')],
  ['TokenRefreshRequired', refused('the credentials have expired', 'get new ones, as with: aws sso login')],
  ['InvalidToken', refused('the session token is not valid', 'check AWS_SESSION_TOKEN; it must be unset for keys that do not expire')],
  ['InvalidTokenId', refused('the session token is not valid', 'check AWS_SESSION_TOKEN; it must be unset for keys that do not expire')],
  ['XAmzContentSHA256Mismatch', inTransit],
  ['BadDigest', inTransit],
  ['InvalidDigest', inTransit],
  ['IncompleteBody', inTransit],
  ['RequestTimeout', busy('the server did not get the whole request in time')],
  ['InternalError', busy('the server has met an error of its own')],
  ['OperationAborted', busy('another request for the same object is under way')],
  ['ConditionalRequestConflict', busy('another request for the same object is under way')],
  ['QuotaExceeded', {code: 'no-space', reason: 'the quota is used up', hint: 'ask for more, or remove what is not needed'}],
  [
    'XMinioStorageFull',
    {code: 'no-space', reason: 'the server has no space left', hint: 'make room there, and run the same command again'},
  ],
  ['NoSuchKey', {code: 'object-missing', reason: 'no such object'}],
  [
    'InvalidObjectState',
    {
      code: 'io-failed',
      reason: 'it lies in an archive and cannot be read before it is brought back',
      hint: 'have the server restore the packs first (RestoreObject); storage classes for packs that are read at once are STANDARD_IA and GLACIER_IR',
    },
  ],
  ['InvalidStorageClass', {code: 'usage', reason: 'the server does not have this storage class', hint: 'give another --storage-class'}],
  [
    'ObjectLockConfigurationNotFoundError',
    {
      code: 'usage',
      reason: 'the bucket has no object lock',
      hint: 'it must be made with object lock, as --create-bucket with --lock-days does',
    },
  ],
])

/** Errors of the system and of Node, by their codes. */
const CONNECTION = new Map<string, Meaning>([
  [
    'ENOTFOUND',
    {code: 'connection-failed', reason: 'its name is not known to DNS', retryable: true, hint: 'check --endpoint and the network'},
  ],
  ['EAI_AGAIN', {code: 'connection-failed', reason: 'DNS does not answer', retryable: true, hint: 'check the network'}],
  [
    'ECONNREFUSED',
    {code: 'connection-failed', reason: 'connection refused', retryable: true, hint: 'check --endpoint, and that the server runs'},
  ],
  [
    'ECONNRESET',
    {code: 'connection-failed', reason: 'the connection was broken off', retryable: true, hint: 'check the network and the server'},
  ],
  [
    'EPIPE',
    {code: 'connection-failed', reason: 'the connection was broken off', retryable: true, hint: 'check the network and the server'},
  ],
  ['ETIMEDOUT', {code: 'connection-failed', reason: 'no answer', retryable: true, hint: 'check --endpoint, the network and its firewalls'}],
  ['EHOSTUNREACH', {code: 'connection-failed', reason: 'there is no way to it', retryable: true, hint: 'check the network'}],
  ['ENETUNREACH', {code: 'connection-failed', reason: 'there is no way to it', retryable: true, hint: 'check the network'}],
  ['ENETDOWN', {code: 'connection-failed', reason: 'the network is down', retryable: true, hint: 'check the network'}],
])

/** No connection came about. */
const UNSENT: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'])

/** Whether the request never went to anybody. */
export function isUnsent(error: unknown): boolean {
  return UNSENT.has(failureOf(error).code)
}

const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/

/** The code of the server's answer, as `NoSuchBucket`; the SDK's name for it where the answer had none. */
export function answerCode(error: unknown): string {
  const {Code, name} = failureOf(error)
  return typeof Code === 'string' ? Code : typeof name === 'string' ? name : ''
}

/** Whether the bytes of a request or an answer were not as they were sent; or the other end is no S3 server. */
export function isGarbled(error: unknown): boolean {
  const status = statusOf(error)
  return ANSWERS.get(answerCode(error)) === inTransit || (status !== undefined && status < 300)
}

export function statusOf(error: unknown): number | undefined {
  return failureOf(error).$metadata?.httpStatusCode
}

/** Whether the server asks for fewer requests. */
export function isThrottled(error: unknown): boolean {
  const status = statusOf(error)
  return THROTTLED.has(answerCode(error)) || status === 503 || status === 429
}

/** The region that the server names as the bucket's, where it refuses the one that was used. */
export function regionInAnswer(error: unknown): string | undefined {
  const {$response, message} = failureOf(error)
  const status = statusOf(error)
  if (status !== 301 && status !== 307 && status !== 400) return undefined
  const named = $response?.headers?.['x-amz-bucket-region'] ?? (error as {Region?: unknown}).Region
  if (typeof named === 'string' && named !== '') return named
  if (answerCode(error) !== 'AuthorizationHeaderMalformed' || typeof message !== 'string') return undefined
  // "…the region 'us-east-1' is wrong; expecting 'eu-central-1'"; Garage: "expected: 20261121/garage/s3/aws4_request".
  return (/expecting '([\w-]+)'/.exec(message) ?? /expected: \d+\/([\w-]+)\/s3/.exec(message))?.[1]
}

/** `error` of a request as a `PocketError`; one already is given back, and so is a bug. */
export function requestError(error: unknown, attempted: Attempted): unknown {
  if (error instanceof PocketError) return error
  const meaning = meaningOf(error, attempted)
  if (!meaning) return error
  const {code, reason, ...options} = meaning
  return new PocketError(code, `cannot ${attempted.what} in '${attempted.location}': ${reason} (${said(error, attempted)})`, {
    ...options,
    cause: error,
  } satisfies PocketErrorOptions)
}

function meaningOf(error: unknown, attempted: Attempted): Meaning | undefined {
  const {code, name} = failureOf(error)
  const status = statusOf(error)
  if (name === 'AbortError') return {code: 'interrupted', reason: 'the connection was closed'}
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') return noCredentials(failureOf(error), attempted)
  if (status === undefined) return connectionMeaning({code, name}, attempted)
  if (isThrottled(error)) return busy('the server asks for fewer requests')
  const answer = answerCode(error)
  if (answer === 'RequestTimeTooSkewed' || answer === 'RequestExpired') return skewed(error)
  const known = ANSWERS.get(answer)
  if (known) return known
  if (status === 403 || answer === 'AccessDenied') return denied(attempted)
  if (status === 507)
    return {code: 'no-space', reason: 'the server has no space left', hint: 'make room there, and run the same command again'}
  if (status >= 500) return busy('the server has met an error of its own')
  if (status === 408 || status === 425) return busy('the server did not get the whole request in time')
  if (status === 404) return {...busy('there is something else than an S3 server'), hint: 'check --endpoint'}
  if (status === 301 || status === 307) return {code: 'io-failed', reason: 'the bucket is elsewhere', hint: 'check --endpoint and --region'}
  // A good answer that could not be read to its end, or was cut short; or of something else, if nothing was understood before.
  if (status < 300)
    return attempted.hasAnswered ? inTransit : {...busy('there is something else than an S3 server'), hint: 'check --endpoint'}
  return {code: 'io-failed', reason: 'the server refuses the request'}
}

function noCredentials({message}: Failure, {hasAnswered = false}: Attempted): Meaning {
  const isExpired = typeof message === 'string' && /expired|sso login/i.test(message)
  if (isExpired) return {code: 'credentials-missing', reason: 'the credentials have expired', hint: 'get new ones, as with: aws sso login'}
  return {
    code: 'credentials-missing',
    reason: 'no credentials were found',
    // Services that give credentials are away for a moment, too.
    retryable: hasAnswered,
    hint: 'give --credentials-file or --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  }
}

function connectionMeaning({code, name}: Failure, {server, hasAnswered = false}: Attempted): Meaning | undefined {
  if (name === 'TimeoutError') return CONNECTION.get('ETIMEDOUT')
  if (typeof code !== 'string') return undefined
  if (TLS_CODE.test(code)) {
    const isNotTls = code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER'
    const hint = isNotTls
      ? 'if the server does not speak TLS, write http:// in --endpoint'
      : 'name the authority that signed it with --ca-file; --insecure-tls trusts whoever answers'
    return {code: 'connection-failed', reason: isNotTls ? 'it does not speak TLS' : 'its certificate cannot be trusted', hint}
  }
  const isOfConnection = /^(E[A-Z0-9]+|HPE_\w+|ERR_(STREAM|SOCKET|HTTP)_\w+)$/.test(code)
  const meaning = CONNECTION.get(code) ?? (isOfConnection ? CONNECTION.get('ECONNRESET') : undefined)
  // Servers that speak TLS hang up on who does not.
  const mayBeTls = meaning && meaning === CONNECTION.get('ECONNRESET') && !hasAnswered && server.startsWith('http://')
  return mayBeTls ? {...meaning, hint: `${meaning.hint}; if the server speaks TLS, write https:// in --endpoint`} : meaning
}

function denied({action, resource}: Attempted): Meaning {
  const mayHide = action === 's3:GetObject' ? ', and s3:ListBucket on the bucket, without which a missing object looks forbidden' : ''
  return {code: 'permission-denied', reason: 'access denied', hint: `the policy must allow ${action} on ${resource}${mayHide}`}
}

const MINUTE_MS = 60_000

function skewed(error: unknown): Meaning {
  const date = Date.parse(failureOf(error).$response?.headers?.['date'] ?? '')
  const minutes = Math.round((Number(nowNs() / 1_000_000n) - date) / MINUTE_MS)
  const difference = Number.isNaN(date)
    ? 'differs too much from the server’s'
    : `is ${formatMinutes(Math.abs(minutes))} ${minutes > 0 ? 'ahead of' : 'behind'} the server’s`
  return {code: 'clock-skewed', reason: `the clock of this machine ${difference}`, hint: 'set the clock, as with: timedatectl set-ntp true'}
}

function formatMinutes(minutes: number): string {
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}

/** Where the request went and what came of it: never headers or what was signed, which may hold secrets. */
function said(error: unknown, {server}: Attempted): string {
  const status = statusOf(error)
  const {message, code} = failureOf(error)
  if (status === undefined) return typeof code === 'string' ? `${server}: ${code}` : server
  const answer = answerCode(error)
  const isSaid = status >= 300 && message !== '' && message !== answer && message !== 'UnknownError'
  // What the SDK says of a good answer that it cannot read is for its programmers.
  const words = typeof message === 'string' && isSaid ? `: ${message}` : ''
  return `${server}, answered ${status}${answer === '' ? '' : ` ${answer}`}${words}`
}

function failureOf(error: unknown): Failure {
  return typeof error === 'object' && error !== null ? error : {}
}
