/** The SDK's HTTP handler with what Pocket wants of it: every request counted, bodies counted and kept at a rate, no wait without end. */
import type {Agent as HttpAgent} from 'node:http'
import type {Agent as HttpsAgent} from 'node:https'
import {Readable} from 'node:stream'
import type {NodeHttpHandler} from '@smithy/node-http-handler'
import type {FlowLimit} from '../../util/rate-limit.js'
import type {Traffic} from '../backend.js'
import {isUnsent} from './errors.js'

type Request = Parameters<NodeHttpHandler['handle']>[0]
type Options = Parameters<NodeHttpHandler['handle']>[1]
type Answer = Awaited<ReturnType<NodeHttpHandler['handle']>>

/** Given with each command; the SDK hands it on. */
export interface CallOptions {
  /** Takes a successful answer's body in the place of the SDK, which would copy it more often. */
  take?: (body: Uint8Array) => void
  /**
   * Shown the headers of a successful answer. When it returns something, that is given each piece of the body as it comes, and `take`
   * nothing. What it throws ends the request.
   */
  pour?: (headers: Record<string, string>) => ((piece: Uint8Array) => void) | undefined
  /** Bytes that are expected, so that they are gathered in one piece of memory. */
  expectedBytes?: number
}

export interface HandlerOptions {
  handler: NodeHttpHandler
  agents: readonly (HttpAgent | HttpsAgent)[]
  traffic: Traffic
  upload: FlowLimit | undefined
  download: FlowLimit | undefined
}

/** A connection takes about as much before it waits for the other end. */
const PIECE_BYTES = 256 * 1024

export class MeteredHandler {
  readonly #options: HandlerOptions
  readonly metadata = {handlerProtocol: 'http/1.1'}
  /** Where the last request went, as `https://host:port`. */
  origin: string | undefined

  constructor(options: HandlerOptions) {
    this.#options = options
  }

  async handle(request: Request, options?: Options & CallOptions): Promise<Answer> {
    const {handler, traffic} = this.#options
    this.origin = originOf(request)
    const body = request.body as unknown
    if (body instanceof Uint8Array && body.length > 0) request.body = Readable.from(this.#outgoing(body), {objectMode: false})
    else if (typeof body === 'string') traffic.bytesUp += Buffer.byteLength(body)
    const answer = await this.#counted(request, () => handler.handle(request, options))
    const {response} = answer
    const isTaken = options?.take !== undefined && response.statusCode < 300
    const write = isTaken ? options.pour?.(response.headers) : undefined
    const received = write
      ? await this.#pour(response.body as Readable, write)
      : await this.#receive(response.body as Readable, isTaken ? options.expectedBytes : undefined)
    requireWhole(request, answer, received.length)
    if (isTaken && !write) options.take?.(received as Uint8Array)
    response.body = Readable.from(isTaken ? [] : [received])
    return answer
  }

  /** A request counts unless there was nobody to send it to. */
  async #counted(request: Request, send: () => Promise<Answer>): Promise<Answer> {
    const {traffic} = this.#options
    try {
      const answer = await send()
      count(traffic, request)
      return answer
    } catch (error) {
      if (!isUnsent(error)) count(traffic, request)
      throw error
    }
  }

  /** `body` in pieces, counted as they go, each when it may. */
  async *#outgoing(body: Uint8Array): AsyncGenerator<Uint8Array, void> {
    const {traffic, upload} = this.#options
    const pieceBytes = upload?.pieceBytes ?? PIECE_BYTES
    for (let start = 0; start < body.length; start += pieceBytes) {
      const piece = body.subarray(start, start + pieceBytes)
      if (upload) await upload.take(piece.length)
      traffic.bytesUp += piece.length
      yield piece
    }
  }

  destroy(): void {
    this.#options.handler.destroy()
    for (const agent of this.#options.agents) agent.destroy()
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): ReturnType<NodeHttpHandler['httpHandlerConfigs']> {
    return this.#options.handler.httpHandlerConfigs()
  }

  async #pour(body: Readable, write: (piece: Uint8Array) => void): Promise<{length: number}> {
    let length = 0
    for await (const piece of this.#pieces(body)) {
      write(piece)
      length += piece.length
    }
    return {length}
  }

  /** A body, counted and kept at the rate. One that ends early is an error of the connection, which Node throws. */
  async *#pieces(body: Readable): AsyncGenerator<Buffer, void> {
    const {traffic, download} = this.#options
    for await (const piece of body as AsyncIterable<Buffer>) {
      traffic.bytesDown += piece.length
      yield piece
      if (download) await download.take(piece.length)
    }
  }

  /** The whole body. */
  async #receive(body: Readable, expectedBytes = 0): Promise<Uint8Array> {
    // Not of Node's pool: what is read belongs to the caller, who may hand it to another thread.
    let memory = Buffer.allocUnsafeSlow(expectedBytes)
    let length = 0
    for await (const piece of this.#pieces(body)) {
      if (length + piece.length > memory.length) {
        const grown = Buffer.allocUnsafeSlow(Math.max(length + piece.length, memory.length * 2))
        memory.copy(grown, 0, 0, length)
        memory = grown
      }
      memory.set(piece, length)
      length += piece.length
    }
    return length === memory.length ? memory : memory.subarray(0, length)
  }
}

/** A connection that is reset while there are bytes to read may look like one that was ended. */
function requireWhole({method}: Request, {response}: Answer, receivedBytes: number): void {
  const promised = response.headers['content-length']
  if (method === 'HEAD' || promised === undefined || Number(promised) === receivedBytes) return
  throw Object.assign(new Error(`${receivedBytes} of ${promised} bytes came`), {code: 'ECONNRESET'})
}

function originOf({protocol, hostname, port}: Request): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`
}

function count(traffic: Traffic, {method, query}: Request): void {
  const isOfObject = query?.['list-type'] === undefined
  if (method === 'DELETE') traffic.remove++
  else if (method === 'PUT' || method === 'POST') traffic.put++
  else if (isOfObject) traffic.get++
  else traffic.list++
}
