/** How a server is reached: its region, its certificate, its pace. */
import type {IncomingMessage, ServerResponse} from 'node:http'
import {createServer as createTlsServer} from 'node:https'
import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import type {PocketError} from '../../../src/errors.js'
import {monotonicMs} from '../../../src/util/clock.js'
import {pattern, rejectsWith} from '../objects.js'
import {temporaryFolder} from '../temporary-folder.js'
import {open, s3Options} from './fixture.js'
import {at, serve} from './serve.js'

/** The region that a request was signed for. */
const signedFor = ({headers}: IncomingMessage): string | undefined =>
  /Credential=[^/]+\/\d+\/([^/]+)\/s3/.exec(headers.authorization ?? '')?.[1]

const give = (response: ServerResponse, text: string): void => void response.writeHead(200, {connection: 'close'}).end(text)

/** Paths of a certificate for 127.0.0.1 that nobody but itself has signed, and of its key. */
function selfSigned(folder: string): {certificate: string; key: string} {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(folder, name))
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...kind, '-out', certificate, '-days', '2', ...names], {stdio: 'ignore'})
  return {certificate, key}
}

const REFUSALS: [title: string, answer: (response: ServerResponse) => void][] = [
  [
    'a redirect',
    (response) =>
      void response.writeHead(301, {'x-amz-bucket-region': 'eu-central-1'}).end('<Error><Code>PermanentRedirect</Code></Error>'),
  ],
  [
    'a refusal with an element',
    (response) =>
      void response
        .writeHead(400)
        .end('<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>eu-central-1</Region></Error>'),
  ],
  [
    'a refusal in words',
    (response) =>
      void response
        .writeHead(400)
        .end(
          "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting 'eu-central-1'</Message></Error>",
        ),
  ],
]

for (const [title, refuse] of REFUSALS) {
  test(`s3 session: the region that the server names is used from then on: ${title}`, async (t) => {
    const regions: (string | undefined)[] = []
    const port = await serve(t, (request, response) => {
      regions.push(signedFor(request))
      request.resume()
      if (regions.at(-1) === 'eu-central-1') give(response, 'hello')
      else refuse(response)
    })
    const backend = await open(t, 's3://bucket', s3Options(t, at(port)))
    t.is(Buffer.from(await backend.get('config')).toString(), 'hello')
    await backend.get('config')
    t.deepEqual(regions, ['us-east-1', 'eu-central-1', 'eu-central-1'])
  })
}

test('s3 session: a clock that is wrong is told once, and the server’s time is used', async (t) => {
  const serverMs = Date.now() - 5 * 3_600_000
  const port = await serve(t, (request, response) => {
    request.resume()
    const [, date = ''] = /^(\d{8}T\d{6})Z$/.exec(String(request.headers['x-amz-date'])) ?? []
    const signedMs = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z'))
    response.setHeader('date', new Date(serverMs).toUTCString())
    if (Math.abs(signedMs - serverMs) < 15 * 60_000) give(response, 'hello')
    else response.writeHead(403).end('<Error><Code>RequestTimeTooSkewed</Code><Message>too large</Message></Error>')
  })
  const warnings: PocketError[] = []
  const backend = await open(t, 's3://bucket', s3Options(t, at(port)), {onWarning: (warning) => warnings.push(warning)})
  t.is((await backend.get('config')).length, 5)
  t.is((await backend.get('config')).length, 5)
  t.is(warnings.length, 1)
  t.regex(warnings[0].message, /the clock of this machine is 5 hours ahead of the server/)
})

test('s3 session: a certificate that nobody signed is refused, trusted with --ca-file, and passed over with --insecure-tls', async (t) => {
  const folder = temporaryFolder(t)
  const {certificate, key} = selfSigned(folder)
  const port = await serve(
    t,
    (request, response) => {
      request.resume()
      give(response, 'hello')
    },
    (listener) => createTlsServer({cert: readFileSync(certificate), key: readFileSync(key)}, listener),
  )
  const caFile = certificate
  const refused = await open(t, 's3://bucket', s3Options(t, at(port, 'https')), {onRetry: () => t.fail('tried again')})
  const error = await t.throwsAsync(refused.get('config'), {code: 'connection-failed', message: /certificate cannot be trusted/})
  t.regex((error as PocketError).hint ?? '', /--ca-file/)
  for (const s3 of [{caFile}, {insecureTls: true}]) {
    const backend = await open(t, 's3://bucket', s3Options(t, at(port, 'https'), {s3}))
    t.is((await backend.get('config')).length, 5)
  }
  await rejectsWith(t, open(t, 's3://bucket', s3Options(t, at(port), {s3: {caFile: join(folder, 'none')}})), 'io-failed')
})

test('s3 session: a body goes and comes at the rate that was asked for, and arrives whole', async (t) => {
  const stored: Buffer[] = []
  const port = await serve(t, (request, response) => {
    const pieces: Buffer[] = []
    request
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', () => {
        if (request.method === 'PUT') stored.push(Buffer.concat(pieces))
        response.writeHead(200).end(request.method === 'GET' ? stored[0] : '')
      })
  })
  const backend = await open(t, 's3://bucket', s3Options(t, at(port)), {limitUpload: 1_000_000, limitDownload: 1_000_000})
  const begun = monotonicMs()
  await backend.put('a', pattern(300_000))
  t.deepEqual(new Uint8Array(stored[0]), pattern(300_000))
  const half = monotonicMs()
  t.deepEqual(new Uint8Array(await backend.get('a')), pattern(300_000))
  // A tenth of a second's worth may go at once; what takes less time than the rate allows has not kept to it.
  t.true(half - begun > 150, `${half - begun} ms up`)
  t.true(monotonicMs() - half > 150, `${monotonicMs() - half} ms down`)
})

for (const endpoint of ['https://key:topsecret@server', 'ftp://server', 'server']) {
  test(`s3 session: '${endpoint.replace(/:\w+@/, ':…@')}' is no endpoint`, async (t) => {
    const error = await t.throwsAsync(open(t, 's3://bucket', s3Options(t, {...at(1), endpoint})), {code: 'usage'})
    t.notRegex(`${error?.message}${error?.stack}`, /topsecret/)
  })
}
