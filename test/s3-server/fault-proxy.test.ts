import {createServer, type IncomingMessage} from 'node:http'
import {type AddressInfo, connect} from 'node:net'
import {buffer} from 'node:stream/consumers'
import {setTimeout as sleep} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {errorAnswer, malformedRegion, NOT_IMPLEMENTED, SLOW_DOWN, wrongRegion} from './canned-answers.js'
import {type FaultProxy, type FaultProxyOptions, startFaultProxy} from './fault-proxy.js'
import type {Fault, Rule} from './fault-rules.js'
import {ask, type Outcome} from './plain-client.js'

const CONTENT = Buffer.alloc(200_000, 'content ')

interface Fixture {
  proxy: FaultProxy
  /** What the server behind the proxy has been asked, with the bytes of each body; what was broken off is not in it. */
  received: {request: IncomingMessage; body: Buffer}[]
  request: (method: string, path: string, body?: Buffer, headers?: Record<string, string>) => Promise<Outcome>
}

test('fault proxy: without rules, requests and answers pass as they are', async (t) => {
  const {proxy, received, request} = await start(t)
  const answer = await request('PUT', '/bucket/a%20b?x-id=PutObject', CONTENT, {Host: 'bucket.example:1234', 'X-Amz-Date': 'today'})
  t.is(answer.status, 200)
  t.is(answer.headers?.['etag'], '"etag"')
  t.is(received[0].request.url, '/bucket/a%20b?x-id=PutObject')
  t.is(received[0].request.headers.host, 'bucket.example:1234')
  t.true(received[0].request.rawHeaders.includes('X-Amz-Date'), 'in the same spelling')
  t.true(received[0].body.equals(CONTENT))
  t.true((await request('GET', '/bucket/key')).body?.equals(CONTENT))
  t.is((await request('HEAD', '/bucket/key')).headers?.['content-length'], String(CONTENT.length))
  t.deepEqual(proxy.faults, {})
})

test('fault proxy: requests are counted by kind, listings apart from GET', async (t) => {
  const {proxy, request} = await start(t)
  for (const path of ['/bucket?list-type=2&prefix=a%2F', '/bucket/', '/bucket/key', '/bucket?location']) await request('GET', path)
  await request('HEAD', '/bucket/key')
  await request('DELETE', '/bucket/key')
  await request('POST', '/bucket?delete', Buffer.from('keys'))
  t.deepEqual(proxy.requests, {LIST: 2, GET: 2, HEAD: 1, DELETE: 1, POST: 1})
  t.is(proxy.calls[0], 'GET /bucket?list-type=2&prefix=a%2F')
})

test('fault proxy: a canned answer is given in place of the server’s, to the chosen call only', async (t) => {
  const {proxy, received, request} = await start(t, [{fault: SLOW_DOWN, kind: 'PUT', target: /^\/bucket\/packs/, call: [2, 3]}])
  const put = async (path: string): Promise<number | undefined> => (await request('PUT', path, CONTENT)).status
  t.deepEqual(
    [
      await put('/bucket/packs/1'),
      await put('/bucket/other'),
      await put('/bucket/packs/2'),
      await put('/bucket/packs/3'),
      await put('/bucket/packs/4'),
    ],
    [200, 200, 503, 503, 200],
  )
  t.is(received.length, 3)
  t.deepEqual(proxy.faults, {'answer 503': 2})
  t.deepEqual(proxy.unused(), [])
})

test('fault proxy: canned answers carry status, headers and body', async (t) => {
  const {proxy, request} = await start(t)
  const cases: [Fault, number, RegExp][] = [
    [wrongRegion('eu-central-1'), 301, /<Code>PermanentRedirect</],
    [malformedRegion('eu-central-1'), 400, /<Code>AuthorizationHeaderMalformed<.*<Region>eu-central-1</],
    [NOT_IMPLEMENTED, 501, /<Code>NotImplemented</],
    [errorAnswer(500, 'InternalError'), 500, /<Code>InternalError</],
  ]
  for (const [fault, status, body] of cases) {
    proxy.setRules([{fault}])
    const answer = await request('GET', '/bucket/key')
    t.is(answer.status, status)
    t.regex(String(answer.body), body)
    t.is(answer.headers?.['x-amz-bucket-region'], status < 500 ? 'eu-central-1' : undefined)
  }
})

test('fault proxy: connections are reset before, in the midst of and after what the server does', async (t) => {
  const {proxy, received, request} = await start(t)
  proxy.setRules([{fault: {kind: 'reset'}}])
  t.is((await request('PUT', '/bucket/reset', CONTENT)).error, 'ECONNRESET')
  proxy.setRules([{fault: {kind: 'reset-in-request'}}])
  t.is((await request('PUT', '/bucket/in-request', CONTENT)).error, 'ECONNRESET')
  t.is(received.length, 0)
  proxy.setRules([{fault: {kind: 'lost-answer'}}])
  t.is((await request('PUT', '/bucket/lost', CONTENT)).error, 'ECONNRESET')
  t.deepEqual(
    received.map(({request: {url}, body}) => [url, body.length]),
    [['/bucket/lost', CONTENT.length]],
  )
  proxy.setRules([{fault: {kind: 'reset-in-answer'}}])
  const answer = await request('GET', '/bucket/key')
  // Node 20 takes a reset for an end when it comes while there is still something to read.
  t.true(answer.error === 'ECONNRESET' || answer.error === 'aborted')
  t.not(answer.body?.length, CONTENT.length)
  t.deepEqual(proxy.faults, {reset: 1, 'reset-in-request': 1, 'lost-answer': 1, 'reset-in-answer': 1})
})

test('fault proxy: a truncated answer promises all, gives half and ends cleanly', async (t) => {
  const {request} = await start(t, [{fault: {kind: 'truncate'}}])
  const answer = await request('GET', '/bucket/key')
  t.is(answer.headers?.['content-length'], String(CONTENT.length))
  t.is(answer.body?.length, CONTENT.length / 2)
  t.is(answer.error, 'aborted')
})

test('fault proxy: a flipped bit changes one byte and no length', async (t) => {
  const {request} = await start(t, [{fault: {kind: 'flip'}}])
  const {body = Buffer.alloc(0)} = await request('GET', '/bucket/key')
  t.is(body.length, CONTENT.length)
  const different = [...body.keys()].filter((index) => body[index] !== CONTENT[index])
  t.deepEqual(different, [CONTENT.length / 2])
})

test('fault proxy: stalls keep the connection open and say nothing', async (t) => {
  const {proxy, received, request} = await start(t)
  const outcomes: Promise<unknown>[] = []
  for (const kind of ['stall', 'stall-in-request', 'stall-in-answer'] as const) {
    proxy.setRules([{fault: {kind}}])
    const outcome = kind === 'stall-in-answer' ? request('GET', '/bucket/key') : request('PUT', '/bucket/key', CONTENT)
    outcomes.push(outcome.then(({status, error}) => ({kind, status, error})))
    while (proxy.faults[kind] === undefined) await sleep(10)
  }
  proxy.setRules([])
  t.is((await request('HEAD', '/bucket/other')).status, 200, 'others go on')
  t.is(await Promise.race([...outcomes, sleep(300, 'silence')]), 'silence')
  const methods = received.map(({request: {method}}) => method)
  t.deepEqual(
    methods.sort((a, b) => (a as string).localeCompare(b as string)),
    ['GET', 'HEAD'],
    'the server has been asked for the answer that stalls, and not for the others',
  )
})

test('fault proxy: latency comes once a request, whatever its size, half of it before the server hears of it', async (t) => {
  const {proxy, received, request} = await start(t, [], {latencyMs: 100})
  const startMs = performance.now()
  const outcome = request('GET', '/bucket/key')
  await sleep(30)
  t.is(received.length, 0)
  await outcome
  const took = performance.now() - startMs
  t.true(took >= 99, `${took} ms`)
  proxy.setRules([{fault: {kind: 'latency', ms: 100}}])
  const slowerMs = performance.now()
  await request('GET', '/bucket/key')
  t.true(performance.now() - slowerMs >= 199)
})

test('fault proxy: faults by probability are the same for the same seed', async (t) => {
  const run = async (seed: number): Promise<(number | undefined)[]> => {
    const {request} = await start(t, [{fault: SLOW_DOWN, probability: 0.3}], {seed})
    const statuses: (number | undefined)[] = []
    for (let index = 0; index < 60; index += 1) statuses.push((await request('GET', `/bucket/${index}`)).status)
    return statuses
  }
  const [first, second, other] = [await run(7), await run(7), await run(8)]
  t.deepEqual(first, second)
  t.notDeepEqual(first, other)
  const failed = first.filter((status) => status === 503).length
  t.true(failed > 5 && failed < 35, `${failed} of 60`)
})

test('fault proxy: an outage refuses or resets connections until it ends', async (t) => {
  const {proxy, request} = await start(t)
  await proxy.goDown('refuse')
  t.is((await request('GET', '/bucket/key')).error, 'ECONNREFUSED')
  await proxy.comeBack()
  t.is((await request('GET', '/bucket/key')).status, 200)
  await proxy.goDown('reset')
  t.is((await request('GET', '/bucket/key')).error, 'ECONNRESET')
  await proxy.comeBack()
  t.is((await request('GET', '/bucket/key')).status, 200)
})

test('fault proxy: with a wrong clock, answers are dated by it and requests must be, too', async (t) => {
  const {proxy, received, request} = await start(t)
  const dated = (offsetMs: number): Record<string, string> => ({
    'x-amz-date': new Date(Date.now() + offsetMs).toISOString().replace(/[-:]|\.\d{3}/g, ''),
  })
  const hour = 3_600_000
  proxy.setClockOffset(hour)
  const refused = await request('GET', '/bucket/key', undefined, dated(0))
  t.is(refused.status, 403)
  t.regex(String(refused.body), /RequestTimeTooSkewed/)
  t.true(Math.abs(Date.parse(refused.headers?.['date'] as string) - Date.now() - hour) < 60_000)
  t.is(received.length, 0)
  const answered = await request('GET', '/bucket/key', undefined, dated(hour - 60_000))
  t.is(answered.status, 200)
  t.true(Math.abs(Date.parse(answered.headers?.['date'] as string) - Date.now() - hour) < 60_000)
})

test('fault proxy: a hidden header does not reach the server', async (t) => {
  const {received, request} = await start(t, [{fault: {kind: 'ignore-header', header: 'If-None-Match'}, kind: 'PUT'}])
  await request('PUT', '/bucket/key', CONTENT, {'If-None-Match': '*', 'X-Other': '1'})
  t.is(received[0].request.headers['if-none-match'], undefined)
  t.is(received[0].request.headers['x-other'], '1')
})

test('fault proxy: a client that asks before it sends hears what the server says', async (t) => {
  const {proxy, request, received} = await start(t)
  t.is((await request('PUT', '/bucket/key', CONTENT, {expect: '100-continue'})).status, 200)
  t.is(received[0].body.length, CONTENT.length)
  proxy.setRules([{fault: SLOW_DOWN}])
  t.is((await request('PUT', '/bucket/key', CONTENT, {expect: '100-continue'})).status, 503)
})

test('fault proxy: close cuts stalled connections off', async (t) => {
  const {proxy, request} = await start(t, [{fault: {kind: 'stall'}}])
  const outcome = request('GET', '/bucket/key')
  await sleep(50)
  await proxy.close()
  t.is((await outcome).error, 'ECONNRESET')
  const socket = connect(Number(new URL(proxy.endpoint).port), '127.0.0.1')
  await t.throwsAsync(new Promise((_resolve, reject) => socket.on('error', reject)), {code: 'ECONNREFUSED'})
})

/** A proxy in front of a server that takes anything, and has the same content everywhere. */
async function start(t: ExecutionContext, rules: readonly Rule[] = [], options: Partial<FaultProxyOptions> = {}): Promise<Fixture> {
  const received: Fixture['received'] = []
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        received.push({request, body})
        const content = request.method === 'PUT' ? '' : CONTENT
        response.writeHead(200, {etag: '"etag"', 'content-length': content.length}).end(content)
      },
      // The proxy has broken it off.
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy = await startFaultProxy({target: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, rules, ...options})
  t.teardown(async () => {
    await proxy.close()
    server.closeAllConnections()
    server.close()
  })
  return {proxy, received, request: (method, path, body, headers) => ask(proxy.endpoint, {method, path, body, headers})}
}
