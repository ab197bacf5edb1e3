/** A server that takes down what it is asked. */
import {createServer, type IncomingHttpHeaders} from 'node:http'
import type {AddressInfo} from 'node:net'

export interface Asked {
  method: string
  /** Path and query. */
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface WebServer {
  url: string
  asked: Asked[]
  /** What it answers from now on. */
  status: number
}

export async function startWebServer(t: {teardown(end: () => void): void}): Promise<WebServer> {
  const web: WebServer = {url: '', asked: [], status: 200}
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (body += part))
    request.on('end', () => {
      web.asked.push({method: request.method ?? '', path: request.url ?? '', headers: request.headers, body})
      response.writeHead(web.status)
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  web.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return web
}
