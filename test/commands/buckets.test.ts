import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {createTestBucket, onServerSerial, requireServer, WHERE_SERVER} from '../s3-server/bucket.js'
import {createHome, errorOf, type Home, parseLines, writeTree} from './run-pocket.js'

/** A home whose variables name the test server and its first user. */
async function createHomeOfUser(t: ExecutionContext): Promise<{home: Home; environment: Record<string, string>}> {
  const {endpoint, accessKeyId, secretAccessKey} = requireServer()
  const environment = {POCKET_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey}
  return {home: await createHome(t), environment}
}

onServerSerial(`s3: from a missing bucket to a restored file, and what it took${WHERE_SERVER}`, async (t) => {
  const {home, environment} = await createHomeOfUser(t)
  const bucket = await createTestBucket(t)
  const name = `${bucket.name}-made`
  const location = `s3://${name}/pocket`
  await writeTree(home.path, {'source/a': 'some text', 'source/b/c': 'more text'})

  const missing = await home.run(['init', location, '--generate-key-file', 'k', '--json'], {environment})
  t.is(missing.code, 1)
  t.like(errorOf(missing), {code: 'bucket-missing'})
  t.regex(errorOf(missing).hint, /--create-bucket/)
  await t.throwsAsync(readFile(join(home.path, 'k')), {code: 'ENOENT'})

  const [made] = await home.json(['init', location, '--generate-key-file', 'k', '--create-bucket', '--write-config'], {environment})
  t.like(made, {type: 'repository', location, encrypted: true, key_file: 'k'})
  t.true((await home.json(['buckets'], {environment}))[0].buckets.some((each: {name: string}) => each.name === name))
  const keys = {AWS_ACCESS_KEY_ID: environment.AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: environment.AWS_SECRET_ACCESS_KEY}
  const summary = (await home.json(['snapshot', 'source'], {environment: keys})).at(-1)
  t.like(summary, {type: 'summary', cost: null, traffic: {repeated: 0, remove: 1}})
  t.true(summary?.traffic.put >= 4 && summary?.traffic.bytes_up > 500)
  const {stdout} = await home.succeed(['restore', 'latest', '--target', 'out'], {environment: keys})
  t.regex(stdout, /^asked \d+ requests \(0 PUT, \d+ GET, \d+ LIST, 0 DELETE\); 0 B up, [\d.]+ \S+ down$/m)
  t.is(await readFile(join(home.path, 'out', 'b', 'c'), 'utf8'), 'more text')
  const [objects] = await home.json(['objects'], {environment: keys})
  t.is(objects.totals.kinds.snapshot.objects, 1)
  t.is(objects.totals.kinds.other.objects, 0)
  t.regex(objects.objects[0].modified, /^\d{4}-/)

  const {client} = bucket
  const {DeleteBucketCommand, DeleteObjectCommand} = await import('@aws-sdk/client-s3')
  for (const {name: key} of objects.objects) await client.send(new DeleteObjectCommand({Bucket: name, Key: `pocket/${key}`}))
  await client.send(new DeleteBucketCommand({Bucket: name}))
})

onServerSerial(`s3: a price table says what a snapshot and the keeping cost${WHERE_SERVER}`, async (t) => {
  const {home, environment} = await createHomeOfUser(t)
  const {name} = await createTestBucket(t)
  await writeTree(home.path, {'source/a': 'some text'})
  await writeFile(
    join(home.path, 'prices'),
    'name = "ours"\ncurrency = "CHF"\nput = 1000\nget = 0\nlist = 0\negress = 0\nstorage = 1073741824\n',
  )
  const options = {environment: {...environment, POCKET_REPOSITORY: `s3://${name}`, POCKET_PRICE_TABLE: 'prices'}}
  await home.succeed(['init', '--no-encryption'], options)
  const {stdout} = await home.succeed(['snapshot', 'source'], options)
  t.regex(stdout, /^cost {4}about \d\.00 CHF at the prices of 'ours'$/m)
  const [objects] = await home.json(['objects'], options)
  t.deepEqual(objects.storage_cost, {currency: 'CHF', per_month: objects.totals.bytes})
  const wrong = await home.run(['snapshot', 'source', '--price-table', 'source/a'], options)
  t.is(wrong.code, 2)
})

onServerSerial(`s3: a wrong secret is refused in the server's words, and stands nowhere${WHERE_SERVER}`, async (t) => {
  const {home, environment} = await createHomeOfUser(t)
  const {name} = await createTestBucket(t)
  for (const [variables, message] of [
    [{AWS_SECRET_ACCESS_KEY: 'hunter2hunter2'}, /the secret key is not the one of this access key/],
    [{AWS_ACCESS_KEY_ID: 'AKIAHUNTER2'}, /the server does not know the access key/],
  ] as const) {
    const options = {environment: {...environment, ...variables, POCKET_DEBUG: '1'}}
    const outcome = await home.run(['init', `s3://${name}/x`, '--no-encryption', '--json'], options)
    t.is(outcome.code, 1)
    t.is(errorOf(outcome).code, 'credentials-refused')
    t.regex(errorOf(outcome).message, message)
    t.true(errorOf(outcome).message.includes(environment.POCKET_ENDPOINT))
    for (const secret of ['hunter2hunter2', environment.AWS_SECRET_ACCESS_KEY]) t.false((outcome.stderr + outcome.stdout).includes(secret))
  }
})

onServerSerial(`s3: a file of keys that others may read is refused, with the command that mends it${WHERE_SERVER}`, async (t) => {
  const {home, environment} = await createHomeOfUser(t)
  const {name} = await createTestBucket(t)
  const {AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, POCKET_ENDPOINT} = environment
  const path = join(home.path, 'keys')
  const text = `AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID}\nAWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY}\nBUCKET_NAME=${name}\n`
  await writeFile(path, text, {mode: 0o644})
  const words = ['init', 's3:///inside', '--no-encryption', '--credentials-file', 'keys', '--endpoint', POCKET_ENDPOINT]
  const refused = await home.run(words)
  t.is(refused.code, 1)
  t.regex(refused.stderr, /chmod 600 keys/)
  await writeFile(path, text)
  const {chmod} = await import('node:fs/promises')
  await chmod(path, 0o600)
  t.is((await home.succeed(words)).stdout, `made the repository s3://${name}/inside\n`)
})

onServerSerial(`s3: what is asked of the server for stored objects is accepted by the commands that store${WHERE_SERVER}`, async (t) => {
  const {home, environment} = await createHomeOfUser(t)
  const {storageClass} = requireServer()
  const {name} = await createTestBucket(t, {objectLock: true})
  await writeTree(home.path, {'source/a': 'some text'})
  const options = {environment: {...environment, POCKET_REPOSITORY: `s3://${name}`, POCKET_LOCK_DAYS: '1'}}
  await home.succeed(['init', '--no-encryption'], options)
  const words = ['snapshot', 'source', '--limit-upload', '1M', '--connections', '2', '--gap', '0']
  await home.succeed(storageClass === undefined ? words : [...words, '--storage-class', storageClass], options)
  t.is((await home.json(['list'], options))[0].snapshots.length, 1)
  const events = parseLines((await home.run(['list', '--lock-days', '3', '--json'], options)).stderr)
  t.like(events.at(-1), {code: 'usage', message: "unknown flag '--lock-days'"})
})
