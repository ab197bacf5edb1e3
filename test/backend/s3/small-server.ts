/** A server that knows as much of S3 as a new repository needs, for what must be seen without a real one. */
import type {IncomingMessage, ServerResponse} from 'node:http'
import type {ExecutionContext} from 'ava'
import {serve} from './serve.js'

export interface SmallServer {
  endpoint: string
  /** Each request, as `PUT /bucket/key`. */
  requests: string[]
  buckets: Set<string>
  objects: Map<string, Buffer>
}

type Answer = [status: number, body?: string | Buffer]

/** `refuse` gives the answer to a request that is not to be served, which is `PUT /bucket/key`. */
export async function serveBuckets(
  t: ExecutionContext,
  refuse: (request: string) => Answer | undefined = () => undefined,
): Promise<SmallServer> {
  const server: SmallServer = {endpoint: '', requests: [], buckets: new Set(), objects: new Map()}
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: Buffer[] = []
    for await (const piece of request) body.push(piece as Buffer)
    const {pathname, searchParams} = new URL(request.url ?? '', 'http://localhost')
    const line = `${request.method} ${decodeURIComponent(pathname).replace(/\/$/, '')}`
    server.requests.push(line)
    const [status, answer = ''] =
      refuse(line) ?? answerTo(server, {request, line, prefix: searchParams.get('prefix') ?? '', body: Buffer.concat(body)})
    response.writeHead(status, {'content-type': 'application/xml', etag: '"x"'}).end(answer)
  }
  server.endpoint = `http://127.0.0.1:${await serve(t, (request, response) => void listener(request, response))}`
  return server
}

interface Asked {
  request: IncomingMessage
  line: string
  prefix: string
  body: Buffer
}

function answerTo({buckets, objects}: SmallServer, {request, line, prefix, body}: Asked): Answer {
  const [, verb, bucket, key] = /^(\w+) \/?([^/]*)\/?(.*)$/.exec(line) ?? []
  if (key === '' && verb === 'PUT') {
    buckets.add(bucket)
    return [200]
  }
  if (bucket === '')
    return [
      200,
      `<ListAllMyBucketsResult><Buckets>${[...buckets].map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets></ListAllMyBucketsResult>`,
    ]
  if (!buckets.has(bucket)) return failure(404, 'NoSuchBucket')
  if (key === '')
    return [
      200,
      listing(
        [...objects].filter(([name]) => name.startsWith(`${bucket}/${prefix}`)),
        bucket,
      ),
    ]
  const name = `${bucket}/${key}`
  if (verb === 'PUT') {
    if (request.headers['if-none-match'] !== undefined && objects.has(name)) return failure(412, 'PreconditionFailed')
    objects.set(name, body)
    return [200]
  }
  if (verb === 'DELETE') {
    objects.delete(name)
    return [204]
  }
  const object = objects.get(name)
  return object === undefined ? failure(404, 'NoSuchKey') : [200, object]
}

function listing(objects: [string, Buffer][], bucket: string): string {
  const contents = objects.map(
    ([name, {length}]) => `<Contents><Key>${name.slice(bucket.length + 1)}</Key><Size>${length}</Size></Contents>`,
  )
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`
}

function failure(status: number, code: string): Answer {
  return [status, `<Error><Code>${code}</Code><Message>as the test has it</Message></Error>`]
}
