import {randomBytes} from 'node:crypto'
import {text} from 'node:stream/consumers'
import {S3ServiceException} from '@aws-sdk/client-s3'
import type {ThrowsExpectation} from 'ava'
import {createTestBucket, onServer, WHERE_SERVER} from './bucket.js'
import {createClient} from './client.js'

onServer(`S3 server: what was put is got and listed${WHERE_SERVER}`, async (t) => {
  const {client, name} = await createTestBucket(t)
  const body = randomBytes(300_000)
  await client.putObject({Bucket: name, Key: 'packs/3f', Body: body})

  const {Body} = await client.getObject({Bucket: name, Key: 'packs/3f'})
  t.deepEqual(await Body?.transformToByteArray(), new Uint8Array(body))
  const range = await client.getObject({Bucket: name, Key: 'packs/3f', Range: 'bytes=-7'})
  t.deepEqual(await range.Body?.transformToByteArray(), new Uint8Array(body.subarray(-7)))
  const {Contents = []} = await client.listObjectsV2({Bucket: name, Prefix: 'packs/'})
  t.deepEqual(
    Contents.map(({Key, Size}) => [Key, Size]),
    [['packs/3f', 300_000]],
  )
})

onServer(`S3 server: of twenty that put where nothing may be yet, one succeeds${WHERE_SERVER}`, async (t) => {
  const {client, name} = await createTestBucket(t)
  const put = (index: number): Promise<number> =>
    client.putObject({Bucket: name, Key: 'key', Body: `from ${index}`, IfNoneMatch: '*'}).then(
      () => index,
      (error: S3ServiceException) => (t.is(error.$metadata.httpStatusCode, 412), -1),
    )
  const winners = (await Promise.all(Array.from({length: 20}, (_, index) => put(index)))).filter((index) => index >= 0)
  t.is(winners.length, 1)
  const {Body} = await client.getObject({Bucket: name, Key: 'key'})
  t.is(await text(Body as AsyncIterable<Uint8Array>), `from ${winners[0]}`)
})

onServer(`S3 server: a locked object says until when${WHERE_SERVER}`, async (t) => {
  const {client, name} = await createTestBucket(t, {objectLock: true})
  const until = new Date(Math.floor(Date.now() / 1000 + 60) * 1000)
  const lock = {ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until} as const
  // Servers want the body's hash with a lock.
  await client.putObject({Bucket: name, Key: 'key', Body: 'bytes', ChecksumAlgorithm: 'CRC32', ...lock})

  const {Retention} = await client.getObjectRetention({Bucket: name, Key: 'key'})
  t.deepEqual(Retention, {Mode: 'GOVERNANCE', RetainUntilDate: until})
  const head = await client.headObject({Bucket: name, Key: 'key'})
  t.is(head.ObjectLockMode, 'GOVERNANCE')
})

onServer(`S3 server: another user and a wrong key are refused${WHERE_SERVER}`, async (t) => {
  const {client, name, server} = await createTestBucket(t)
  await client.putObject({Bucket: name, Key: 'key', Body: 'bytes'})
  const refused: ThrowsExpectation<S3ServiceException> = {instanceOf: S3ServiceException}
  const key = {Bucket: name, Key: 'key'}

  const wrong = createClient(server, {credentials: {accessKeyId: server.accessKeyId, secretAccessKey: 'wrong'}})
  t.is((await t.throwsAsync(wrong.getObject(key), refused))?.name, 'SignatureDoesNotMatch')
  if (server.otherUser === undefined) return
  const other = createClient(server, {credentials: server.otherUser})
  t.is((await t.throwsAsync(other.getObject(key), refused))?.name, 'AccessDenied')
})
