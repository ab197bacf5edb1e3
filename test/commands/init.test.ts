import {mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import {createHome, errorOf, writeTree} from './run-pocket.js'

test.serial('init: a password from a file, a command or the environment opens what it made', async (t) => {
  const home = await createHome(t)
  const repository = join(home.path, 'r')
  await writeFile(join(home.path, 'password'), 'swordfish\n')
  const made = await home.succeed(['init', '--repository', repository, '--password-file', 'password'])
  t.is(made.stdout, `made the repository ${repository}\n`)
  const list = ['list', '--repository', repository]
  t.is((await home.succeed([...list, '--password-command', 'cat password'])).stdout, 'no snapshots\n')
  await home.succeed(list, {environment: {POCKET_PASSWORD: 'swordfish'}})
  const wrong = await home.run(list, {environment: {POCKET_PASSWORD: 'sunfish'}})
  t.is(wrong.code, 12)
  t.regex(wrong.stderr, /hint: the password or key came from POCKET_PASSWORD\n$/)
  const flagWins = await home.run([...list, '--password-file', 'password'], {environment: {POCKET_PASSWORD: 'sunfish'}})
  t.is(flagWins.code, 0)
})

test.serial('init: a generated key file is for its owner only, and opens what was made', async (t) => {
  const home = await createHome(t)
  const [made] = await home.json(['init', '--repository', 'r', '--generate-key-file', 'keys/pocket.key', '--label', 'mine'])
  t.like(made, {schema: 1, type: 'repository', encrypted: true, location: join(home.path, 'r'), key_file: 'keys/pocket.key'})
  t.regex(made.repository_id, /^[0-9a-f]{64}$/)
  t.regex(made.key_id, /^[0-9a-f]{64}$/)
  t.is((await stat(join(home.path, 'keys/pocket.key'))).mode & 0o777, 0o600)
  const [{keys}] = await home.json(['key', 'list', '--repository', 'r', '--key-file', 'keys/pocket.key'])
  t.like(keys[0], {id: made.key_id, type: 'key_file', label: 'mine', current: true})
  const missing = await home.run(['list', '--repository', 'r', '--key-file', 'nowhere', '--json'])
  t.is(errorOf(missing).code, 'key-missing')
})

test.serial('init: encryption is left out only when asked for', async (t) => {
  const home = await createHome(t)
  const [made] = await home.json(['init', '--repository', 'open', '--no-encryption'])
  t.like(made, {encrypted: false, key_id: null, key_file: null})
  await home.succeed(['list', '--repository', 'open'])
  const refused = await home.run(['init', '--repository', 'sealed', '--json'])
  t.is(refused.code, 1)
  t.like(errorOf(refused), {schema: 1, type: 'error', code: 'password-missing', exit_code: 1})
  t.regex(errorOf(refused).hint, /--password-file/)
})

test.serial('init: what is there is never made again, and no key file is left behind for it', async (t) => {
  const home = await createHome(t)
  await home.succeed(['init', '--repository', 'r', '--no-encryption'])
  const config = await readFile(join(home.path, 'r', 'config'))
  const again = await home.run(['init', '--repository', 'r', '--generate-key-file', 'k', '--json'])
  t.is(again.code, 1)
  t.is(errorOf(again).code, 'repository-exists')
  t.deepEqual(await readFile(join(home.path, 'r', 'config')), config)
  await t.throwsAsync(stat(join(home.path, 'k')), {code: 'ENOENT'})
})

test.serial('init: two sources of a secret are an error of usage', async (t) => {
  const home = await createHome(t)
  const outcome = await home.run(['init', '--repository', 'r', '--password-file', 'p', '--key-file', 'k'])
  t.is(outcome.code, 2)
  t.regex(outcome.stderr, /^pocket: --\S+ cannot be given together with --\S+\nhint: see 'pocket init --help'\n$/)
})

test.serial('init: a new key file never lies in the repository, and none is left where nothing was made', async (t) => {
  const home = await createHome(t)
  const inside = await home.run(['init', '--repository', 'r', '--generate-key-file', 'r/keys/k'])
  t.is(inside.code, 2)
  t.regex(inside.stderr, /^pocket: the key file 'r\/keys\/k' would lie in the repository/)
  await writeTree(home.path, {'full/other': 'x'})
  t.is((await home.run(['init', '--repository', 'full', '--generate-key-file', 'k'])).code, 1)
  await t.throwsAsync(stat(join(home.path, 'k')), {code: 'ENOENT'})
  await home.succeed(['init', '--repository', 'r', '--generate-key-file', 'r-key'])
})

test.serial('init: a key file that was generated for nothing is removed, and one that was there before is not', async (t) => {
  const home = await createHome(t)
  const outcome = await home.run(['init', '/proc/zz', '--generate-key-file', 'k1'])
  t.is(outcome.code, 1)
  await t.throwsAsync(stat(join(home.path, 'k1')), {code: 'ENOENT'})
  await writeFile(join(home.path, 'k2'), 'mine')
  t.is((await home.run(['init', '/proc/zz', '--generate-key-file', 'k2'])).code, 2)
  t.is(await readFile(join(home.path, 'k2'), 'utf8'), 'mine')
})

test.serial('init: without a location it makes the embedded repository under a generated key', async (t) => {
  const home = await createHome(t)
  const {stdout} = await home.succeed(['init'])
  t.regex(stdout, /cp \S+repository\.key /)
  await home.succeed(['list'])
})

test.serial('init: a folder of other things, or a file, is never made a repository', async (t) => {
  const home = await createHome(t)
  await mkdir(join(home.path, 'documents'))
  await writeFile(join(home.path, 'documents', 'Thesis.odt'), 'years of work')
  for (const [place, words] of [
    ['documents', /Thesis\.odt/],
    ['documents/Thesis.odt', /is a file/],
  ] as const) {
    for (const command of ['init', 'list']) {
      const outcome = await home.run([command, '--repository', place, '--json', ...(command === 'init' ? ['--no-encryption'] : [])])
      t.is(outcome.code, 1)
      t.is(errorOf(outcome).code, 'not-a-repository')
      t.regex(errorOf(outcome).message, words)
    }
  }
  t.deepEqual(await readdir(join(home.path, 'documents')), ['Thesis.odt'])
})

test.serial('init: the location may stand by itself, and the variable gives way to it', async (t) => {
  const home = await createHome(t)
  await home.succeed(['init', 'r', '--no-encryption'])
  await home.succeed(['list', '--repository', 'r'])
  await home.succeed(['init', 'other', '--no-encryption'], {environment: {POCKET_REPOSITORY: 'r'}})
  const two = await home.run(['init', 'a', '--repository', 'b', '--no-encryption'])
  t.is(two.code, 2)
  t.regex(two.stderr, /^pocket: two locations are named: 'a' and 'b'\n/)
})

test.serial('init: flags of buckets are refused for a folder, before anything is made', async (t) => {
  const home = await createHome(t)
  for (const words of [
    ['r', '--endpoint', 'https://s3.example.org'],
    ['r', '--create-bucket'],
    ['r', '--no-path-style'],
    ['--region', 'eu-central-1'],
  ]) {
    const outcome = await home.run(['init', ...words, '--json'])
    t.is(outcome.code, 2, words.join(' '))
    t.regex(errorOf(outcome).message, /^--\S+ would do nothing: '.*' is a folder of this machine$/)
  }
  t.deepEqual(await readdir(home.path), [])
})

test.serial('init: a key in a location is refused wherever it stands, and never repeated', async (t) => {
  const home = await createHome(t)
  const secret = 's3://AKIAEXAMPLE:hunter2@bucket/x'
  for (const words of [
    ['init', secret],
    ['init', '--repository', secret],
    ['init', 'r', '--repository', secret],
    ['list', '--repository', secret],
    ['list', secret],
    ['init', 's3://bucket', '--endpoint', 'https://AKIAEXAMPLE:hunter2@s3.example.org'],
  ]) {
    for (const json of [[], ['--json']]) {
      const outcome = await home.run([...words, ...json], {environment: {POCKET_DEBUG: '1'}})
      t.is(outcome.code, 2, words.join(' '))
      t.notRegex(outcome.stderr + outcome.stdout, /hunter2|AKIAEXAMPLE/)
    }
  }
  t.regex((await home.run(['init', secret])).stderr, /^pocket: the location holds a user or a secret/)
  const outcome = await home.run(['list'], {environment: {POCKET_REPOSITORY: secret}})
  t.is(outcome.code, 2)
  t.notRegex(outcome.stderr, /hunter2/)
})
