/**
 * A proxy on loopback between a client and an S3 server, on which a test lets go wrong what goes wrong with networks and
 * servers. Requests pass with the headers that the client sent, Host among them, so signatures stay valid.
 *
 * As a program, for benchmarks and tests by hand: `node dist/test/s3-server/fault-proxy.js --target URL --latency 50`
 * prints its endpoint and runs until it is ended. With `--quiet-latency 50` it passes bytes on without looking at them.
 */
import {readFileSync} from 'node:fs'
import {Agent, createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {Agent as HttpsAgent} from 'node:https'
import type {Socket} from 'node:net'
import {pathToFileURL} from 'node:url'
import {parseArgs} from 'node:util'
import {exchange, reset, type Upstream} from './exchange.js'
import {type Rule, RuleBook} from './fault-rules.js'
import {freePort} from './free-port.js'
import {startLatencyRelay} from './latency-relay.js'
import {type RequestKind, requestKind} from './request-kind.js'
import type {Credentials} from './test-server.js'

export interface FaultProxyOptions {
  /** The server's address. */
  target: string
  /** The file of the certificate that the server shows, when it speaks TLS with one of its own. */
  certificatePath?: string
  rules?: readonly Rule[]
  /** Of the random numbers that decide about rules with a probability. */
  seed?: number
  /** How long a round trip takes, for all requests. */
  latencyMs?: number
  /** Whose signature is put under what the proxy must change: requests of which it hides a header, or with a wrong clock. */
  credentials?: Credentials
}

/** Starts a proxy, which the caller closes. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options, await freePort())
  await proxy.start()
  return proxy
}

export class FaultProxy {
  readonly endpoint: string
  /** Every request so far, as `PUT /bucket/key?query`. */
  readonly calls: string[] = []
  /** How many requests of each kind have come. */
  readonly requests: Partial<Record<RequestKind, number>> = {}
  readonly #port: number
  readonly #server: Server
  readonly #rules: RuleBook
  readonly #upstream: Upstream
  readonly #latencyMs: number
  readonly #sockets = new Set<Socket>()
  #resetsAll = false

  constructor({target, certificatePath, rules = [], seed = 1, latencyMs = 0, credentials}: FaultProxyOptions, port: number) {
    const url = new URL(target)
    const ca = certificatePath === undefined ? undefined : readFileSync(certificatePath)
    const agent = url.protocol === 'https:' ? new HttpsAgent({keepAlive: true, ca}) : new Agent({keepAlive: true})
    this.endpoint = `http://127.0.0.1:${port}`
    this.#port = port
    this.#upstream = {target: url, agent, credentials, clockOffsetMs: 0}
    this.#rules = new RuleBook(rules, seed)
    this.#latencyMs = latencyMs
    const serve = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response)
    this.#server = createServer({keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0}, serve)
    this.#server.on('checkContinue', serve)
    this.#server.on('connection', (socket: Socket) => this.#accept(socket))
  }

  /** How often each fault has happened, a canned answer by its status: `{'answer 503': 2, reset: 1}`. */
  get faults(): Readonly<Record<string, number>> {
    return this.#rules.counts
  }

  /** Called once, by `startFaultProxy`. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => this.#server.once('error', reject).listen(this.#port, '127.0.0.1', resolve))
  }

  /** Replaces all rules; calls that they count are counted from now on. */
  setRules(rules: readonly Rule[]): void {
    this.#rules.setRules(rules)
  }

  /** Rules that never applied: a test should find this empty, or it tested nothing. */
  unused(): Rule[] {
    return this.#rules.unused()
  }

  /**
   * Lets the server's clock seem wrong: answers are dated so, and requests dated otherwise by more than 15 minutes are
   * refused. What a client dates by that clock is dated and signed anew, for the server: that needs the credentials.
   */
  setClockOffset(offsetMs: number): void {
    this.#upstream.clockOffsetMs = offsetMs
  }

  /** Begins an outage: connections are cut off, and new ones are reset, or refused as where nothing listens. */
  async goDown(how: 'reset' | 'refuse'): Promise<void> {
    this.#resetsAll = true
    const closed = how === 'refuse' ? new Promise((resolve) => this.#server.close(resolve)) : undefined
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  /** Ends an outage. */
  async comeBack(): Promise<void> {
    this.#resetsAll = false
    if (!this.#server.listening) await this.start()
  }

  /** Ends it with all connections, stalled ones too; a second call does nothing. */
  async close(): Promise<void> {
    if (this.#server.listening) await this.goDown('refuse')
    this.#upstream.agent.destroy()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    if (this.#resetsAll) socket.resetAndDestroy()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {method = '', url = ''} = request
    const kind = requestKind(method, url)
    this.calls.push(`${method} ${url}`)
    this.requests[kind] = (this.requests[kind] ?? 0) + 1
    const plan = this.#rules.plan(method, url)
    plan.latencyMs += this.#latencyMs
    // Cut off on purpose, or by the client: there is nobody left to tell.
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    try {
      await exchange(request, response, plan, this.#upstream)
    } catch (error) {
      reset(request)
      if (!(error instanceof Error) || !('code' in error)) throw error
    }
  }
}

async function runProgram(): Promise<void> {
  const {values} = parseArgs({
    options: {target: {type: 'string'}, latency: {type: 'string', default: '0'}, 'quiet-latency': {type: 'string'}},
  })
  const {target, latency, 'quiet-latency': quietLatency} = values
  if (target === undefined) throw new Error('usage: fault-proxy --target URL [--latency MILLISECONDS | --quiet-latency MILLISECONDS]')
  const {endpoint} =
    quietLatency === undefined
      ? await startFaultProxy({target, latencyMs: Number(latency)})
      : await startLatencyRelay(new URL(target), Number(quietLatency))
  process.stdout.write(`${endpoint}\n`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runProgram()
