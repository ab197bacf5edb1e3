/** What a person is told when a server, the network or the credentials are not as they should be. */
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import type {Backend} from '../../../src/backend/backend.js'
import type {Retry} from '../../../src/backend/retry.js'
import {type ErrorCode, isPocketError, type PocketError} from '../../../src/errors.js'
import {PutBucketPolicyCommand} from '@aws-sdk/client-s3'
import {createTestBucket, onServer, WHERE_SERVER} from '../../s3-server/bucket.js'
import {type TestServer, testServer} from '../../s3-server/test-server.js'
import {pattern} from '../objects.js'
import {open, s3Options} from './fixture.js'

const NOBODY: TestServer = {endpoint: 'http://127.0.0.1:1', region: 'us-east-1', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'topsecret'}

const hasOtherUser = testServer()?.otherUser !== undefined
const onOtherUser = hasOtherUser ? onServer : test.skip
const WHERE_OTHER_USER = hasOtherUser ? '' : ' (only where an S3 server has a second user)'

/** The error of `call`, which must tell all of `words` and no secret. */
async function told(t: ExecutionContext, call: Promise<unknown>, code: ErrorCode, ...words: (string | RegExp)[]): Promise<PocketError> {
  const error = await t.throwsAsync(call)
  if (!isPocketError(error, code)) throw new Error(`expected ${code}, got ${String(error?.stack)}`)
  const text = `${error.message}\n${error.hint}`
  for (const word of words) t.true(typeof word === 'string' ? text.includes(word) : word.test(text), `no ${String(word)} in: ${text}`)
  t.notRegex(`${error.message}${error.hint}${error.stack}${JSON.stringify(error)}`, /topsecret|Authorization|Signature=/)
  return error
}

onServer(`s3 errors: an unknown access key${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const credentials = {accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'topsecret'}
  const backend = await open(t, `s3://${name}`, s3Options(t, server, {credentials}))
  await told(
    t,
    backend.get('config'),
    'credentials-refused',
    'does not know the access key',
    server.endpoint,
    server.region,
    'InvalidAccessKeyId',
  )
})

onServer(`s3 errors: a wrong secret${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const credentials = {accessKeyId: server.accessKeyId, secretAccessKey: 'topsecret'}
  const backend = await open(t, `s3://${name}`, s3Options(t, server, {credentials}))
  await told(t, backend.get('config'), 'credentials-refused', 'the secret key is not the one', server.endpoint, 'SignatureDoesNotMatch')
})

onServer(`s3 errors: no such bucket${WHERE_SERVER}`, async (t) => {
  const {server} = await createTestBucket(t)
  const backend = await open(t, 's3://pocket-test-nowhere', s3Options(t, server))
  await told(t, backend.get('config'), 'bucket-missing', 'no such bucket', 'pocket-test-nowhere', 'NoSuchBucket', '--create-bucket')
  await told(t, backend.put('config', pattern(1)), 'bucket-missing')
})

onOtherUser(`s3 errors: what a policy lacks is named${WHERE_OTHER_USER}`, async (t) => {
  const {name, server, client} = await createTestBucket(t)
  const {otherUser} = server
  if (!otherUser) return t.fail('the server has no other user')
  const allow = (actions: string[], resource: string): object => ({
    Effect: 'Allow',
    Principal: {AWS: [otherUser.arn]},
    Action: actions,
    Resource: [`arn:aws:s3:::${resource}`],
  })
  const Policy = JSON.stringify({Version: '2012-10-17', Statement: [allow(['s3:ListBucket'], name), allow(['s3:GetObject'], `${name}/*`)]})
  await client.send(new PutBucketPolicyCommand({Bucket: name, Policy}))
  const owner = await open(t, `s3://${name}/p`, s3Options(t, server))
  await owner.put('config', pattern(5))
  const backend = await open(t, `s3://${name}/p`, s3Options(t, server, {credentials: otherUser}))
  t.is((await backend.get('config')).length, 5)
  await told(t, backend.put('config', pattern(1)), 'permission-denied', 's3:PutObject', `arn:aws:s3:::${name}/p/*`)
  await told(t, backend.remove('config'), 'permission-denied', 's3:DeleteObject')
})

test('s3 errors: no credentials anywhere', async (t) => {
  const {credentialsFile: _, ...options} = s3Options(t, NOBODY)
  const saved = {...process.env}
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_CONFIG_FILE: '/nonexistent',
  })
  t.teardown(() => Object.assign(process.env, saved))
  const backend = await open(t, 's3://bucket', options)
  await told(t, backend.get('config'), 'credentials-missing', 'no credentials were found', '--credentials-file')
})

test('s3 errors: a server that is not there is tried four times, with growing pauses that are told', async (t) => {
  const retries: Retry[] = []
  const controller = new AbortController()
  const backend = await open(t, 's3://bucket', s3Options(t, NOBODY), {
    onRetry: (retry) => {
      retries.push(retry)
      // The pauses are for people; the last one is enough to have seen it.
      if (retries.length === 2) controller.abort()
    },
    signal: controller.signal,
  })
  await told(t, backend.get('config'), 'connection-failed', 'connection refused', NOBODY.endpoint, 'us-east-1', 'ECONNREFUSED')
  t.deepEqual(
    retries.map(({attempt, attempts}) => ({attempt, attempts})),
    [
      {attempt: 1, attempts: 4},
      {attempt: 2, attempts: 4},
    ],
  )
  t.true(retries[0].delayMs < retries[1].delayMs * 2)
})

test('s3 errors: a name that DNS does not know', async (t) => {
  const backend = await open(t, 's3://bucket', s3Options(t, {...NOBODY, endpoint: 'http://nowhere.invalid'}), {signal: AbortSignal.abort()})
  await told(t, backend.get('config'), 'connection-failed', /DNS/, 'nowhere.invalid')
})

test('s3 errors: plain HTTP where TLS is expected says so, and is not tried again', async (t) => {
  const server = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const backend = await open(t, 's3://bucket', s3Options(t, {...NOBODY, endpoint}), {onRetry: () => t.fail('tried again')})
  await told(t, backend.get('config'), 'connection-failed', 'does not speak TLS', 'http://')
})

/** A backend on a server that gives this answer to everything. */
async function answering(
  t: ExecutionContext,
  status: number,
  code: string,
  headers: Record<string, string> = {},
  more = '',
): Promise<Backend> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(status, {'content-type': 'application/xml', ...headers})
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the server says it</Message>${more}</Error>`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close().closeAllConnections())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return open(t, 's3://bucket', s3Options(t, {...NOBODY, endpoint}), {signal: AbortSignal.abort(), onWarning: () => undefined})
}

const ANSWERS: [status: number, code: string, expected: ErrorCode, isRetryable: boolean, words: RegExp][] = [
  [503, 'SlowDown', 'io-failed', true, /fewer requests/],
  [429, 'TooManyRequests', 'io-failed', true, /fewer requests/],
  [500, 'InternalError', 'io-failed', true, /error of its own.*500 InternalError: as the server says it/],
  [502, 'BadGateway', 'io-failed', true, /error of its own/],
  [400, 'BadDigest', 'io-failed', true, /did not arrive as they were sent/],
  [400, 'XAmzContentSHA256Mismatch', 'io-failed', true, /did not arrive as they were sent/],
  [400, 'RequestTimeout', 'io-failed', true, /in time/],
  [409, 'OperationAborted', 'io-failed', true, /another request/],
  [403, 'QuotaExceeded', 'no-space', false, /quota/],
  [507, 'XMinioStorageFull', 'no-space', false, /no space/],
  [400, 'ExpiredToken', 'credentials-refused', false, /expired/],
  [403, 'AccessDenied', 'permission-denied', false, /s3:PutObject/],
  [403, 'InvalidObjectState', 'io-failed', false, /archive/],
  [400, 'InvalidStorageClass', 'usage', false, /storage class/],
  [418, 'Teapot', 'io-failed', false, /refuses the request.*418 Teapot/],
]

for (const [status, code, expected, isRetryable, words] of ANSWERS) {
  test(`s3 errors: ${status} ${code} is ${expected}${isRetryable ? ', to be tried again' : ''}`, async (t) => {
    const backend = await answering(t, status, code)
    const error = await told(t, backend.put('config', pattern(10)), expected, words)
    t.is(error.retryable, isRetryable)
  })
}

for (const [date, words] of [
  [new Date(Date.now() - 3 * 3_600_000), /clock of this machine is 3 hours ahead of the server/],
  [new Date(Date.now() + 20 * 60_000), /clock of this machine is 20 minutes behind the server/],
] as const) {
  test(`s3 errors: a clock that differs too much is named with the difference: ${words.source}`, async (t) => {
    const backend = await answering(t, 403, 'RequestTimeTooSkewed', {date: date.toUTCString()})
    await told(t, backend.get('config'), 'clock-skewed', words, 'RequestTimeTooSkewed')
  })
}
