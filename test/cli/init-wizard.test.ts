import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {askForRepository} from '../../src/cli/init-wizard.js'
import {MadeThings} from '../../src/cli/made-things.js'
import {reachLocation} from '../../src/cli/open-repository.js'
import type {WizardOptions} from '../../src/cli/wizard-options.js'
import {PocketError} from '../../src/errors.js'
import {generateKeyFile} from '../../src/operations/key-file.js'
import {initRepository} from '../../src/operations/open-repository.js'
import {serveBuckets} from '../backend/s3/small-server.js'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {createTestBucket, onServer, requireServer, WHERE_SERVER} from '../s3-server/bucket.js'
import {memoryOutput} from './memory-output.js'
import {type Answer, scriptedQuestions} from './scripted-questions.js'

function wizard(t: ExecutionContext, answers: Answer[], options: Partial<WizardOptions> = {}) {
  const questions = scriptedQuestions(t, answers)
  const output = memoryOutput()
  const whole: WizardOptions = {
    questions,
    output,
    flags: {},
    environment: {},
    configured: undefined,
    configuredSecret: undefined,
    secret: undefined,
    reachOf: (location, flags) => reachLocation(location, {settings: {flags, environment: {}}}, {json: false, quiet: false}, {}),
    ...options,
  }
  return {questions, output, ask: () => askForRepository(whole)}
}

const PLACE = /^Where shall the repository be\?$/
const SECRET = /^What shall open it\?$/

test('init, led: a folder, and a key file that is written only when the repository is made', async (t) => {
  const folder = temporaryFolder(t)
  const [location, key] = [join(folder, 'r'), join(folder, 'k')]
  const {ask, questions} = wizard(t, [
    [PLACE, 'in a folder'],
    [/^Which folder\?$/, location],
    [SECRET, 'a key file'],
    [/^Where shall the key be written\?$/, key],
  ])
  t.like(await ask(), {location, secret: {kind: 'generated', path: key}})
  t.is(questions.left(), 0)
  t.false(existsSync(key))
})

test('init, led: a key file is never written over one that is there', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'k'), 'somebody else’s')
  const {ask} = wizard(t, [
    [PLACE, 'in a folder'],
    [/folder/, join(folder, 'r')],
    [SECRET, 'a key file'],
    [/^Where shall the key be written\?$/, join(folder, 'k')],
    [/already, which stays as it is; name another\?$/, true],
    [/^Where shall the key be written\?$/, join(folder, 'other')],
  ])
  t.like(await ask(), {secret: {kind: 'generated', path: join(folder, 'other')}})
})

test('init, led: what cannot be used is told, and asked for again', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'thesis.odt'), 'years of work')
  const {ask, output} = wizard(t, [
    [PLACE, 'in a folder'],
    [/folder/, folder],
    [/^answer again\?$/, true],
    [PLACE, 'in a folder'],
    [/folder/, join(folder, 'r')],
    [SECRET, 'nothing'],
  ])
  t.like(await ask(), {location: join(folder, 'r'), secret: {kind: 'none'}})
  t.regex(output.text(), /is not a repository, and holds other things such as 'thesis\.odt'/)
  const givingUp = wizard(t, [
    [PLACE, 'in a folder'],
    [/folder/, folder],
    [/^answer again\?$/, false],
  ])
  await t.throwsAsync(givingUp.ask(), {code: 'not-a-repository'})
  t.deepEqual(readdirSync(folder), ['thesis.odt'])
})

test('init, led: a repository that is there is used, once it has been opened', async (t) => {
  const folder = temporaryFolder(t)
  const [location, path] = [join(folder, 'r'), join(folder, 'k')]
  const key = await generateKeyFile(path)
  await initRepository({location, secret: {type: 'key-file', key}})
  await generateKeyFile(join(folder, 'wrong'))
  const {ask, output} = wizard(t, [
    [PLACE, 'in a folder'],
    [/folder/, location],
    [/^there is a repository at .* already: use it\?$/, true],
    [/^What opens it\?$/, 'a key file'],
    [/^Which file\?$/, join(folder, 'wrong')],
    [/^answer again\?$/, true],
    [PLACE, 'in a folder'],
    [/folder/, location],
    [/use it\?$/, true],
    [/^What opens it\?$/, 'a key file'],
    [/^Which file\?$/, path],
  ])
  t.like(await ask(), {location, secret: undefined, opening: {kind: 'key-file', path}})
  t.regex(output.text(), /hint/)
})

test('init, led: what flags and variables say is not asked', async (t) => {
  const folder = temporaryFolder(t)
  const secret = {kind: 'password', password: 'x', from: 'POCKET_PASSWORD'} as const
  const {ask, questions} = wizard(t, [[PLACE, 'where the config file says']], {configured: join(folder, 'r'), secret})
  t.like(await ask(), {location: join(folder, 'r'), secret: {kind: 'source', source: secret}})
  t.is(questions.left(), 0)
})

test('init, led: whoever ends it early is told of the bucket that was made', async (t) => {
  const {endpoint, buckets} = await serveBuckets(t)
  const keys = join(temporaryFolder(t), 'keys')
  writeFileSync(keys, 'AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=secret\n', {mode: 0o600})
  const made = new MadeThings()
  const {ask} = wizard(
    t,
    [
      [PLACE, 'in a bucket'],
      [/^Which bucket\?$/, 'make a new one'],
      [/^Name of the bucket:$/, 'wiz1'],
      [/^Under which name/, 'p'],
      [SECRET, new PocketError('interrupted', 'interrupted; nothing was changed')],
    ],
    {flags: {endpoint, 'credentials-file': keys}, onBucketMade: (name) => made.add(`the bucket '${name}'`)},
  )
  await t.throwsAsync(made.tellAfter(ask), {code: 'interrupted', message: "interrupted; the bucket 'wiz1' was made, nothing else"})
  t.deepEqual([...buckets], ['wiz1'])
})

test('init, led: a server and a file of keys that cannot be used are told at once, and asked for again', async (t) => {
  const {endpoint, buckets} = await serveBuckets(t)
  buckets.add('photos')
  const folder = temporaryFolder(t)
  const [open, keyless, keys] = [join(folder, 'open'), join(folder, 'keyless'), join(folder, 'keys')]
  const lines = 'AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=secret\n'
  writeFileSync(open, lines, {mode: 0o644})
  writeFileSync(keyless, 'nothing\n', {mode: 0o600})
  writeFileSync(keys, lines, {mode: 0o600})
  const {ask, questions} = wizard(t, [
    [PLACE, 'in a bucket'],
    [/^Which server\?$/, 'another one'],
    ...[endpoint.slice('http://'.length), endpoint].map((url): Answer => [/^URL/, url]),
    [/^With whose credentials\?$/, 'a file of keys'],
    ...[' ', join(folder, 'nowhere'), folder, open, keyless, keys].map((path): Answer => [/^Which file\?$/, path]),
    [/^Which bucket\?$/, 'photos'],
    [/^Under which name/, ''],
    [SECRET, 'nothing'],
  ])
  t.like(await ask(), {location: 's3://photos/pocket', flags: {endpoint, 'credentials-file': keys}})
  const expected = [
    /not the URL of a server.*write 'https:\/\/127/,
    /^name a file$/,
    /ENOENT/,
    /is a folder: name/,
    /chmod 600/,
    /has no line/,
  ]
  t.is(questions.refused.length, expected.length)
  for (const [index, words] of expected.entries()) t.regex(questions.refused[index], words)
})

test('init, led: a folder that cannot be made is told before the key, and answers of before are defaults', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'file'), '')
  const location = join(folder, 'deep', 'r')
  const {ask, questions} = wizard(t, [
    [PLACE, 'in a folder'],
    [/^Which folder\?$/, '/proc/nowhere'],
    [/^answer again\?$/, true],
    [PLACE, ''],
    [/^Which folder\?$/, ''],
    [/^answer again\?$/, true],
    [PLACE, ''],
    [/^Which folder\?$/, location],
    [SECRET, 'nothing'],
  ])
  t.like(await ask(), {location})
  t.is(questions.left(), 0)
  t.deepEqual(readdirSync(folder), ['file'])
})

test('init, led: a key file that is none is asked for again', async (t) => {
  const folder = temporaryFolder(t)
  const [location, path] = [join(folder, 'r'), join(folder, 'k')]
  await initRepository({location, secret: {type: 'key-file', key: await generateKeyFile(path)}})
  const {ask, questions} = wizard(t, [
    [PLACE, 'in a folder'],
    [/folder/, location],
    [/use it\?$/, true],
    [/^What opens it\?$/, 'a key file'],
    ...['', folder, path].map((answer): Answer => [/^Which file\?$/, answer]),
  ])
  t.like(await ask(), {opening: {kind: 'key-file', path}})
  t.is(questions.refused.length, 2)
})

test('init, led: a secret that a flag names is looked at before anything else', async (t) => {
  const secret = {kind: 'key-file', path: '/nowhere/k', from: '--key-file'} as const
  await t.throwsAsync(wizard(t, [], {secret}).ask(), {code: 'key-missing'})
})

onServer(`init, led: a bucket is picked or made, and tried before it is accepted${WHERE_SERVER}`, async (t) => {
  const bucket = await createTestBucket(t)
  const {endpoint, accessKeyId, secretAccessKey} = requireServer()
  const folder = temporaryFolder(t)
  mkdirSync(folder, {recursive: true})
  const keys = join(folder, 'keys')
  writeFileSync(keys, `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`, {mode: 0o600})
  const {ask, questions, output} = wizard(t, [
    [PLACE, 'in a bucket'],
    [/^Which server\?$/, 'another one'],
    [/^URL/, endpoint],
    [/^With whose credentials\?$/, 'a file of keys'],
    [/^Which file\?$/, keys],
    [/^Which bucket\?$/, bucket.name],
    [/^Under which name/, '/a//b/'],
    [SECRET, 'nothing'],
  ])
  const location = `s3://${bucket.name}/a/b`
  const answers = await ask()
  t.like(answers, {location, flags: {endpoint, 'credentials-file': keys}, reach: {s3: {endpoint, credentialsFile: keys}}})
  t.is(questions.left(), 0)
  t.deepEqual(output.lines().slice(-7), [
    `trying ${location}`,
    ...['connecting', 'writing', 'reading', 'listing', 'removing', 'writing only what is not there yet'].map((step) => `  ✓ ${step}`),
  ])
  t.false(output.text().includes(secretAccessKey))
})

onServer(`init, led: a wrong key shows what the server said, and no secret${WHERE_SERVER}`, async (t) => {
  const {endpoint, accessKeyId} = requireServer()
  const folder = temporaryFolder(t)
  const keys = join(folder, 'keys')
  writeFileSync(keys, `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=hunter2\n`, {mode: 0o600})
  const answers: Answer[] = [
    [PLACE, 'in a bucket'],
    [/^answer again\?$/, false],
  ]
  const {ask, output} = wizard(t, answers, {flags: {endpoint, 'credentials-file': keys}})
  await t.throwsAsync(ask(), {code: 'credentials-refused'})
  t.regex(output.text(), /^server: http.*, by --endpoint$/m)
  t.regex(output.text(), /secret key is not the one of this access key/)
  t.notRegex(output.text(), /hunter2/)
})
