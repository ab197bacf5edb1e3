/** HTTP requests with nothing added to them, and what came of them. */
import {request as httpRequest, type IncomingHttpHeaders, type IncomingMessage} from 'node:http'

export interface PlainRequest {
  method: string
  path: string
  body?: Buffer
  headers?: Record<string, string>
}

export interface Outcome {
  status?: number
  headers?: IncomingHttpHeaders
  /** What came of the answer's body, even when it broke off. */
  body?: Buffer
  /** The code of what went wrong; `aborted` when an answer ended too early without a reset. */
  error?: string
}

/** Sends a request on a connection of its own; never rejects. */
export function ask(endpoint: string, {method, path, body, headers = {}}: PlainRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const length: Record<string, string> = body === undefined ? {} : {'content-length': String(body.length)}
    const request = httpRequest(endpoint + path, {method, agent: false, headers: {...length, ...headers}})
    const fail = (error: NodeJS.ErrnoException): void => resolve({error: error.code})
    request.on('error', fail)
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      const outcome = (): Outcome => ({status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks)})
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(outcome()))
      response.on('error', (error) => resolve({...outcome(), error: error.message === 'aborted' ? abortReason(response) : error.message}))
    })
    if (headers['expect'] === undefined) request.end(body)
    else {
      request.on('continue', () => request.end(body))
      request.flushHeaders()
    }
  })
}

/** Node says "aborted" of a clean end, too; the socket knows whether there was a reset. */
function abortReason(response: IncomingMessage): string {
  return (response.socket.errored as NodeJS.ErrnoException | undefined)?.code ?? 'aborted'
}
