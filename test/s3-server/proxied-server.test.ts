import {randomBytes} from 'node:crypto'
import {text} from 'node:stream/consumers'
import type {S3} from '@aws-sdk/client-s3'
import type {ExecutionContext} from 'ava'
import {createTestBucket, onServer, type TestBucket, WHERE_SERVER} from './bucket.js'
import {createClient} from './client.js'
import {type FaultProxy, startFaultProxy} from './fault-proxy.js'

onServer(`S3 server: signed requests pass through the proxy${WHERE_SERVER}`, async (t) => {
  const {name, proxied, proxy} = await start(t)
  const body = randomBytes(3_000_000)
  await proxied.putObject({Bucket: name, Key: 'a b/ü+%', Body: body})
  const {Body} = await proxied.getObject({Bucket: name, Key: 'a b/ü+%'})
  t.true(body.equals((await Body?.transformToByteArray()) ?? new Uint8Array()))
  const {KeyCount} = await proxied.listObjectsV2({Bucket: name, Prefix: 'a b/'})
  t.is(KeyCount, 1)
  t.deepEqual(proxy.requests, {PUT: 1, GET: 1, LIST: 1})
})

onServer(`S3 server: behind the proxy it can be one that takes conditional writes for plain ones${WHERE_SERVER}`, async (t) => {
  const {name, client, proxied, proxy} = await start(t)
  proxy.setRules([{fault: {kind: 'ignore-header', header: 'if-none-match'}}])
  for (const body of ['first', 'second']) {
    await proxied.putObject({Bucket: name, Key: 'key', Body: body, IfNoneMatch: '*'})
  }
  const {Body} = await client.getObject({Bucket: name, Key: 'key'})
  t.is(await text(Body as AsyncIterable<Uint8Array>), 'second')
  t.deepEqual(proxy.faults, {'ignore-header': 2})
})

onServer(`S3 server: behind the proxy it can have a wrong clock, by which clients can go${WHERE_SERVER}`, async (t) => {
  const {name, proxied, proxy} = await start(t)
  proxy.setClockOffset(3_600_000)
  // The SDK dates its second try by the first answer.
  await proxied.putObject({Bucket: name, Key: 'key', Body: 'bytes'})
  t.deepEqual(proxy.requests, {PUT: 2})
  await proxied.listObjectsV2({Bucket: name, Prefix: 'ke'})
  t.deepEqual(proxy.requests, {PUT: 2, LIST: 1})
})

onServer(`S3 server: it takes the first half of a body for nothing${WHERE_SERVER}`, async (t) => {
  const {name, client, proxied, proxy} = await start(t)
  proxy.setRules([{fault: {kind: 'reset-in-request'}, kind: 'PUT'}])
  await t.throwsAsync(proxied.putObject({Bucket: name, Key: 'key', Body: randomBytes(2_000_000)}))
  t.is((await client.listObjectsV2({Bucket: name})).KeyCount, 0)
  proxy.setRules([])
  await t.notThrowsAsync(proxied.headBucket({Bucket: name}))
})

interface Fixture extends TestBucket {
  proxy: FaultProxy
  /** A client that goes through the proxy. */
  proxied: S3
}

async function start(t: ExecutionContext): Promise<Fixture> {
  const bucket = await createTestBucket(t)
  const proxy = await startFaultProxy({target: bucket.server.endpoint, credentials: bucket.server})
  const proxied = createClient(bucket.server, {endpoint: proxy.endpoint})
  t.teardown(async () => {
    proxied.destroy()
    await proxy.close()
  })
  return {...bucket, proxy, proxied}
}
