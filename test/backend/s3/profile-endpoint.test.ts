import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {profileEndpoint} from '../../../src/backend/s3/profile-endpoint.js'
import {temporaryFolder} from '../temporary-folder.js'

const CONFIG = `
[default]
region = eu-central-1
endpoint_url = https://default.example.org

[profile plain]
endpoint_url=https://plain.example.org

[profile service]
endpoint_url = https://other.example.org
services = mine

[services mine]
dynamodb =
  endpoint_url = https://dynamodb.example.org
s3 =
  endpoint_url = https://s3.example.org

[profile none]
region = us-east-1
`

function configure(t: ExecutionContext, path: string): void {
  const {AWS_CONFIG_FILE, AWS_PROFILE} = process.env
  process.env.AWS_CONFIG_FILE = path
  delete process.env.AWS_PROFILE
  t.teardown(() =>
    Object.assign(process.env, AWS_CONFIG_FILE === undefined ? {} : {AWS_CONFIG_FILE}, AWS_PROFILE === undefined ? {} : {AWS_PROFILE}),
  )
}

test.serial('profile endpoint: of the profile, or of s3 in its services, or none', async (t) => {
  const path = join(temporaryFolder(t), 'config')
  writeFileSync(path, CONFIG)
  configure(t, path)
  t.is(await profileEndpoint(), 'https://default.example.org')
  t.is(await profileEndpoint('plain'), 'https://plain.example.org')
  t.is(await profileEndpoint('service'), 'https://s3.example.org')
  t.is(await profileEndpoint('none'), undefined)
  t.is(await profileEndpoint('unknown'), undefined)
})

test.serial('profile endpoint: no config file is no endpoint', async (t) => {
  configure(t, '/nonexistent/config')
  t.is(await profileEndpoint(), undefined)
})
