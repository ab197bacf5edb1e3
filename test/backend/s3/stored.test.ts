/** How objects are stored in the bucket: class, encryption, retention. */
import {randomBytes} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {HeadObjectCommand} from '@aws-sdk/client-s3'
import test from 'ava'
import type {Backend} from '../../../src/backend/backend.js'
import type {S3Options} from '../../../src/backend/s3/options.js'
import {createTestBucket, onServer, WHERE_SERVER} from '../../s3-server/bucket.js'
import {testServer} from '../../s3-server/test-server.js'
import {pattern, rejectsWith} from '../objects.js'
import {temporaryFolder} from '../temporary-folder.js'
import {open, s3Options} from './fixture.js'

const hasClass = testServer()?.storageClass !== undefined
const onClass = hasClass ? onServer : test.skip
const WHERE_CLASS = hasClass ? '' : ' (only where an S3 server has a second storage class)'
const hasKms = testServer()?.kmsKeyId !== undefined
const onKms = hasKms ? onServer : test.skip
const WHERE_KMS = hasKms ? '' : ' (only where an S3 server has a key of its own for objects)'
const DAY_MS = 86_400_000
const LOCK: S3Options['lock'] = {days: 10, mode: 'governance'}

onClass(`s3: the storage class is for what only restores read${WHERE_CLASS}`, async (t) => {
  const {name, server, client} = await createTestBucket(t)
  const {storageClass} = server
  if (storageClass === undefined) return t.fail('the server has no other class')
  const backend = await open(t, `s3://${name}`, s3Options(t, server, {s3: {storageClass}}))
  await backend.put('chunks/aa/data', pattern(10), {isCold: true})
  await backend.put('chunks/aa/trees', pattern(10))
  const classOf = async (Key: string) => (await client.send(new HeadObjectCommand({Bucket: name, Key}))).StorageClass ?? 'STANDARD'
  t.is<string, string>(await classOf('chunks/aa/data'), storageClass)
  t.is(await classOf('chunks/aa/trees'), 'STANDARD')
})

onKms(`s3: what is encrypted by the server’s keeper of keys says by which, and is read by anybody who may${WHERE_KMS}`, async (t) => {
  const {name, server, client} = await createTestBucket(t)
  const {kmsKeyId: keyId} = server
  const writer = await open(t, `s3://${name}`, s3Options(t, server, {s3: {encryption: {type: 'aws:kms', keyId}}}))
  await writer.put('chunks/aa/a', pattern(100_000))
  const {ServerSideEncryption, SSEKMSKeyId} = await client.send(new HeadObjectCommand({Bucket: name, Key: 'chunks/aa/a'}))
  t.is<string | undefined, string>(ServerSideEncryption, 'aws:kms')
  t.is(SSEKMSKeyId, keyId)
  const reader = await open(t, `s3://${name}`, s3Options(t, server))
  t.deepEqual(
    new Uint8Array(await reader.get('chunks/aa/a', {range: {start: 70_000, length: 20_000}})),
    pattern(100_000).slice(70_000, 90_000),
  )
})

onServer(`s3: what is encrypted under the user’s key is read with it in every way, and in none without it${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const folder = temporaryFolder(t)
  const openWith = (key: Buffer): Promise<Backend> => {
    const keyFile = join(folder, key.toString('hex'))
    writeFileSync(keyFile, key)
    return open(t, `s3://${name}`, s3Options(t, server, {s3: {encryption: {type: 'customer', keyFile}}}))
  }
  const key = randomBytes(32)
  const [writer, reader, other] = await Promise.all([openWith(key), openWith(key), openWith(randomBytes(32))])
  await writer.put('config', pattern(200_000), {ifAbsent: true})
  await rejectsWith(t, writer.put('config', pattern(10), {ifAbsent: true}), 'object-exists')
  t.deepEqual(new Uint8Array(await reader.get('config')), pattern(200_000))
  t.deepEqual(new Uint8Array(await reader.get('config', {range: {start: 99_000, length: 50_000}})), pattern(200_000).slice(99_000, 149_000))
  t.deepEqual(await reader.stat('config'), {sizeBytes: 200_000})
  const without = await open(t, `s3://${name}`, s3Options(t, server))
  for (const backend of [other, without]) {
    await t.throwsAsync(backend.get('config'))
    await t.throwsAsync(backend.get('config', {range: {start: 0, length: 10}}))
  }
})

onServer(`s3: what is written with a lock is protected for as many days, and the rest is not${WHERE_SERVER}`, async (t) => {
  const {name, server, client} = await createTestBucket(t, {objectLock: true})
  const backend = await open(t, `s3://${name}`, s3Options(t, server, {s3: {lock: LOCK}}))
  await backend.put('chunks/aa/a', pattern(10))
  await backend.put('config', pattern(10), {ifAbsent: true})
  await backend.put('probe', pattern(10), {isTransient: true})
  for (const Key of ['chunks/aa/a', 'config']) {
    const {ObjectLockMode, ObjectLockRetainUntilDate: until} = await client.send(new HeadObjectCommand({Bucket: name, Key}))
    t.is(ObjectLockMode, 'GOVERNANCE')
    const days = ((until?.getTime() ?? 0) - Date.now()) / DAY_MS
    t.true(days > 9.9 && days < 10.1, `${days} days`)
    t.is(await backend.retention?.until(Key), until?.getTime())
  }
  t.is(await backend.retention?.until('probe'), undefined)
})

onServer(`s3: a retention is extended, never shortened, and read back${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t, {objectLock: true})
  const backend = await open(t, `s3://${name}`, s3Options(t, server, {s3: {lock: LOCK}}))
  const {retention} = backend
  await backend.put('config', pattern(10))
  const later = Math.round(Date.now() / 1000) * 1000 + 20 * DAY_MS
  await retention?.extend('config', later)
  t.is(await retention?.until('config'), later)
  await retention?.extend('config', later - 5 * DAY_MS)
  t.true(((await retention?.until('config')) ?? 0) >= later - 5 * DAY_MS)
  await rejectsWith(t, retention!.extend('nothing', later), 'object-missing')
})

onServer(`s3: a bucket without object lock is no place for what is to be protected${WHERE_SERVER}`, async (t) => {
  const {name, server} = await createTestBucket(t)
  const backend = await open(t, `s3://${name}`, s3Options(t, server, {s3: {lock: LOCK}}))
  const error = await t.throwsAsync(backend.put('config', pattern(10)), {code: 'usage'})
  t.regex(error?.message ?? '', /does not take a retention/)
})

test('s3: a key of the user’s that is none is refused before anything is sent', async (t) => {
  const keyFile = join(temporaryFolder(t), 'key')
  writeFileSync(keyFile, randomBytes(31))
  const nobody = {endpoint: 'http://127.0.0.1:1', region: 'us-east-1', accessKeyId: 'id', secretAccessKey: 'secret'}
  await rejectsWith(t, open(t, 's3://bucket', s3Options(t, nobody, {s3: {encryption: {type: 'customer', keyFile}}})), 'damaged-key')
  await rejectsWith(
    t,
    open(t, 's3://bucket', s3Options(t, nobody, {s3: {encryption: {type: 'customer', keyFile: '/no/key'}}})),
    'key-missing',
  )
})
