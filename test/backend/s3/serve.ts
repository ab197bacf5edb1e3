/** Small servers that answer as a test has them answer, where no real server can be made to. */
import {createServer, type RequestListener} from 'node:http'
import type {AddressInfo, Server} from 'node:net'
import type {ExecutionContext} from 'ava'
import type {TestServer} from '../../s3-server/test-server.js'

/** Serves until the test ends; returns the port. */
export async function serve(
  t: ExecutionContext,
  listener: RequestListener,
  make: (listener: RequestListener) => Server = createServer,
): Promise<number> {
  const server = make(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** The server at this port, and keys that it does not look at. */
export function at(port: number, protocol = 'http'): TestServer {
  return {endpoint: `${protocol}://127.0.0.1:${port}`, region: 'us-east-1', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret'}
}
