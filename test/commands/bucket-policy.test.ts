/** The policy of docs/s3.md is enough, and no more than is needed: given to another user of the server, by a policy of the bucket. */
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PutBucketPolicyCommand} from '@aws-sdk/client-s3'
import type {ExecutionContext} from 'ava'
import {createTestBucket, onServerSerial, requireServer, type TestBucket, WHERE_SERVER} from '../s3-server/bucket.js'
import {createHome, errorOf, type Home, writeTree} from './run-pocket.js'

interface Statement {
  Action: string[]
  Resource: string[]
}

async function documentedPolicy(bucket: string): Promise<{Version: string; Statement: Statement[]}> {
  const page = await readFile(new URL('../../../docs/s3.md', import.meta.url), 'utf8')
  const [, text = ''] = /```json\n(\{\n {2}"Version"[^`]*)```/.exec(page) ?? []
  return JSON.parse(text.replaceAll('my-bucket', bucket))
}

/** Lets the other user do what the documented policy says, but for `without`. */
async function allow({client, name}: TestBucket, arn: string, without?: string): Promise<void> {
  const {Version, Statement} = await documentedPolicy(name)
  const statements = Statement.map((statement) => ({
    ...statement,
    Principal: {AWS: [arn]},
    Action: statement.Action.filter((action) => action !== without),
  })).filter(({Action}) => Action.length > 0)
  await client.send(new PutBucketPolicyCommand({Bucket: name, Policy: JSON.stringify({Version, Statement: statements})}))
}

async function prepare(
  t: ExecutionContext,
): Promise<{home: Home; bucket: TestBucket; arn: string; environment: Record<string, string>} | undefined> {
  const {endpoint, otherUser} = requireServer()
  if (otherUser === undefined) {
    t.log('the server has no other user')
    t.pass()
    return undefined
  }
  const {arn, accessKeyId, secretAccessKey} = otherUser
  const bucket = await createTestBucket(t)
  const environment = {
    POCKET_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    POCKET_REPOSITORY: `s3://${bucket.name}/pocket`,
  }
  const home = await createHome(t)
  await writeTree(home.path, {'source/a': 'some text'})
  return {home, bucket, arn, environment}
}

onServerSerial(`policy: with what docs/s3.md says, everything works, and nothing elsewhere in the bucket${WHERE_SERVER}`, async (t) => {
  const prepared = await prepare(t)
  if (prepared === undefined) return
  const {home, bucket, arn, environment} = prepared
  await allow(bucket, arn)
  await home.succeed(['init', '--no-encryption'], {environment})
  await home.succeed(['snapshot', 'source'], {environment})
  await home.succeed(['snapshot', 'source', '--no-cache'], {environment})
  await home.succeed(['restore', 'latest', '--target', 'out'], {environment})
  t.is(await readFile(join(home.path, 'out', 'a'), 'utf8'), 'some text')
  await home.succeed(['objects'], {environment})
  const elsewhere = await home.run(['init', `s3://${bucket.name}/other`, '--no-encryption', '--json'], {environment})
  t.is(errorOf(elsewhere).code, 'permission-denied')
})

for (const action of ['s3:ListBucket', 's3:PutObject', 's3:DeleteObject']) {
  onServerSerial(`policy: without ${action} no repository is made, and the hint names it${WHERE_SERVER}`, async (t) => {
    const prepared = await prepare(t)
    if (prepared === undefined) return
    const {home, bucket, arn, environment} = prepared
    await allow(bucket, arn, action)
    const outcome = await home.run(['init', '--no-encryption', '--json'], {environment})
    t.is(outcome.code, 1)
    t.is(errorOf(outcome).code, 'permission-denied')
    t.regex(errorOf(outcome).hint, new RegExp(action))
  })
}

onServerSerial(
  `policy: without s3:GetObject nothing that somebody else has stored is read, and the hint names it${WHERE_SERVER}`,
  async (t) => {
    const prepared = await prepare(t)
    if (prepared === undefined) return
    const {home, bucket, arn, environment} = prepared
    const {accessKeyId, secretAccessKey} = requireServer()
    // Ceph lets everybody read what they have stored themselves, whatever the policy says.
    const owner = {...environment, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey}
    await home.succeed(['init', '--no-encryption'], {environment: owner})
    await allow(bucket, arn, 's3:GetObject')
    const outcome = await home.run(['list', '--no-cache', '--json'], {environment})
    t.is(errorOf(outcome).code, 'permission-denied')
    t.regex(errorOf(outcome).hint, /s3:GetObject/)
    await allow(bucket, arn)
    await home.succeed(['list', '--no-cache'], {environment})
  },
)
