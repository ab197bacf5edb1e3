import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import type {S3Options} from '../../../src/backend/s3/options.js'
import {listBuckets} from '../../../src/operations/list-buckets.js'
import {temporaryFolder} from '../temporary-folder.js'
import {serveBuckets} from './small-server.js'

/** The error of a server that does not take the keys. */
async function refusal(t: ExecutionContext, s3: S3Options) {
  const refused = '<Error><Code>SignatureDoesNotMatch</Code></Error>'
  const {endpoint} = await serveBuckets(t, () => [403, refused])
  return t.throwsAsync(listBuckets({s3: {endpoint, ...s3}}))
}

test.serial('credentials: an error names the place that they were taken from', async (t) => {
  const folder = temporaryFolder(t)
  const [file, credentials] = [join(folder, 'keys'), join(folder, 'credentials')]
  writeFileSync(file, 'AWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=wrong\n', {mode: 0o600})
  writeFileSync(credentials, '[work]\naws_access_key_id = id\naws_secret_access_key = wrong\n')
  const before = {...process.env}
  t.teardown(() => void (process.env = before))
  Object.assign(process.env, {
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: '',
    AWS_PROFILE: '',
  })
  t.like(await refusal(t, {credentialsFile: file}), {
    code: 'credentials-refused',
    hint: `check AWS_SECRET_ACCESS_KEY in the credentials file '${file}'`,
  })
  t.like(await refusal(t, {profile: 'work'}), {hint: "check aws_secret_access_key of the profile 'work' in ~/.aws"})
  const missing = await refusal(t, {profile: 'nope'})
  t.like(missing, {code: 'credentials-missing'})
  t.regex(String((missing as {hint?: string}).hint), /^the profile 'nope' gives none/)
})
