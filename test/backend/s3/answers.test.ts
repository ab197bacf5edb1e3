/** Answers that are none to what was asked: nothing of them is taken for what it is not. */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import {createServer as createSocketServer} from 'node:net'
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import type {Backend} from '../../../src/backend/backend.js'
import {createBucket, listBuckets} from '../../../src/backend/s3/buckets.js'
import {S3Session} from '../../../src/backend/s3/session.js'
import {isPocketError, type PocketError} from '../../../src/errors.js'
import {collect, createSink, pattern, rejectsWith} from '../objects.js'
import {open, s3Options} from './fixture.js'
import {at, serve} from './serve.js'

const ONCE = {signal: AbortSignal.abort()}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

/** A backend that asks each thing once, on a server that answers so. */
async function answered(t: ExecutionContext, answer: Answer, options = ONCE as {signal?: AbortSignal}): Promise<Backend> {
  const listener: RequestListener = (request, response) => void request.resume().on('end', () => void answer(request, response))
  return open(t, 's3://bucket', s3Options(t, at(await serve(t, listener))), options)
}

/** The retryable error of `call`. */
async function passing(t: ExecutionContext, call: Promise<unknown>, words: RegExp): Promise<void> {
  const error = await t.throwsAsync(call)
  t.true(isPocketError(error) && error.retryable, String(error?.stack))
  t.regex(error?.message ?? '', words)
}

test('s3 answers: what is no HTTP is no empty object', async (t) => {
  const server = createSocketServer((socket) => socket.on('data', () => socket.end('\u0001\u0002 garbage\r\n\r\n')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const {port} = server.address() as {port: number}
  const backend = await open(t, 's3://bucket', s3Options(t, at(port)), ONCE)
  await passing(t, backend.get('config'), /broken off/)
  await passing(t, backend.put('config', pattern(10)), /broken off/)
})

test('s3 answers: a server that ignores ranges gives the whole object, of which the range is taken', async (t) => {
  const backend = await answered(t, (_, response) => response.writeHead(200).end(pattern(1000)))
  t.deepEqual(new Uint8Array(await backend.get('a', {range: {start: 100, length: 50}})), pattern(1000).slice(100, 150))
  t.deepEqual(new Uint8Array(await backend.get('a', {range: {suffix: 7}})), pattern(1000).slice(-7))
  await rejectsWith(t, backend.get('a', {range: {start: 990, length: 20}}), 'io-failed')
})

for (const [title, contentRange, length] of [
  ['another place', 'bytes 0-49/1000', 50],
  ['more than was asked for', 'bytes 100-199/1000', 100],
  ['another length than it says', 'bytes 100-149/1000', 40],
] as const) {
  test(`s3 answers: a range of ${title} is refused, and asked for again`, async (t) => {
    const backend = await answered(t, (_, response) => response.writeHead(206, {'content-range': contentRange}).end(pattern(length)))
    await passing(t, backend.get('a', {range: {start: 100, length: 50}}), /other bytes than were asked for/)
  })
}

test('s3 answers: a range that broke off is gone on with where it broke', async (t) => {
  const asked: string[] = []
  const answer: Answer = ({headers: {range = ''}}, response) => {
    asked.push(range)
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
    const bytes = pattern(500_000).slice(Number(first), Number(last) + 1)
    response.writeHead(206, {'content-range': `bytes ${first}-${last}/500000`, 'content-length': bytes.length})
    if (asked.length < 3) response.write(bytes.subarray(0, 100_000), () => response.destroy())
    else response.end(bytes)
  }
  const backend = await answered(t, answer, {})
  const sink = createSink()
  const rest = await backend.get('a', {range: {start: 1000, length: 300_000}, sink})
  t.is(rest.length, 0)
  t.deepEqual(Buffer.concat(sink.pieces), Buffer.from(pattern(500_000).slice(1000, 301_000)))
  const starts = asked.map((range) => Number(/^bytes=(\d+)-300999$/.exec(range)?.[1]))
  t.true(starts.length === 3 && starts[0] === 1000 && starts[1] > starts[0] && starts[2] > starts[1], asked.join())
  t.is((await backend.get('a', {range: {start: 1000, length: 300_000}, sink})).length, 0)
  t.is(asked.length, 3, 'nothing is left to ask for')
})

for (const [title, status, contentRange, length] of [
  ['another place', 206, 'bytes 0-49/1000', 50],
  ['more than it says', 206, 'bytes 100-149/1000', 60],
  ['less than it says', 206, 'bytes 100-149/1000', 40],
  ['all of the object', 200, undefined, 1000],
] as const) {
  test(`s3 answers: of a range of ${title} a sink is given nothing that it did not ask for`, async (t) => {
    const header = contentRange === undefined ? {} : {'content-range': contentRange}
    const backend = await answered(t, (_, response) => response.writeHead(status, header).end(pattern(length)))
    const sink = createSink()
    const call = backend.get('a', {range: {start: 100, length: 50}, sink})
    if (status === 200) t.deepEqual(new Uint8Array(await call), pattern(1000).slice(100, 150))
    else await passing(t, call, /other bytes than were asked for/)
    t.true(sink.receivedBytes <= 50)
  })
}

test('s3 answers: a page that is no list is not an empty one', async (t) => {
  const backend = await answered(t, (_, response) => response.writeHead(200).end('<html><body>Welcome</body></html>'))
  await passing(t, collect(backend.list('chunks/')), /no list|did not arrive/)
})

test('s3 answers: a list that is broken off without a way to go on is no whole list', async (t) => {
  const page =
    '<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated><Contents><Key>chunks/a</Key><Size>1</Size></Contents></ListBucketResult>'
  const backend = await answered(t, (_, response) => response.writeHead(200).end(page))
  await t.throwsAsync(collect(backend.list('chunks/')), {message: /does not say how to go on/})
})

test('s3 answers: "not found" of something else than an S3 server is not "no such object"', async (t) => {
  const backend = await answered(t, (_, response) =>
    response.writeHead(404, {'content-type': 'text/html'}).end('<h1>404 page not found</h1>'),
  )
  await passing(t, backend.get('config'), /something else than an S3 server/)
})

test('s3 answers: a load balancer’s time-out is tried again', async (t) => {
  const backend = await answered(t, (_, response) => response.writeHead(408).end())
  await passing(t, backend.get('config'), /in time/)
})

test('s3 answers: requests under way at the same time all find the region', async (t) => {
  const backend = await answered(t, async (request, response) => {
    await setTimeout(20)
    if (/\/eu-central-1\/s3/.test(request.headers.authorization ?? '')) response.writeHead(200).end('hello')
    else response.writeHead(301, {'x-amz-bucket-region': 'eu-central-1'}).end('<Error><Code>PermanentRedirect</Code></Error>')
  })
  const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => backend.get(name)))
  t.deepEqual(
    all.map((bytes) => Buffer.from(bytes).toString()),
    Array.from({length: 4}, () => 'hello'),
  )
})

test('s3 answers: a wrong region and a wrong clock are both put right', async (t) => {
  const serverMs = Date.now() - 5 * 3_600_000
  let warnings = 0
  const listener: RequestListener = (request, response) => {
    request.resume()
    const [, year, month, day, hours, minutes, seconds] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(String(request.headers['x-amz-date'])) ?? []
    const signedMs = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
    response.setHeader('date', new Date(serverMs).toUTCString())
    if (Math.abs(signedMs - serverMs) > 15 * 60_000) response.writeHead(403).end('<Error><Code>RequestTimeTooSkewed</Code></Error>')
    else if (!/\/eu-central-1\/s3/.test(request.headers.authorization ?? '')) {
      response.writeHead(301, {'x-amz-bucket-region': 'eu-central-1'}).end('<Error><Code>PermanentRedirect</Code></Error>')
    } else response.writeHead(200).end('hello')
  }
  const backend = await open(t, 's3://bucket', s3Options(t, at(await serve(t, listener))), {...ONCE, onWarning: () => (warnings += 1)})
  t.is((await backend.get('a')).length, 5)
  t.is((await backend.get('a')).length, 5)
  t.is(warnings, 1)
})

test('s3 answers: the probe of conditional requests is made again when the server is busy', async (t) => {
  let requests = 0
  const backend = await answered(
    t,
    (request, response) => {
      requests += 1
      if (requests === 1) response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')
      else if (request.headers['if-none-match'] === '*') response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>')
      else response.writeHead(200).end()
    },
    {},
  )
  t.is(await backend.conditionalCreate?.probe(), 'supported')
})

test('s3 answers: a bucket that is there already and one’s own was made by a request whose answer was lost', async (t) => {
  const port = await serve(t, (request, response) => {
    request.resume()
    response.writeHead(409).end('<Error><Code>BucketAlreadyOwnedByYou</Code></Error>')
  })
  const session = await S3Session.open({s3: s3Options(t, at(port)), onWarning: (warning) => t.fail(warning.message)})
  await t.notThrowsAsync(createBucket(session, 'bucket', {}))
  session.close()
})

test('s3 answers: after close nothing more is sent', async (t) => {
  let requests = 0
  const port = await serve(t, (request) => {
    requests += 1
    request.resume()
  })
  const backend = await open(t, 's3://bucket', s3Options(t, at(port)))
  const calls = Array.from({length: 24}, () => t.throwsAsync(backend.get('a')))
  while (requests < 8) await setTimeout(10)
  await backend.close()
  await Promise.all(calls)
  await setTimeout(50)
  t.is(requests, 8)
})

test('s3 answers: what has never answered as an S3 server is said to be something else', async (t) => {
  const page = '<html><body>Welcome</body></html>'
  const web: RequestListener = (_, response) => void response.writeHead(200, {'content-type': 'text/html'}).end(page)
  const text: RequestListener = (_, response) => void response.writeHead(200, {'content-type': 'text/plain'}).end('It works!')
  for (const listener of [web, text]) {
    const session = await S3Session.open({s3: s3Options(t, at(await serve(t, listener))), onWarning: () => t.fail()}, 'bucket')
    const error = await t.throwsAsync(listBuckets(session), {code: 'io-failed', message: /something else than an S3 server/})
    t.is((error as PocketError).hint, 'check --endpoint')
    t.notRegex(error?.message ?? '', /SDK|hidden field/)
    session.close()
  }
})

test('s3 answers: a storage class or encryption that is refused is named', async (t) => {
  const refuse: Answer = (_, response) =>
    response.writeHead(400, {'content-type': 'application/xml'}).end('<Error><Code>InvalidArgument</Code></Error>')
  const port = await serve(t, (request, response) => void request.resume().on('end', () => void refuse(request, response)))
  const put = async (options: object, isCold: boolean): Promise<PocketError> => {
    const backend = await open(t, 's3://bucket', {...s3Options(t, at(port)), ...options}, ONCE)
    return t.throwsAsync<PocketError>(backend.put('a', pattern(10), {isCold}))
  }
  t.regex((await put({storageClass: 'FROZEN'}, true)).hint ?? '', /storage class 'FROZEN'/)
  t.is((await put({storageClass: 'FROZEN'}, false)).hint, undefined)
  t.regex((await put({encryption: {type: 'AES256'}}, false)).hint ?? '', /encryption/)
})

test('s3 answers: bytes that nobody was there to take, and requests that nobody got, are not counted', async (t) => {
  const port = await serve(t, (request, response) => void request.resume().on('end', () => void response.writeHead(200).end()))
  const there = await open(t, 's3://bucket', s3Options(t, at(port)), ONCE)
  await there.put('a', pattern(700_000))
  t.like(there.traffic, {put: 1, bytesUp: 700_000})
  const nobody = await open(t, 's3://bucket', s3Options(t, at(1)), ONCE)
  await t.throwsAsync(nobody.put('a', pattern(700_000)), {code: 'connection-failed'})
  t.is(nobody.traffic?.put, 0)
  t.true(nobody.traffic!.bytesUp < 700_000, `${nobody.traffic?.bytesUp}`)
})

test('s3 answers: what another server was found to do does not hold for one that refuses conditions', async (t) => {
  const objects = new Map<string, Buffer>()
  const listener: RequestListener = (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const {method, url = '', headers} = request
      const stored = objects.get(url.split('?')[0])
      if (headers['if-none-match'] !== undefined) {
        response.writeHead(501, {'content-type': 'application/xml'}).end('<Error><Code>NotImplemented</Code></Error>')
      } else if (method === 'PUT') {
        objects.set(url.split('?')[0], Buffer.concat(parts))
        response.writeHead(200).end()
      } else if (stored) response.writeHead(200, {'content-length': stored.length}).end(method === 'HEAD' ? undefined : stored)
      else response.writeHead(404, {'content-type': 'application/xml'}).end('<Error><Code>NoSuchKey</Code></Error>')
    })
  }
  const backend = await open(t, 's3://bucket', s3Options(t, at(await serve(t, listener))), ONCE)
  backend.conditionalCreate!.assume('supported')
  await backend.put('config', pattern(10), {ifAbsent: true})
  t.deepEqual(new Uint8Array(await backend.get('config')), pattern(10))
  await rejectsWith(t, backend.put('config', pattern(20), {ifAbsent: true}), 'object-exists')
  t.deepEqual(new Uint8Array(await backend.get('config')), pattern(10))
  t.is(await backend.conditionalCreate!.probe(), 'refused')
})

test('s3 answers: whoever waits long for the first answer is told so, once', async (t) => {
  const port = await serve(
    t,
    (request, response) => void request.resume().on('end', () => void setTimeout(11_000).then(() => response.writeHead(200).end('x'))),
  )
  const warnings: string[] = []
  const session = await S3Session.open({s3: s3Options(t, at(port)), onWarning: ({message}) => warnings.push(message)}, 'bucket')
  t.teardown(() => session.close())
  const look = () =>
    session.call({what: 'read', action: '', resource: '', location: ''}, (client) =>
      client.send(new session.sdk.GetObjectCommand({Bucket: 'bucket', Key: 'a'})),
    )
  await Promise.all([look(), look()])
  t.deepEqual(warnings, [`http://127.0.0.1:${port} has not answered so far`])
})
