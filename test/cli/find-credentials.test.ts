import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {findCredentials} from '../../src/cli/find-credentials.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

test('credentials: profiles of both files by name, each once, and no key', async (t) => {
  const folder = temporaryFolder(t)
  const [credentials, config] = [join(folder, 'credentials'), join(folder, 'config')]
  writeFileSync(credentials, '[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key=hunter2\n[work]\naws_access_key_id=x\n')
  writeFileSync(
    config,
    '[default]\nregion=x\n[profile work]\n[profile sso user]\nsso_session = s\n[sso-session s]\nsso_region = x\n[services local]\ns3 =\n  endpoint_url = x\n',
  )
  const places = await findCredentials({AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config})
  t.deepEqual(
    places.map(({profile}) => profile),
    ['default', 'work', 'sso user'],
  )
  t.is(places[2].name, `profile 'sso user' of ${config}`)
  t.notRegex(JSON.stringify(places), /hunter2|AKIAEXAMPLE/)
})

test('credentials: variables come first, and a machine without any has none', async (t) => {
  const nowhere = {AWS_SHARED_CREDENTIALS_FILE: '/nowhere/a', AWS_CONFIG_FILE: '/nowhere/b'}
  t.deepEqual(await findCredentials(nowhere), [])
  const [keys] = await findCredentials({...nowhere, AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hunter2'})
  t.regex(keys.name, /AWS_ACCESS_KEY_ID/)
  t.notRegex(JSON.stringify(keys), /hunter2|AKIAEXAMPLE/)
  const [identity] = await findCredentials({...nowhere, AWS_WEB_IDENTITY_TOKEN_FILE: '/t'})
  t.regex(identity.name, /web identity/)
})
