import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {readCredentialsFile} from '../../../src/backend/s3/credentials-file.js'

async function file(t: ExecutionContext, text: string, mode = 0o600): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-test-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  const path = join(folder, 'keys')
  await writeFile(path, text)
  await chmod(path, mode)
  return path
}

test('credentials file: gives keys and bucket', async (t) => {
  const path = await file(t, 'AWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=se=cret\nBUCKET_NAME=bucket\n')
  t.like(await readCredentialsFile(path), {accessKeyId: 'id', secretAccessKey: 'se=cret', bucket: 'bucket', sessionToken: undefined})
})

test('credentials file: comments, export, quotes, CRLF and other lines do no harm', async (t) => {
  const path = await file(t, '# keys\r\nexport AWS_ACCESS_KEY_ID="id"\r\n\r\n AWS_SECRET_ACCESS_KEY = \'a b\' \r\nOTHER=1\r\nAWS_REGION=eu')
  t.like(await readCredentialsFile(path), {accessKeyId: 'id', secretAccessKey: 'a b', region: 'eu'})
})

for (const [line, secret] of [
  ["AWS_SECRET_ACCESS_KEY='se/cr+et='", 'se/cr+et='],
  ['AWS_SECRET_ACCESS_KEY="se/cr+et="', 'se/cr+et='],
  ['export AWS_SECRET_ACCESS_KEY=se#cret', 'se#cret'],
  ["export AWS_SECRET_ACCESS_KEY='a\"$b'", 'a"$b'],
] as const) {
  test(`credentials file: ${line} is read as a shell does`, async (t) => {
    t.is((await readCredentialsFile(await file(t, `AWS_ACCESS_KEY_ID=id\n${line}\n`))).secretAccessKey, secret)
  })
}

for (const rest of [
  "='topsecret' # mine",
  '="topsecret" # mine',
  '=topsecret # mine',
  "='topsecret",
  '=topsecret"',
  "='top'secret'",
  '="$topsecret"',
  ': topsecret',
  ' topsecret',
]) {
  test(`credentials file: a line that ends in ${rest} is refused by its number, and not repeated`, async (t) => {
    const path = await file(t, `# keys\nAWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY${rest}\n`)
    const error = await t.throwsAsync(readCredentialsFile(path), {code: 'credentials-missing', message: /^line 3 of .* is not understood$/})
    t.notRegex(`${error?.stack}${JSON.stringify(error)}`, /topsecret/)
  })
}

for (const mode of [0o644, 0o640, 0o604, 0o660]) {
  test(`credentials file: one of mode ${mode.toString(8)} is refused with the command that mends it`, async (t) => {
    const path = await file(t, 'AWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=secret', mode)
    const error = await t.throwsAsync(readCredentialsFile(path), {code: 'permission-denied'})
    t.like(error, {hint: `keep it to yourself: chmod 600 ${path}`})
  })
}

test('credentials file: what lacks is named, and nothing of it is repeated', async (t) => {
  const error = await t.throwsAsync(readCredentialsFile(await file(t, 'AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nSECRET=topsecret')), {
    code: 'credentials-missing',
    message: /AWS_SECRET_ACCESS_KEY/,
  })
  t.notRegex(`${error?.message}${error?.stack}`, /AKIAEXAMPLE|topsecret/)
  const folder = await t.throwsAsync(readCredentialsFile(tmpdir()), {code: 'credentials-missing', message: /is a folder/})
  t.like(folder, {hint: 'name the file in it'})
  await t.throwsAsync(readCredentialsFile('/no/such/file'), {code: 'credentials-missing', message: /ENOENT/})
})
