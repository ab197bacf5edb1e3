import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {checkConfig} from '../../../src/cli/config/check-config.js'

/** What is said to be an error in a file with these limits of profile `home`. */
async function errorsOf(t: ExecutionContext, limits: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-test-'))
  t.teardown(() => rm(folder, {recursive: true}))
  const config = join(folder, 'config.toml')
  await writeFile(
    config,
    `[repository]
location = ${JSON.stringify(join(folder, 'r'))}
[profiles.home]
paths = [${JSON.stringify(folder)}]
[profiles.home.limits]
${limits}
`,
    {mode: 0o600},
  )
  const checked = await checkConfig({config})
  return (checked?.problems ?? []).filter(({isError}) => isError).map(({message, hint}) => `${message}; ${hint}`)
}

test('check of the config file: a limit that every run would refuse is an error, with what to write', async (t) => {
  for (const upload of ['08:00,2MiB 25:00,off', 'fast', '08:00,0']) {
    const [error, ...others] = await errorsOf(t, `upload = ${JSON.stringify(upload)}`)
    t.regex(error, /limit_upload.*profiles\.home\.limits.*; (write|leave)/, upload)
    t.deepEqual(others, [])
  }
})

test('check of the config file: limits that can be are none', async (t) => {
  t.deepEqual(await errorsOf(t, 'upload = "08:00,2MiB 18:00,off"\ndownload = "10M"'), [])
})
