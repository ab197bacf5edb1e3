/** One request through the proxy and its answer, with what goes wrong on the way. */
import {type Agent, type IncomingMessage, type ServerResponse, request as httpRequest} from 'node:http'
import {request as httpsRequest} from 'node:https'
import type {Transform} from 'node:stream'
import {finished} from 'node:stream/promises'
import {setTimeout as sleep} from 'node:timers/promises'
import {flipBitAt, passOnly} from './body-stages.js'
import {tooSkewed} from './canned-answers.js'
import type {Fault, Plan} from './fault-rules.js'
import {isTooSkewed, presentDate, serverTime} from './server-clock.js'
import {type Headers, isSigned, signAgain} from './sign-again.js'
import type {Credentials} from './test-server.js'

export interface Upstream {
  target: URL
  agent: Agent
  /** Whose signature is put under requests that the proxy must change. */
  credentials?: Credentials
  /** How far the server's clock is to seem wrong. */
  clockOffsetMs: number
}

/** Carries out `plan` on a request. Throws when the server cannot be reached or breaks off; the client is then to be cut off, too. */
export async function exchange(request: IncomingMessage, response: ServerResponse, plan: Plan, upstream: Upstream): Promise<void> {
  const halfMs = plan.latencyMs / 2
  if (halfMs > 0) await sleep(halfMs)
  const {fault} = plan
  if (fault?.kind === 'stall') return
  if (fault?.kind === 'reset') return reset(request)
  if (fault?.kind === 'answer') return answer(request, response, fault, {halfMs, upstream})
  if (upstream.clockOffsetMs !== 0 && isTooSkewed(request.headers['x-amz-date'] as string | undefined, upstream.clockOffsetMs)) {
    return answer(request, response, tooSkewed(serverTime(upstream.clockOffsetMs)), {halfMs, upstream})
  }
  const incoming = await forward(request, response, plan, upstream)
  if (fault?.kind === 'lost-answer') {
    await finished(incoming.resume())
    return reset(request)
  }
  if (halfMs > 0) await sleep(halfMs)
  await passBack(request, response, incoming, {fault, upstream})
}

/** Cuts the client off as a network does that has failed. */
export function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {status, headers = {}, body = ''}: Extract<Fault, {kind: 'answer'}>,
  {halfMs, upstream}: {halfMs: number; upstream: Upstream},
): Promise<void> {
  // A client that asked first whether it may send its body is told here that it may not.
  if (request.headers.expect === undefined) await finished(request.resume())
  else response.shouldKeepAlive = false
  if (halfMs > 0) await sleep(halfMs)
  response.setHeader('date', serverTime(upstream.clockOffsetMs).toUTCString())
  response.writeHead(status, {'content-length': Buffer.byteLength(body), ...headers}).end(body)
}

/** Sends the request on and gives the head of its answer. */
function forward(
  request: IncomingMessage,
  response: ServerResponse,
  {fault, ignoredHeaders}: Plan,
  upstream: Upstream,
): Promise<IncomingMessage> {
  const {target, agent} = upstream
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = send({
      host: target.hostname,
      port: target.port,
      agent,
      method: request.method,
      path: request.url,
      headers: forwardedHeaders(request, ignoredHeaders, upstream),
      setHost: false,
    })
    outgoing.on('continue', () => response.writeContinue())
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy()
    })
    const half = Math.ceil(Number(request.headers['content-length'] ?? 0) / 2)
    const stages: Transform[] = []
    if (fault?.kind === 'stall-in-request') stages.push(passOnly(half, () => undefined))
    if (fault?.kind === 'reset-in-request') {
      const cut = (): void => {
        outgoing.destroy()
        reset(request)
      }
      stages.push(passOnly(half, cut))
    }
    through(request, stages).pipe(outgoing)
  })
}

/** As the client sent them, in order and spelling, unless something must be changed: then signed anew. */
function forwardedHeaders(request: IncomingMessage, ignored: readonly string[], {credentials, clockOffsetMs}: Upstream): string[] {
  const changed: Record<string, string | undefined> = {}
  for (const name of ignored) if (request.headers[name] !== undefined) changed[name] = undefined
  if (clockOffsetMs !== 0 && request.headers['x-amz-date'] !== undefined) changed['x-amz-date'] = presentDate()
  const names = Object.keys(changed)
  if (names.length === 0) return request.rawHeaders
  const before = request.headers as Headers
  if (names.some((name) => isSigned(before, name))) {
    if (credentials === undefined) throw new Error(`the proxy needs credentials to change a signed request: ${names.join(', ')}`)
    const after = Object.fromEntries(Object.entries({...before, ...changed}).filter(([, value]) => value !== undefined)) as Headers
    changed['authorization'] = signAgain(request.method as string, request.url as string, after, credentials)
  }
  return withChanges(request.rawHeaders, changed)
}

async function passBack(
  request: IncomingMessage,
  response: ServerResponse,
  incoming: IncomingMessage,
  {fault, upstream}: {fault: Plan['fault']; upstream: Upstream},
): Promise<void> {
  const {clockOffsetMs} = upstream
  const date = clockOffsetMs === 0 ? undefined : serverTime(clockOffsetMs).toUTCString()
  const headers = date === undefined ? incoming.rawHeaders : withChanges(incoming.rawHeaders, {date})
  response.sendDate = false
  response.writeHead(incoming.statusCode as number, incoming.statusMessage, headers)
  const half = Math.floor(Number(incoming.headers['content-length'] ?? 0) / 2)
  const {socket} = request
  const stages: Transform[] = []
  if (fault?.kind === 'reset-in-answer') stages.push(passOnly(half, () => socket.resetAndDestroy()))
  if (fault?.kind === 'truncate') stages.push(passOnly(half, () => socket.end()))
  if (fault?.kind === 'stall-in-answer') stages.push(passOnly(half, () => undefined))
  if (fault?.kind === 'flip' && (incoming.statusCode as number) < 300) stages.push(flipBitAt(half))
  through(incoming, stages).pipe(response)
  await finished(incoming)
}

function through(source: IncomingMessage, stages: readonly Transform[]): IncomingMessage | Transform {
  return stages.reduce<IncomingMessage | Transform>((stream, stage) => stream.pipe(stage), source)
}

/** Raw headers, a name and a value by turns, with those in `changed` replaced, or taken away where undefined. */
function withChanges(rawHeaders: readonly string[], changed: Readonly<Record<string, string | undefined>>): string[] {
  const result: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    const key = name.toLowerCase()
    const value = Object.hasOwn(changed, key) ? changed[key] : rawHeaders[index + 1]
    if (value !== undefined) result.push(name, value)
  }
  return result
}
