/** The command line with a repository in a bucket. */
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {differences, listTree} from '../operations/tree-listing.js'
import {createTestBucket, onServer, type TestBucket, WHERE_SERVER} from '../s3-server/bucket.js'
import {createHome, type Home} from './run-pocket.js'

/** Notes the host of each connection that the process makes. */
const RECORDER = `
import {appendFileSync} from 'node:fs'
import net from 'node:net'
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...all) {
  const [first] = Array.isArray(all[0]) ? all[0] : all
  appendFileSync(process.env.RECORD, JSON.stringify(first?.path ?? first?.host + ':' + first?.port) + '\\n')
  return connect.apply(this, all)
}
`

interface Setting {
  home: Home
  bucket: TestBucket
  source: string
  environment: Record<string, string>
}

async function prepare(t: ExecutionContext): Promise<Setting> {
  const bucket = await createTestBucket(t)
  const home = await createHome(t)
  const {endpoint, region, accessKeyId, secretAccessKey} = bucket.server
  const keys = join(home.path, 'keys')
  writeFileSync(keys, `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}\nBUCKET_NAME=${bucket.name}\n`)
  chmodSync(keys, 0o600)
  const source = join(home.path, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'letter.txt'), 'Dear Ada,\n'.repeat(1000))
  const environment = {POCKET_ENDPOINT: endpoint, POCKET_REGION: region, POCKET_CREDENTIALS_FILE: keys, POCKET_PASSWORD: 'secret'}
  return {home, bucket, source, environment}
}

onServer(`s3 on the command line: from init to restore, with the bucket of the credentials file${WHERE_SERVER}`, async (t) => {
  const {home, bucket, source, environment} = await prepare(t)
  const {stdout} = await home.succeed(['init', 's3:///here'], {environment})
  t.regex(stdout, new RegExp(`s3://${bucket.name}/here`))
  const named = {...environment, POCKET_REPOSITORY: `s3://${bucket.name}/here`}
  t.regex((await home.succeed(['snapshot', source], {environment: named})).stdout, /snapshot [0-9a-f]{8} saved/)
  const target = join(home.path, 'back')
  await home.succeed(['restore', 'latest', '--target', target], {environment: named})
  t.deepEqual(differences(listTree(target), listTree(source)), [])
})

onServer(`s3 on the command line: nobody but the endpoint is spoken to${WHERE_SERVER}`, async (t) => {
  const {home, bucket, source, environment} = await prepare(t)
  const record = join(home.path, 'record')
  const recorder = join(home.path, 'recorder.mjs')
  writeFileSync(recorder, RECORDER)
  writeFileSync(record, '')
  const options = {
    environment: {...environment, RECORD: record, NODE_OPTIONS: `--import=${recorder}`, POCKET_REPOSITORY: `s3://${bucket.name}/here`},
  }
  await home.succeed(['init', `s3://${bucket.name}/here`], options)
  await home.succeed(['snapshot', source], options)
  await home.succeed(['restore', 'latest', '--target', join(home.path, 'back')], options)
  await home.succeed(['list'], options)
  const hosts = new Set(readFileSync(record, 'utf8').trimEnd().split('\n'))
  t.deepEqual([...hosts], [JSON.stringify(new URL(bucket.server.endpoint).host)])
})

onServer(`s3 on the command line: no output holds the keys, whatever goes wrong${WHERE_SERVER}`, async (t) => {
  const {home, bucket, environment} = await prepare(t)
  const keys = join(home.path, 'wrong')
  writeFileSync(keys, `AWS_ACCESS_KEY_ID=${bucket.server.accessKeyId}\nAWS_SECRET_ACCESS_KEY=notthesecret\n`)
  chmodSync(keys, 0o600)
  for (const more of [[], ['--json']]) {
    const words = ['init', `s3://${bucket.name}/here`, ...more]
    const {code, stdout, stderr} = await home.run(words, {environment: {...environment, POCKET_CREDENTIALS_FILE: keys, POCKET_DEBUG: '1'}})
    t.is(code, 1)
    t.regex(stderr, /the secret key is not the one of this access key/)
    t.notRegex(stdout + stderr, /notthesecret|Signature=/)
  }
})
