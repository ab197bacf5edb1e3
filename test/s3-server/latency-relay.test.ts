import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {fileURLToPath} from 'node:url'
import test, {type ExecutionContext} from 'ava'
import {startLatencyRelay} from './latency-relay.js'
import {ask} from './plain-client.js'

const CONTENT = Buffer.alloc(20_000_000, 'content ')
const PROGRAM = fileURLToPath(new URL('fault-proxy.js', import.meta.url))

test('latency relay: a round trip takes as long as told, a new connection one more, however much is sent', async (t) => {
  const relay = await startLatencyRelay(await startServer(t), 100)
  t.teardown(() => relay.close())
  for (const body of [undefined, CONTENT]) {
    const start = performance.now()
    const answer = await ask(relay.endpoint, {method: 'PUT', path: '/', body})
    const took = performance.now() - start
    t.is(answer.body?.toString(), String(body?.length ?? 0))
    // Were it a round trip for each piece of what is sent, it would take half a minute.
    t.true(took >= 198 && took < 25_000, `${took} ms`)
  }
})

test('latency relay: what the server says is passed on unchanged, and so is its silence', async (t) => {
  const relay = await startLatencyRelay(await startServer(t), 2)
  t.teardown(() => relay.close())
  t.true((await ask(relay.endpoint, {method: 'GET', path: '/'})).body?.equals(CONTENT))
  t.is((await ask(relay.endpoint, {method: 'GET', path: '/reset'})).error, 'ECONNRESET')
  await relay.close()
  t.is((await ask(relay.endpoint, {method: 'GET', path: '/'})).error, 'ECONNREFUSED')
})

for (const option of ['--latency', '--quiet-latency']) {
  test(`fault proxy: as a program with ${option}, it prints its endpoint and runs until it is ended`, async (t) => {
    const target = await startServer(t)
    const program = spawn(process.execPath, [PROGRAM, '--target', target.href, option, '40'], {stdio: ['ignore', 'pipe', 'inherit']})
    t.teardown(() => program.kill())
    const [line] = (await once(program.stdout.setEncoding('utf8'), 'data')) as [string]
    const start = performance.now()
    t.is((await ask(line.trim(), {method: 'PUT', path: '/', body: Buffer.from('five!')})).body?.toString(), '5')
    t.true(performance.now() - start >= 39)
  })
}

test('fault proxy: as a program without a target, it says how it is used', async (t) => {
  const {stderr} = await new Promise<{stderr: string}>((resolve) =>
    execFile(process.execPath, [PROGRAM], (_error, _stdout, stderr) => resolve({stderr})),
  )
  t.regex(stderr, /usage: fault-proxy --target URL/)
})

/** A server that answers how many bytes it was sent, or sends many. */
async function startServer(t: ExecutionContext): Promise<URL> {
  const server = createServer((request, response) => {
    let length = 0
    request.on('data', (chunk: Buffer) => (length += chunk.length))
    request.on('end', () => {
      if (request.url === '/reset') request.socket.resetAndDestroy()
      else response.end(request.method === 'PUT' ? String(length) : CONTENT)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}
