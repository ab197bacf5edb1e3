/** What `pocket init` makes in a bucket, and what it leaves when it fails. */
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import test from 'ava'
import {serveBuckets} from '../backend/s3/small-server.js'
import {createHome, errorOf, type Home} from './run-pocket.js'

const KEYS = {AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret'}
const INIT = ['init', 's3://bucket/p', '--create-bucket', '--json']

function init(home: Home, endpoint: string, words: string[]) {
  return home.run([...INIT, '--endpoint', endpoint, ...words], {environment: KEYS})
}

test.serial('init: what lacks on this machine is told before a bucket is made', async (t) => {
  const home = await createHome(t)
  const server = await serveBuckets(t)
  writeFileSync(join(home.path, 'there'), 'something')
  for (const [words, code] of [
    [[], 'password-missing'],
    [['--password-file', 'nowhere'], 'password-missing'],
    [['--key-file', 'nowhere'], 'key-missing'],
    [['--generate-key-file', 'there'], 'usage'],
    [['--generate-key-file', '/proc/nowhere/k'], 'io-failed'],
    [['--no-encryption', '--sse-customer-key-file', 'nowhere'], 'key-missing'],
  ] as const) {
    t.is(errorOf(await init(home, server.endpoint, [...words])).code, code, words.join(' '))
  }
  t.deepEqual(server.requests, [])
  t.is(readFileSync(join(home.path, 'there'), 'utf8'), 'something')
})

test.serial('init: a bucket that was made is named by the error that comes after', async (t) => {
  const home = await createHome(t)
  const server = await serveBuckets(t, (request) =>
    /^PUT \/bucket\/./.test(request) ? [403, '<Error><Code>AccessDenied</Code></Error>'] : undefined,
  )
  const outcome = await init(home, server.endpoint, ['--generate-key-file', 'k'])
  t.like(errorOf(outcome), {code: 'permission-denied'})
  t.regex(errorOf(outcome).message, /; the bucket 'bucket' was made$/)
  t.false(existsSync(join(home.path, 'k')))
})

test.serial('init: a generated key file stays when the repository may have been made with it, and only then', async (t) => {
  const home = await createHome(t)
  const refused =
    (name: string) =>
    (request: string): [number, string] | undefined =>
      request.startsWith(`PUT /bucket/p/${name}`) ? [400, '<Error><Code>Odd</Code></Error>'] : undefined
  const before = await serveBuckets(t, refused('keys/'))
  t.is((await init(home, before.endpoint, ['--generate-key-file', 'k'])).code, 1)
  t.false(existsSync(join(home.path, 'k')))
  const after = await serveBuckets(t, refused('config'))
  const outcome = await init(home, after.endpoint, ['--generate-key-file', 'k'])
  t.is(outcome.code, 1)
  t.true(existsSync(join(home.path, 'k')))
  t.regex(errorOf(outcome).hint, /the key file 'k' stays where it is, since the repository may have been made/)
})

test.serial('init: in a bucket that it makes', async (t) => {
  const home = await createHome(t)
  const server = await serveBuckets(t)
  t.is((await init(home, server.endpoint, ['--generate-key-file', 'k'])).code, 0)
  t.true(server.objects.has('bucket/p/config'))
  t.is(errorOf(await init(home, server.endpoint, ['--generate-key-file', 'other'])).code, 'repository-exists')
  t.false(existsSync(join(home.path, 'other')))
})

test.serial('init: where there is no repository, the line that makes one names the server and the secret that were given', async (t) => {
  const home = await createHome(t)
  const server = await serveBuckets(t)
  server.buckets.add('bucket')
  writeFileSync(join(home.path, 'p'), 'swordfish')
  const words = ['--repository', 's3://bucket/p', '--endpoint', server.endpoint, '--storage-class', 'STANDARD_IA', '--password-file', 'p']
  const {hint} = errorOf(await home.run(['snapshot', '.', ...words, '--json'], {environment: KEYS}))
  const line = `pocket init --repository s3://bucket/p --endpoint ${server.endpoint} --password-file ${join(home.path, 'p')}`
  t.is(hint, `check the location, or make one with '${line}'`)
})

test.serial('init: on a second machine, the hint has the line of the config file that uses what is there', async (t) => {
  const home = await createHome(t)
  const server = await serveBuckets(t)
  writeFileSync(join(home.path, 'p'), 'swordfish')
  t.is((await init(home, server.endpoint, ['--password-file', 'p'])).code, 0)
  const {code, hint} = errorOf(await init(home, server.endpoint, ['--password-file', 'p', '--write-config']))
  t.is(code, 'repository-exists')
  const [, path, line] = /^to use it as it is, write this line into ~\/(.*config\.toml): (.*)$/.exec(hint) ?? []
  mkdirSync(dirname(join(home.path, path)), {recursive: true})
  writeFileSync(join(home.path, path), `${line}\n`)
  t.is((await home.succeed(['list'], {environment: KEYS})).stdout, 'no snapshots\n')
})
